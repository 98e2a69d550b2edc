package io.patchcast.forecast;

import static java.time.temporal.ChronoField.PROLEPTIC_MONTH;

import java.time.LocalDate;
import java.time.YearMonth;

/**
 * The day on which a monthly series has its points; in months too short for it, their last day. A
 * series of month ends is one of day 31, so that it never drifts away from the end of the month.
 *
 * <p>Months are counted from January of the year 0.
 *
 * @param day 1 to 31
 */
record DayOfMonth(int day) {
  /** A point this far from its day, about a tenth of a month, is still taken for late or early. */
  static final int TOLERANCE = 3;

  /**
   * The day that dates (days since the epoch) are closest to; the first of the month if to none.
   */
  static DayOfMonth closest(long[] epochDays) {
    int candidates = 1 << 31;
    for (long epochDay : epochDays) {
      candidates |= 1 << LocalDate.ofEpochDay(epochDay).getDayOfMonth();
    }
    int best = 1;
    long least = Long.MAX_VALUE;
    // Of equally close days the latest: a lone 30 April is a month end.
    for (int day = 31; day >= 1 && least > 0; day--) {
      if ((candidates & 1 << day) != 0) {
        long total = new DayOfMonth(day).totalDistance(epochDays);
        if (total < least) {
          least = total;
          best = day;
        }
      }
    }
    return new DayOfMonth(least <= (long) TOLERANCE * epochDays.length ? best : 1);
  }

  /** The date of this day in a month, in days since the epoch. */
  long in(long month) {
    YearMonth yearMonth =
        YearMonth.of((int) Math.floorDiv(month, 12L), (int) Math.floorMod(month, 12L) + 1);
    return yearMonth.atDay(Math.min(day, yearMonth.lengthOfMonth())).toEpochDay();
  }

  /** The month whose day is closest to a date. */
  long nearestMonth(long epochDay) {
    long month = LocalDate.ofEpochDay(epochDay).getLong(PROLEPTIC_MONTH);
    long here = in(month);
    if (epochDay > here) {
      return in(month + 1) - epochDay <= epochDay - here ? month + 1 : month;
    }
    return epochDay < here && epochDay - in(month - 1) < here - epochDay ? month - 1 : month;
  }

  /** Days between a date and this day of the nearest month. */
  long distance(long epochDay) {
    return Math.abs(epochDay - in(nearestMonth(epochDay)));
  }

  private long totalDistance(long[] epochDays) {
    long total = 0;
    for (long epochDay : epochDays) {
      total += distance(epochDay);
    }
    return total;
  }
}
