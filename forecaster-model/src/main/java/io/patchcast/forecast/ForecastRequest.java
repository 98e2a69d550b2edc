package io.patchcast.forecast;

import java.util.List;
import java.util.Objects;

/**
 * Series to forecast together. They share a horizon and options, and nothing else: no series
 * influences another.
 *
 * @param series any number, of any lengths and steps
 * @param horizon how far to forecast
 * @param options settings
 */
public record ForecastRequest(List<TimeSeries> series, Horizon horizon, ForecastOptions options) {
  public ForecastRequest {
    series = List.copyOf(series);
    Objects.requireNonNull(horizon, "horizon");
    Objects.requireNonNull(options, "options");
  }

  /** A request with the default options. */
  public static ForecastRequest of(List<TimeSeries> series, Horizon horizon) {
    return new ForecastRequest(series, horizon, ForecastOptions.defaults());
  }
}
