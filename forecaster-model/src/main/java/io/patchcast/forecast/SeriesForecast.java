package io.patchcast.forecast;

import java.util.List;

/**
 * The forecast of one series, or why there is none.
 *
 * <p>{@link #timestamps()} and {@link #variates()} are empty unless {@link #status()} is {@link
 * SeriesStatus#OK}.
 *
 * @param id the id of the series
 * @param status what became of it
 * @param message empty when all is well; else what was expected and what was found
 * @param report what preparation did to the series
 * @param timestamps exact instants of the horizon, milliseconds since the epoch
 * @param variates one per target, in the order of the series
 */
public record SeriesForecast(
    String id,
    SeriesStatus status,
    String message,
    PreparationReport report,
    long[] timestamps,
    List<VariateForecast> variates) {

  /** Median of the first target, one value per timestamp. */
  public double[] median() {
    return first().median();
  }

  /** Quantile of the first target, one value per timestamp; {@code level} between 0.1 and 0.9. */
  public double[] quantile(double level) {
    return first().quantile(level);
  }

  /** The forecast of the target of this name. */
  public VariateForecast variate(String name) {
    for (VariateForecast variate : variates) {
      if (variate.name().equals(name)) {
        return variate;
      }
    }
    throw new IllegalArgumentException(
        "no target '"
            + name
            + "', there are "
            + variates.stream().map(VariateForecast::name).toList());
  }

  private VariateForecast first() {
    if (status != SeriesStatus.OK) {
      throw new IllegalStateException(
          "series '" + id + "' has no forecast: " + status.code() + ", " + message);
    }
    return variates.get(0);
  }
}
