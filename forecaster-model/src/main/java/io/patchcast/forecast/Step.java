package io.patchcast.forecast;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/**
 * The distance between two consecutive points of a regular series: a fixed number of milliseconds,
 * or a number of calendar days, weeks or months in a time zone (of no fixed length: daylight
 * saving).
 *
 * @param amount how many units, at least 1
 * @param unit {@link ChronoUnit#MILLIS}, {@link ChronoUnit#DAYS}, {@link ChronoUnit#WEEKS} or
 *     {@link ChronoUnit#MONTHS}
 * @param zone where days, weeks and months are counted; null for milliseconds
 */
public record Step(long amount, ChronoUnit unit, ZoneId zone) implements Serializable {
  static final long SECOND = 1_000;
  static final long MINUTE = 60 * SECOND;
  static final long HOUR = 60 * MINUTE;

  /** Lengths that times and steps are more likely to be multiples of than of others. */
  private static final long[] ROUND_MILLIS = {
    24 * HOUR,
    12 * HOUR,
    6 * HOUR,
    HOUR,
    30 * MINUTE,
    15 * MINUTE,
    10 * MINUTE,
    5 * MINUTE,
    MINUTE,
    30 * SECOND,
    15 * SECOND,
    10 * SECOND,
    5 * SECOND,
    SECOND,
    500,
    250,
    100,
    50,
    10,
    5,
    1
  };

  public Step {
    Objects.requireNonNull(unit, "unit");
    if (amount < 1) {
      throw new IllegalArgumentException("step must be at least 1 " + unit + ", got " + amount);
    }
    switch (unit) {
      case MILLIS -> {
        if (zone != null) {
          throw new IllegalArgumentException(
              "a step in milliseconds has no time zone, got " + zone);
        }
      }
      case DAYS, WEEKS, MONTHS -> Objects.requireNonNull(zone, "zone");
      default ->
          throw new IllegalArgumentException(
              "unit of a step must be MILLIS, DAYS, WEEKS or MONTHS, got " + unit);
    }
  }

  /** A fixed distance; must be a whole number of milliseconds. */
  public static Step of(Duration duration) {
    if (duration.toNanosPart() % 1_000_000 != 0) {
      throw new IllegalArgumentException(
          "step must be a whole number of milliseconds, got " + duration);
    }
    return ofMillis(duration.toMillis());
  }

  /** A calendar distance: days, weeks or months in {@code zone}. */
  public static Step of(long amount, ChronoUnit calendarUnit, ZoneId zone) {
    return new Step(amount, calendarUnit, zone);
  }

  /**
   * The step written as {@code 1500ms}, {@code 10s}, {@code 5m}, {@code 1h} (fixed), {@code 1d},
   * {@code 1w} or {@code 1mo} (calendar days, weeks and months in {@code zone}).
   */
  public static Step parse(String text, ZoneId zone) {
    Objects.requireNonNull(zone, "zone");
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    try {
      long amount = Long.parseLong(text.substring(0, digits));
      switch (text.substring(digits)) {
        case "ms":
          return ofMillis(amount);
        case "s":
          return ofMillis(Math.multiplyExact(amount, SECOND));
        case "m":
          return ofMillis(Math.multiplyExact(amount, MINUTE));
        case "h":
          return ofMillis(Math.multiplyExact(amount, HOUR));
        case "d":
          return new Step(amount, ChronoUnit.DAYS, zone);
        case "w":
          return new Step(amount, ChronoUnit.WEEKS, zone);
        case "mo":
          return new Step(amount, ChronoUnit.MONTHS, zone);
        default: // told below
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // no digits, or more than fit: told below
    }
    throw new IllegalArgumentException(
        "step must be a whole number and one of the units ms, s, m, h, d, w, mo, such as 10s; got '"
            + text
            + "'");
  }

  static Step ofMillis(long millis) {
    return new Step(millis, ChronoUnit.MILLIS, null);
  }

  /** The instant that lies {@code steps} steps after {@code epochMillis}; negative goes back. */
  public long plus(long epochMillis, long steps) {
    if (unit == ChronoUnit.MILLIS) {
      return Math.addExact(epochMillis, Math.multiplyExact(amount, steps));
    }
    return ZonedDateTime.ofInstant(Instant.ofEpochMilli(epochMillis), zone)
        .plus(Math.multiplyExact(amount, steps), unit)
        .toInstant()
        .toEpochMilli();
  }

  /** Milliseconds of a step; of a calendar step the mean over the Gregorian cycle. */
  public double meanMillis() {
    return (unit == ChronoUnit.MILLIS ? 1.0 : (double) unit.getDuration().toMillis()) * amount;
  }

  /** The shortest text that {@link #parse} reads as this step; leaves the zone out. */
  public String text() {
    return switch (unit) {
      case DAYS -> amount + "d";
      case WEEKS -> amount + "w";
      case MONTHS -> amount + "mo";
      default -> millisText(amount);
    };
  }

  /** {@link #text()}, followed by the zone of a calendar step. */
  @Override
  public String toString() {
    return zone == null ? text() : text() + " " + zone;
  }

  static String millisText(long millis) {
    if (millis % HOUR == 0) {
      return millis / HOUR + "h";
    }
    if (millis % MINUTE == 0) {
      return millis / MINUTE + "m";
    }
    return millis % SECOND == 0 ? millis / SECOND + "s" : millis + "ms";
  }

  /**
   * The roundest number of milliseconds in a range, the one next to its middle if there are some.
   */
  static long roundest(double from, double middle, double to) {
    for (long unit : ROUND_MILLIS) {
      long rounded = Math.round(middle / unit) * unit;
      if (rounded > 0 && rounded >= from && rounded <= to) {
        return rounded;
      }
    }
    return Math.round(middle);
  }
}
