package io.patchcast.serving;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastOptions.ValueRange;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.Step;
import java.time.Duration;
import java.util.Objects;

/**
 * What a request asks for, for all of its series.
 *
 * @param horizon how far to forecast
 * @param quantileLevels ascending, between 0.1 and 0.9
 * @param contextLength most steps of history to use; 0 = what suits the model
 * @param valueRange values a forecast may take
 * @param timeout how long the caller waits; null = as long as the service allows
 */
public record ForecastParameters(
    Horizon horizon,
    double[] quantileLevels,
    int contextLength,
    ValueRange valueRange,
    Duration timeout) {

  /** What series must share to be forecast in one call. */
  public record Shared(Horizon horizon, int contextLength, ValueRange valueRange) {
    /** The options for a call; all nine levels, from which each request takes its own. */
    public ForecastOptions options() {
      return ForecastOptions.defaults().withContextLength(contextLength).withValueRange(valueRange);
    }
  }

  public ForecastParameters {
    Objects.requireNonNull(horizon, "horizon");
    // Checks all of them as the core does.
    quantileLevels =
        ForecastOptions.defaults()
            .withContextLength(contextLength)
            .withQuantileLevels(quantileLevels)
            .quantileLevels();
    Objects.requireNonNull(valueRange, "valueRange");
  }

  /** A horizon and nothing else. */
  public static ForecastParameters of(Horizon horizon) {
    return new ForecastParameters(
        horizon, ForecastOptions.defaults().quantileLevels(), 0, ValueRange.ANY, null);
  }

  /**
   * The most steps that the horizon can mean for a series of this step.
   *
   * @param step null = not known; then the horizon must be one in steps
   */
  public double mostSteps(Step step) {
    return horizon.duration() == null
        ? horizon.steps()
        // A step of the calendar is never shorter than nine tenths of its mean.
        : 1e3 * horizon.duration().toSeconds() / (0.9 * step.meanMillis()) + 1;
  }

  /** The part in which requests must agree to run together. */
  public Shared shared() {
    return new Shared(horizon, contextLength, valueRange);
  }
}
