package io.patchcast.cli;

import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.Step;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as people write them: {@code 10s}, {@code 24h}, {@code 1mo}, {@code PT15M}. */
final class Spans {
  private static final Pattern SPAN =
      Pattern.compile("(\\d{1,15})\\s*(ms|s|sec|m|min|h|d|w|mo|month|months)");

  private Spans() {}

  /** A number of steps ({@code 96}) or a duration ({@code 24h}, {@code 7d}, {@code PT24H}). */
  static Horizon horizon(String text) {
    if (text.matches("\\d{1,9}")) {
      return Horizon.steps(Integer.parseInt(text));
    }
    return Horizon.of(duration(text, "steps (96) or a duration (90s, 30m, 24h, 7d, 2w, PT24H)"));
  }

  /** A fixed duration, or days, weeks and months of the calendar in a time zone. */
  static Step step(String text, ZoneId zone) {
    Matcher span = SPAN.matcher(text);
    if (span.matches()) {
      long amount = Long.parseLong(span.group(1));
      ChronoUnit unit = unit(span.group(2));
      if (unit.compareTo(ChronoUnit.DAYS) >= 0) {
        return Step.of(amount, unit, zone);
      }
    }
    return Step.of(duration(text, "a duration (500ms, 10s, 5m, 1h, 1d, 1w, 1mo, PT15M)"));
  }

  private static Duration duration(String text, String expected) {
    Matcher span = SPAN.matcher(text);
    try {
      if (span.matches() && unit(span.group(2)) != ChronoUnit.MONTHS) {
        return unit(span.group(2)).getDuration().multipliedBy(Long.parseLong(span.group(1)));
      }
      if (text.startsWith("P")) {
        return Duration.parse(text);
      }
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException("expected " + expected + ", got '" + text + "'", e);
    }
    throw new IllegalArgumentException("expected " + expected + ", got '" + text + "'");
  }

  private static ChronoUnit unit(String name) {
    return switch (name) {
      case "ms" -> ChronoUnit.MILLIS;
      case "s", "sec" -> ChronoUnit.SECONDS;
      case "m", "min" -> ChronoUnit.MINUTES;
      case "h" -> ChronoUnit.HOURS;
      case "d" -> ChronoUnit.DAYS;
      case "w" -> ChronoUnit.WEEKS;
      default -> ChronoUnit.MONTHS;
    };
  }
}
