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
      switch (span.group(2)) {
        case "d":
          return Step.of(amount, ChronoUnit.DAYS, zone);
        case "w":
          return Step.of(amount, ChronoUnit.WEEKS, zone);
        case "mo", "month", "months":
          return Step.of(amount, ChronoUnit.MONTHS, zone);
        default:
          break;
      }
    }
    return Step.of(duration(text, "a duration (500ms, 10s, 5m, 1h, 1d, 1w, 1mo, PT15M)"));
  }

  private static Duration duration(String text, String expected) {
    Matcher span = SPAN.matcher(text);
    try {
      if (span.matches()) {
        long amount = Long.parseLong(span.group(1));
        switch (span.group(2)) {
          case "ms":
            return Duration.ofMillis(amount);
          case "s", "sec":
            return Duration.ofSeconds(amount);
          case "m", "min":
            return Duration.ofMinutes(amount);
          case "h":
            return Duration.ofHours(amount);
          case "d":
            return Duration.ofDays(amount);
          case "w":
            return Duration.ofDays(Math.multiplyExact(amount, 7L));
          default:
            break;
        }
      } else if (text.startsWith("P")) {
        return Duration.parse(text);
      }
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException("expected " + expected + ", got '" + text + "'", e);
    }
    throw new IllegalArgumentException("expected " + expected + ", got '" + text + "'");
  }

  /** A length of time in short: {@code 30m}, {@code 1h30m}. */
  static String text(Duration duration) {
    String iso = duration.toString();
    return iso.substring(2).toLowerCase(java.util.Locale.ROOT);
  }
}
