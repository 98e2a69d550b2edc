package io.patchcast.forecast;

import java.time.Duration;

/**
 * How far to forecast: a number of steps, or a duration that is divided by the step of each series
 * and rounded up.
 *
 * @param steps number of steps, or 0 where {@code duration} is given
 * @param duration length in time, or null where {@code steps} is given
 */
public record Horizon(int steps, Duration duration) {
  public Horizon {
    if (duration == null ? steps < 1 : steps != 0 || duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(
          "horizon must be at least one step or a positive duration, got "
              + (duration == null ? steps + " steps" : duration));
    }
  }

  /** A number of steps. */
  public static Horizon steps(int steps) {
    return new Horizon(steps, null);
  }

  /** A length of time. */
  public static Horizon of(Duration duration) {
    return new Horizon(0, duration);
  }

  /** Number of steps for a series of this step. */
  int stepsOf(Step step) {
    if (duration == null) {
      return steps;
    }
    double exact = duration.toMillis() / step.meanMillis();
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, Math.ceil(exact - 1e-9)));
  }
}
