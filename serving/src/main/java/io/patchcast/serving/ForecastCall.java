package io.patchcast.serving;

import io.patchcast.forecast.TimeSeries;
import java.util.List;

/**
 * A request as it was read, whatever it was written in.
 *
 * @param model the model asked for by name; null = the first one served
 * @param series the series, in the order of the request
 * @param parameters what to forecast of them
 */
public record ForecastCall(
    String model, List<RequestedSeries> series, ForecastParameters parameters) {
  public ForecastCall {
    series = List.copyOf(series);
  }

  /** Values given, and steps to forecast of each target: what memory and work grow with. */
  public long points() {
    double points = 0;
    for (RequestedSeries one : series) {
      if (one.series() != null) {
        TimeSeries given = one.series();
        points +=
            (double) given.timestamps().length
                    * (given.targets().size() + given.knownCovariates().size())
                + given.targets().size() * parameters.mostSteps(given.step());
      }
    }
    return (long) points;
  }
}
