package io.patchcast.forecast;

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
public record Step(long amount, ChronoUnit unit, ZoneId zone) {
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
    return new Step(duration.toMillis(), ChronoUnit.MILLIS, null);
  }

  /** A calendar distance: days, weeks or months in {@code zone}. */
  public static Step of(long amount, ChronoUnit calendarUnit, ZoneId zone) {
    return new Step(amount, calendarUnit, zone);
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
}
