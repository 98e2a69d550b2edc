package io.patchcast.forecast;

import java.time.DateTimeException;

/**
 * Numbers since the epoch. The unit follows from the magnitude: below 1e11 seconds (until the year
 * 5138), below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
 */
public final class EpochTime {
  private static final double SECONDS_BELOW = 1e11;
  private static final double MILLIS_BELOW = 1e14;
  private static final double MICROS_BELOW = 1e17;

  private EpochTime() {}

  /** Milliseconds of a number since the epoch. */
  public static long millis(long number) {
    double size = Math.abs((double) number);
    if (size < SECONDS_BELOW) {
      return number * 1000;
    }
    if (size < MILLIS_BELOW) {
      return number;
    }
    return Math.floorDiv(number, size < MICROS_BELOW ? 1000L : 1_000_000L);
  }

  /**
   * Milliseconds of a number since the epoch.
   *
   * @throws DateTimeException if it is not finite, or more than a long holds
   */
  public static long millis(double number) {
    if (!(Math.abs(number) < Long.MAX_VALUE)) {
      throw new DateTimeException("not a time: " + number);
    }
    if (number == Math.rint(number)) {
      return millis((long) number);
    }
    double size = Math.abs(number);
    double millis =
        size < SECONDS_BELOW ? number * 1e3 : size < MILLIS_BELOW ? number : number / 1e3;
    return Math.round(millis);
  }
}
