package io.patchcast.forecast;

import java.io.Serializable;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/**
 * How far to forecast: a number of steps, or a duration.
 *
 * <p>A duration becomes the fewest steps that reach its end, counted from the end of the context.
 * With calendar steps it is laid along the local time of their zone: {@code 7d} are seven daily
 * steps even where the clocks change, {@code 90d} are as many monthly steps as it takes to come 90
 * days further.
 *
 * @param steps number of steps, or 0 where {@code duration} is given
 * @param duration length in time, or null where {@code steps} is given
 */
public record Horizon(int steps, Duration duration) implements Serializable {
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

  /**
   * The horizon written as a number of steps ({@code 96}), a duration with one of the units ms, s,
   * m, h, d, w ({@code 24h}) or an ISO 8601 duration ({@code PT24H}).
   */
  public static Horizon parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    try {
      if (lower.startsWith("p")) {
        return of(Duration.parse(lower));
      }
      int digits = 0;
      while (digits < lower.length()
          && lower.charAt(digits) >= '0'
          && lower.charAt(digits) <= '9') {
        digits++;
      }
      String number = lower.substring(0, digits);
      switch (lower.substring(digits)) {
        case "":
          return steps(Integer.parseInt(number));
        case "ms":
          return of(Duration.ofMillis(Long.parseLong(number)));
        case "s":
          return of(Duration.ofSeconds(Long.parseLong(number)));
        case "m":
          return of(Duration.ofMinutes(Long.parseLong(number)));
        case "h":
          return of(Duration.ofHours(Long.parseLong(number)));
        case "d":
          return of(Duration.ofDays(Long.parseLong(number)));
        case "w":
          return of(Duration.ofDays(Math.multiplyExact(7, Long.parseLong(number))));
        default: // told below
      }
    } catch (NumberFormatException | ArithmeticException | DateTimeParseException e) {
      // no number, or more than fits: told below
    }
    throw new IllegalArgumentException(
        "horizon must be a number of steps such as 96, or a duration such as 90m, 24h, 7d or PT24H;"
            + " got '"
            + text
            + "'");
  }

  /** Number of steps after {@code lastStep} of a series; more than an int holds if need be. */
  long stepsAfter(Grid grid, long lastStep) {
    return duration == null ? steps : grid.stepsReaching(lastStep, millisRoundedUp());
  }

  private long millisRoundedUp() {
    if (duration.getSeconds() >= Long.MAX_VALUE / Step.SECOND) {
      return Long.MAX_VALUE;
    }
    long millis = duration.toMillis();
    return duration.getNano() % 1_000_000 == 0 ? millis : millis + 1;
  }
}
