package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A step as benchmarks write it: {@code 10S}, {@code 5T}, {@code H}, {@code D}, {@code B}, {@code
 * W}, {@code M}, {@code Q}, {@code A}.
 *
 * @param amount how many units
 * @param unit the letter
 */
public record Frequency(int amount, char unit) {
  private static final Pattern TEXT = Pattern.compile("(\\d{0,5})([A-Za-z]{1,3})(?:-([A-Z]{3}))?");
  private static final int LONGEST_SHORT_HORIZON = 60;
  private static final int DAYS_PER_WEEK = 7;

  /** The aliases of pandas, of its versions before and after 2.2, that mean one of the letters. */
  private static final Map<String, Character> UNITS =
      Map.ofEntries(
          Map.entry("S", 'S'),
          Map.entry("s", 'S'),
          Map.entry("T", 'T'),
          Map.entry("min", 'T'),
          Map.entry("H", 'H'),
          Map.entry("h", 'H'),
          Map.entry("D", 'D'),
          Map.entry("d", 'D'),
          Map.entry("B", 'B'),
          Map.entry("W", 'W'),
          Map.entry("w", 'W'),
          Map.entry("M", 'M'),
          Map.entry("ME", 'M'),
          Map.entry("MS", 'M'),
          Map.entry("BM", 'M'),
          Map.entry("BME", 'M'),
          Map.entry("BMS", 'M'),
          Map.entry("Q", 'Q'),
          Map.entry("QE", 'Q'),
          Map.entry("QS", 'Q'),
          Map.entry("BQ", 'Q'),
          Map.entry("BQE", 'Q'),
          Map.entry("BQS", 'Q'),
          Map.entry("A", 'A'),
          Map.entry("AS", 'A'),
          Map.entry("BA", 'A'),
          Map.entry("BAS", 'A'),
          Map.entry("Y", 'A'),
          Map.entry("YE", 'A'),
          Map.entry("YS", 'A'),
          Map.entry("BY", 'A'),
          Map.entry("BYE", 'A'),
          Map.entry("BYS", 'A'));

  private static final List<String> WEEKDAYS =
      List.of("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN");
  private static final List<String> MONTHS =
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");

  /**
   * Reads {@code 15T}, {@code 5min}, {@code H}, {@code h}, {@code MS}, {@code W-SUN}, {@code
   * QS-DEC}, {@code YE-DEC} and the like. Days and months that weeks, quarters and years are
   * anchored at are read and left out: where a series starts says the same.
   */
  public static Frequency parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    Character unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
    if (unit == null || matcher.group(1).matches("0+") || !isAnchor(unit, matcher.group(3))) {
      throw new IllegalArgumentException(
          "frequency must be a number and one of S, T, H, D, B, W, M, Q, A or another alias of"
              + " pandas for these, such as 15T, 5min, W-SUN or QS-DEC; got '"
              + text
              + "'");
    }
    int amount = matcher.group(1).isEmpty() ? 1 : Integer.parseInt(matcher.group(1));
    return new Frequency(amount, unit);
  }

  private static boolean isAnchor(char unit, String anchor) {
    if (anchor == null) {
      return true;
    }
    return switch (unit) {
      case 'W' -> WEEKDAYS.contains(anchor);
      case 'Q', 'A' -> MONTHS.contains(anchor);
      default -> false;
    };
  }

  /** Whether a text is a frequency. */
  public static boolean isFrequency(String text) {
    try {
      return parse(text) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The frequency of a step. */
  public static Frequency of(Step step) {
    double seconds = step.meanMillis() / 1000;
    if (step.unit() == ChronoUnit.MONTHS) {
      return switch ((int) step.amount()) {
        case 12 -> new Frequency(1, 'A');
        case 3 -> new Frequency(1, 'Q');
        default -> new Frequency((int) step.amount(), 'M');
      };
    }
    long whole = Math.max(1, Math.round(seconds));
    if (whole % 604_800 == 0) {
      return new Frequency((int) (whole / 604_800), 'W');
    }
    if (whole % 86_400 == 0) {
      return new Frequency((int) (whole / 86_400), 'D');
    }
    if (whole % 3600 == 0) {
      return new Frequency((int) (whole / 3600), 'H');
    }
    return whole % 60 == 0
        ? new Frequency((int) (whole / 60), 'T')
        : new Frequency((int) whole, 'S');
  }

  /** The step: fixed up to weeks, calendar months beyond; of business days, a day. */
  public Step step() {
    return switch (unit) {
      case 'S' -> Step.of(Duration.ofSeconds(amount));
      case 'T' -> Step.of(Duration.ofMinutes(amount));
      case 'H' -> Step.of(Duration.ofHours(amount));
      case 'D', 'B' -> Step.of(Duration.ofDays(amount));
      case 'W' -> Step.of(Duration.ofDays((long) DAYS_PER_WEEK * amount));
      case 'M' -> months(1);
      case 'Q' -> months(3);
      default -> months(12);
    };
  }

  /** The instants of a series; those of business days pass over the weekends, in UTC. */
  public long[] instants(long startMillis, int count) {
    long[] instants = new long[count];
    Step step = step();
    if (unit != 'B') {
      for (int t = 0; t < count; t++) {
        instants[t] = step.plus(startMillis, t);
      }
      return instants;
    }
    LocalDateTime day = LocalDateTime.ofInstant(Instant.ofEpochMilli(startMillis), ZoneOffset.UTC);
    for (int t = 0; t < count; t++) {
      instants[t] = day.toInstant(ZoneOffset.UTC).toEpochMilli();
      for (int passed = 0; passed < amount; ) {
        day = day.plusDays(1);
        passed += day.getDayOfWeek().getValue() < DayOfWeek.SATURDAY.getValue() ? 1 : 0;
      }
    }
    return instants;
  }

  private Step months(int each) {
    return Step.of((long) each * amount, ChronoUnit.MONTHS, ZoneOffset.UTC);
  }

  /**
   * Steps per season by GIFT-Eval's table: an hour for seconds, a day for minutes and hours, a year
   * for months and quarters, a week for business days, 1 (no season) for days, weeks and years; 1
   * too where the step does not divide it.
   */
  public int season() {
    int season =
        switch (unit) {
          case 'S' -> 3600;
          case 'T' -> 1440;
          case 'H' -> 24;
          case 'M' -> 12;
          case 'Q' -> 4;
          case 'B' -> 5;
          default -> 1;
        };
    return season % amount == 0 ? season / amount : 1;
  }

  /** Steps of GIFT-Eval's short term. */
  public int shortHorizon() {
    return switch (unit) {
      case 'A' -> 6;
      case 'Q', 'W' -> 8;
      case 'M' -> 12;
      case 'D', 'B' -> 30;
      case 'S' -> LONGEST_SHORT_HORIZON;
      default -> 48;
    };
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return (amount == 1 ? "" : String.valueOf(amount)) + unit;
  }
}
