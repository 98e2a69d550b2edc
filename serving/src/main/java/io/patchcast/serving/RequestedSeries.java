package io.patchcast.serving;

import io.patchcast.forecast.PreparationReport;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.TimeSeries;
import java.util.List;

/**
 * One series of a request, or what is wrong with it.
 *
 * @param id what the caller calls it
 * @param shape how its targets were given
 * @param series null where there is a fault
 * @param fault what was expected and what was found; null where nothing is wrong
 */
public record RequestedSeries(String id, Shape shape, TimeSeries series, String fault) {
  /** How the targets were given, and are given back. */
  public enum Shape {
    /** One target without a name. */
    UNIVARIATE,
    /** Targets by name. */
    MULTIVARIATE
  }

  /** A series to forecast. */
  public static RequestedSeries of(Shape shape, TimeSeries series) {
    return new RequestedSeries(series.id(), shape, series, null);
  }

  /** A series that cannot be forecast. */
  public static RequestedSeries faulty(String id, Shape shape, String fault) {
    return new RequestedSeries(id, shape, null, fault);
  }

  /** The answer to a series with a fault. */
  public SeriesForecast refusal() {
    PreparationReport nothing =
        new PreparationReport(null, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    return new SeriesForecast(id, SeriesStatus.INVALID, fault, nothing, new long[0], List.of());
  }
}
