package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
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
 * @param day of its months that it keeps to
 */
public record Frequency(int amount, char unit, Day day) {
  /** A day of a month, such that months of other lengths have it on another date. */
  public enum Day {
    /** None: the same date in every month, the last one of those that are shorter. */
    SAME,
    /** The last day. */
    LAST,
    /** The first day from Monday to Friday. */
    FIRST_WEEKDAY,
    /** The last day from Monday to Friday. */
    LAST_WEEKDAY;

    private LocalDateTime of(LocalDateTime month) {
      LocalDateTime last = month.with(TemporalAdjusters.lastDayOfMonth());
      LocalDateTime first = month.with(TemporalAdjusters.firstDayOfMonth());
      return switch (this) {
        case SAME -> month;
        case LAST -> last;
        case FIRST_WEEKDAY ->
            isWeekend(first) ? first.with(TemporalAdjusters.next(DayOfWeek.MONDAY)) : first;
        case LAST_WEEKDAY ->
            isWeekend(last) ? last.with(TemporalAdjusters.previous(DayOfWeek.FRIDAY)) : last;
      };
    }
  }

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
   * anchored at are read and left out: where a series starts says the same. Whether months are
   * known by their first or last day is kept as the {@link #day}.
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
    return new Frequency(amount, unit, day(unit, matcher.group(2)));
  }

  private static Day day(char unit, String alias) {
    if (unit != 'M' && unit != 'Q' && unit != 'A') {
      return Day.SAME;
    }
    boolean starts = alias.endsWith("S");
    return alias.startsWith("B")
        ? starts ? Day.FIRST_WEEKDAY : Day.LAST_WEEKDAY
        : starts ? Day.SAME : Day.LAST;
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
        case 12 -> of(1, 'A');
        case 3 -> of(1, 'Q');
        default -> of(step.amount(), 'M');
      };
    }
    long whole = Math.max(1, Math.round(seconds));
    if (whole % 604_800 == 0) {
      return of(whole / 604_800, 'W');
    }
    if (whole % 86_400 == 0) {
      return of(whole / 86_400, 'D');
    }
    if (whole % 3600 == 0) {
      return of(whole / 3600, 'H');
    }
    return whole % 60 == 0 ? of(whole / 60, 'T') : of(whole, 'S');
  }

  private static Frequency of(long amount, char unit) {
    return new Frequency((int) amount, unit, Day.SAME);
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

  /**
   * The instants of a series, by the days in UTC. A series that starts on the {@link #day} of its
   * month stays on it: the last of February is followed by the last of March. Business days pass
   * over the weekends, and begin on a Monday where the start is on one.
   */
  public long[] instants(long startMillis, int count) {
    long[] instants = new long[count];
    if (unit == 'B') {
      businessDays(startMillis, instants);
      return instants;
    }
    Step step = step();
    boolean snaps = day != Day.SAME && day.of(local(startMillis)).equals(local(startMillis));
    for (int t = 0; t < count; t++) {
      long instant = step.plus(startMillis, t);
      instants[t] = snaps ? millis(day.of(local(instant))) : instant;
    }
    return instants;
  }

  private void businessDays(long startMillis, long[] instants) {
    LocalDateTime start = local(startMillis);
    LocalDateTime next =
        isWeekend(start) ? start.with(TemporalAdjusters.next(DayOfWeek.MONDAY)) : start;
    for (int t = 0; t < instants.length; t++) {
      instants[t] = millis(next);
      for (int passed = 0; passed < amount; ) {
        next = next.plusDays(1);
        passed += isWeekend(next) ? 0 : 1;
      }
    }
  }

  private static boolean isWeekend(LocalDateTime day) {
    return day.getDayOfWeek().getValue() >= DayOfWeek.SATURDAY.getValue();
  }

  private static LocalDateTime local(long millis) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
  }

  private static long millis(LocalDateTime local) {
    return local.toInstant(ZoneOffset.UTC).toEpochMilli();
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

  /** As {@link #parse} reads it, without the day. */
  @Override
  public String toString() {
    return (amount == 1 ? "" : String.valueOf(amount)) + unit;
  }
}
