package io.patchcast.cli.plot;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Round places on an axis. */
final class Ticks {
  private static final int SECONDS_PER_DAY = 86_400;
  private static final int[] SECOND_STEPS = {
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200
  };
  private static final int[] DAY_STEPS = {1, 2, 7, 14};
  private static final int[] MONTH_STEPS = {1, 2, 3, 6, 12, 24, 60, 120};

  private Ticks() {}

  /**
   * A place on a time axis.
   *
   * @param label time of day, day or month
   * @param date the day where a day begins or the axis does, else empty; second line of the label
   */
  record TimeTick(long epochMillis, String label, String date) {}

  /** Ascending multiples of 1, 2, 2.5 or 5 times a power of ten within a range. */
  static double[] values(double low, double high, int atMost) {
    double rough = (high - low) / Math.max(1, atMost);
    double magnitude = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = 10 * magnitude;
    for (double factor : new double[] {1, 2, 2.5, 5}) {
      if (factor * magnitude >= rough * (1 - 1e-9)) {
        step = factor * magnitude;
        break;
      }
    }
    long first = (long) Math.ceil(low / step - 1e-9);
    long last = (long) Math.floor(high / step + 1e-9);
    double[] ticks = new double[(int) Math.max(0, Math.min(100, last - first + 1))];
    for (int i = 0; i < ticks.length; i++) {
      ticks[i] = (first + i) * step;
    }
    return ticks;
  }

  /** Round times within a range, in the time zone's clock. */
  static List<TimeTick> times(long from, long to, ZoneId zone, int atMost) {
    double seconds = (to - from) / 1e3;
    for (int step : SECOND_STEPS) {
      if (seconds / step <= atMost) {
        return clockTimes(from, to, zone, step);
      }
    }
    for (int step : DAY_STEPS) {
      if (seconds / SECONDS_PER_DAY / step <= atMost) {
        return days(from, to, zone, step);
      }
    }
    double months = seconds / ChronoUnit.MONTHS.getDuration().toSeconds();
    for (int step : MONTH_STEPS) {
      if (months / step <= atMost) {
        return months(from, to, zone, step);
      }
    }
    return months(from, to, zone, (int) Math.ceil(months / atMost / 120) * 120);
  }

  private static List<TimeTick> clockTimes(long from, long to, ZoneId zone, int step) {
    DateTimeFormatter clock = format(step < 60 ? "HH:mm:ss" : "HH:mm");
    DateTimeFormatter day = format("d MMM uuuu");
    List<TimeTick> ticks = new ArrayList<>();
    LocalDate date = Instant.ofEpochMilli(from).atZone(zone).toLocalDate();
    LocalDate last = Instant.ofEpochMilli(to).atZone(zone).toLocalDate();
    long previous = Long.MIN_VALUE;
    LocalDate shown = null;
    for (; !date.isAfter(last); date = date.plusDays(1)) {
      for (int second = 0; second < SECONDS_PER_DAY; second += step) {
        LocalTime time = LocalTime.ofSecondOfDay(second);
        long millis = date.atTime(time).atZone(zone).toInstant().toEpochMilli();
        // Daylight saving repeats or skips an hour of the clock.
        if (millis >= from && millis <= to && millis > previous) {
          ticks.add(
              new TimeTick(millis, clock.format(time), date.equals(shown) ? "" : day.format(date)));
          previous = millis;
          shown = date;
        }
      }
    }
    return ticks;
  }

  private static List<TimeTick> days(long from, long to, ZoneId zone, int step) {
    DateTimeFormatter day = format("d MMM");
    List<TimeTick> ticks = new ArrayList<>();
    LocalDate date = Instant.ofEpochMilli(from).atZone(zone).toLocalDate();
    // Weeks begin on Mondays (day 4 after the epoch's Thursday), other steps at the epoch.
    long offset = step % 7 == 0 ? 4 : 0;
    date = date.plusDays(Math.floorMod(offset - date.toEpochDay(), (long) step));
    int year = 0;
    for (; ; date = date.plusDays(step)) {
      long millis = date.atStartOfDay(zone).toInstant().toEpochMilli();
      if (millis > to) {
        return ticks;
      }
      if (millis >= from) {
        String newYear = date.getYear() == year ? "" : Integer.toString(date.getYear());
        ticks.add(new TimeTick(millis, day.format(date), newYear));
        year = date.getYear();
      }
    }
  }

  private static List<TimeTick> months(long from, long to, ZoneId zone, int step) {
    DateTimeFormatter month = format("MMM");
    List<TimeTick> ticks = new ArrayList<>();
    LocalDate date = Instant.ofEpochMilli(from).atZone(zone).toLocalDate().withDayOfMonth(1);
    long index = date.getYear() * 12L + date.getMonthValue() - 1;
    date = date.plusMonths(Math.floorMod(-index, (long) step));
    int year = 0;
    for (; ; date = date.plusMonths(step)) {
      long millis = date.atStartOfDay(zone).toInstant().toEpochMilli();
      if (millis > to) {
        return ticks;
      }
      if (millis >= from) {
        String number = Integer.toString(date.getYear());
        ticks.add(
            step % 12 == 0
                ? new TimeTick(millis, number, "")
                : new TimeTick(millis, month.format(date), date.getYear() == year ? "" : number));
        year = date.getYear();
      }
    }
  }

  private static DateTimeFormatter format(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
  }
}
