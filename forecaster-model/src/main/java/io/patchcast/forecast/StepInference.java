package io.patchcast.forecast;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/**
 * Finds the step of a series in its timestamps.
 *
 * <p>The gaps between consecutive timestamps are tried, in this order, for
 *
 * <ol>
 *   <li>calendar months (also quarters and years), weeks and days, when the points keep their local
 *       time of day: in the zone of the series, or in UTC if they follow UTC rather than the zone;
 *   <li>an exact step: the most frequent gap, if nearly all gaps are whole multiples of it, or the
 *       common divisor of the frequent gaps, if it is one of them or not much smaller;
 *   <li>a step with jitter: the middle of the densest cluster of gaps, made precise over many
 *       steps, and rounded as far as the jitter leaves it open. Three of four gaps must be one to
 *       five steps long, give or take a quarter of a step.
 * </ol>
 */
final class StepInference {
  /** Points that keep to a calendar are at least this far apart: a day of 23 hours, with jitter. */
  private static final long SHORTEST_CALENDAR_GAP = 9 * Grid.DAY / 10;

  private static final long SHORTEST_MONTH = 28;

  /**
   * Gaps of more steps than this tell nothing about a jittered step: its error adds up over them,
   * and any gap is close to some multiple of a step that is short enough.
   */
  private static final int MOST_MULTIPLE = 5;

  private StepInference() {}

  /**
   * The step, or null if there is none to be seen.
   *
   * @param times ascending, no two equal, at least two
   * @param zone of calendar days
   */
  static Step infer(long[] times, ZoneId zone) {
    long first = times[1] - times[0];
    if (first < SHORTEST_CALENDAR_GAP && evenlySpaced(times, first)) {
      return Step.ofMillis(first);
    }
    long[] sortedGaps = sortedGaps(times);
    long exact = exactStep(sortedGaps);
    if (sortedGaps[sortedGaps.length / 2] >= SHORTEST_CALENDAR_GAP) {
      Step calendar = calendarStep(times, zone, exact);
      if (calendar != null) {
        return calendar;
      }
    }
    long millis = exact > 0 ? exact : jitteredStep(times, sortedGaps);
    if (millis == 0) {
      return null;
    }
    return millis % Grid.DAY == 0 ? ofDays(millis / Grid.DAY, zone) : Step.ofMillis(millis);
  }

  /** The gaps there are, most frequent first, for the message about a step that was not found. */
  static String describeGaps(long[] times) {
    long[] sorted = sortedGaps(times);
    long shortest = sorted[0];
    long longest = sorted[sorted.length - 1];
    StringBuilder text = new StringBuilder();
    text.append(sorted.length)
        .append(" differences from ")
        .append(Step.millisText(shortest))
        .append(" to ")
        .append(Step.millisText(longest))
        .append(", most often ");
    int count = Integer.MAX_VALUE;
    int start = -1;
    for (int named = 0; named < 3; named++) {
      // The next in order of falling counts, the shorter gap first.
      int nextStart = -1;
      int nextCount = 0;
      for (int run = 0, end; run < sorted.length; run = end) {
        end = runEnd(sorted, run);
        int runCount = end - run;
        if (runCount > nextCount && (runCount < count || (runCount == count && run > start))) {
          nextStart = run;
          nextCount = runCount;
        }
      }
      if (nextStart < 0) {
        break;
      }
      start = nextStart;
      count = nextCount;
      text.append(named == 0 ? "" : ", ")
          .append(Step.millisText(sorted[start]))
          .append(" (")
          .append(count)
          .append(count == 1 ? " time)" : " times)");
    }
    return text.toString();
  }

  private static boolean evenlySpaced(long[] times, long gap) {
    for (int i = 2; i < times.length; i++) {
      if (times[i] - times[i - 1] != gap) {
        return false;
      }
    }
    return true;
  }

  /** Gaps between consecutive times that differ, sorted. */
  private static long[] sortedGaps(long[] times) {
    long[] gaps = new long[times.length - 1];
    int count = 0;
    for (int i = 1; i < times.length; i++) {
      if (times[i] != times[i - 1]) {
        gaps[count++] = times[i] - times[i - 1];
      }
    }
    gaps = count == gaps.length ? gaps : Arrays.copyOf(gaps, count);
    Arrays.sort(gaps);
    return gaps;
  }

  // Calendar

  private static Step calendarStep(long[] times, ZoneId zone, long exactMillis) {
    long[] local = Grid.localTimes(times, zone.getRules());
    long strayMillis = stray(local, Grid.DAY);
    ZoneId dayZone = zone;
    if (!zone.getRules().isFixedOffset()) {
      long strayInUtc = stray(times, Grid.DAY);
      if (strayInUtc < strayMillis / 2) {
        local = times;
        strayMillis = strayInUtc;
        dayZone = ZoneOffset.UTC;
      }
    }
    // Three points 23 hours apart could be jittered days, but are exactly something else.
    if (exactMillis > 0 && exactMillis % Grid.DAY != 0 && stray(times, exactMillis) < strayMillis) {
      return null;
    }
    long timeOfDay = Grid.phase(local, Grid.DAY, 0);
    long[] days = new long[local.length];
    int onTime = 0;
    for (int i = 0; i < days.length; i++) {
      days[i] = Grid.nearest(local[i], timeOfDay, Grid.DAY);
      long late = local[i] - (timeOfDay + days[i] * Grid.DAY);
      onTime += Math.abs(late) <= Grid.DAY / 10 ? 1 : 0;
    }
    if (!nearlyAll(onTime, days.length)) {
      return null;
    }
    long[] dayGaps = sortedGaps(days);
    if (dayGaps.length == 0) {
      return null;
    }
    boolean monthsPossible = dayGaps[dayGaps.length / 2] >= SHORTEST_MONTH;
    long months = monthsPossible ? months(days, 0) : 0;
    long exactDays = months > 0 ? 0 : exactStep(dayGaps);
    if (months == 0 && exactDays == 0 && monthsPossible) {
      months = months(days, DayOfMonth.TOLERANCE);
    }
    if (months > 0) {
      return Step.of(months, ChronoUnit.MONTHS, dayZone);
    }
    long stepDays = exactDays > 0 ? exactDays : jitteredDays(days);
    if (stepDays == 0) {
      return null;
    }
    return ofDays(stepDays, dayZone);
  }

  private static Step ofDays(long days, ZoneId zone) {
    return days % 7 == 0
        ? Step.of(days / 7, ChronoUnit.WEEKS, zone)
        : Step.of(days, ChronoUnit.DAYS, zone);
  }

  /** By how much the times stray, in total, from the points of an even grid. */
  private static long stray(long[] times, long length) {
    long phase = Grid.phase(times, length, 0);
    long total = 0;
    for (long time : times) {
      total += Math.abs(time - phase - Grid.nearest(time, phase, length) * length);
    }
    return total;
  }

  /** Months between dates that all keep to a day of the month, or 0. */
  private static long months(long[] epochDays, int toleranceDays) {
    DayOfMonth dayOfMonth = DayOfMonth.closest(epochDays);
    long[] months = new long[epochDays.length];
    int onDay = 0;
    for (int i = 0; i < months.length; i++) {
      months[i] = dayOfMonth.nearestMonth(epochDays[i]);
      onDay += dayOfMonth.distance(epochDays[i]) <= toleranceDays ? 1 : 0;
    }
    long[] gaps = sortedGaps(months);
    return gaps.length > 0 && nearlyAll(onDay, months.length) ? exactStep(gaps) : 0;
  }

  private static long jitteredDays(long[] epochDays) {
    long[] midnights = epochDays.clone();
    for (int i = 0; i < midnights.length; i++) {
      midnights[i] *= Grid.DAY;
    }
    long millis = jitteredStep(midnights, sortedGaps(midnights));
    return millis % Grid.DAY == 0 ? millis / Grid.DAY : 0;
  }

  // Exact steps, in any unit

  private static long exactStep(long[] sortedGaps) {
    int count = sortedGaps.length;
    long mode = 0;
    int modeCount = 0;
    int frequentCount = 0;
    long divisor = 0;
    long shortestFrequent = 0;
    for (int start = 0, end; start < count; start = end) {
      end = runEnd(sortedGaps, start);
      if (end - start > modeCount) {
        mode = sortedGaps[start];
        modeCount = end - start;
      }
      if (end - start >= 2 && end - start >= count / 20) {
        divisor = greatestCommonDivisor(sortedGaps[start], divisor);
        shortestFrequent = shortestFrequent == 0 ? sortedGaps[start] : shortestFrequent;
        frequentCount += end - start;
      }
    }
    int multiples = 0;
    for (long gap : sortedGaps) {
      multiples += gap % mode == 0 ? 1 : 0;
    }
    if (nearlyAll(multiples, count)) {
      return mode;
    }
    // A divisor of few gaps, or one that is no gap itself and much smaller, is there by chance.
    boolean telling = frequentCount >= 4 && nearlyAll(frequentCount, count);
    boolean near = divisor == shortestFrequent || sortedGaps[count / 2] <= 4 * divisor;
    return telling && near ? divisor : 0;
  }

  private static int runEnd(long[] sorted, int start) {
    int end = start + 1;
    while (end < sorted.length && sorted[end] == sorted[start]) {
      end++;
    }
    return end;
  }

  private static long greatestCommonDivisor(long a, long b) {
    while (b != 0) {
      long rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }

  private static boolean nearlyAll(int part, int all) {
    return part >= all - all / 10;
  }

  // Steps with jitter

  private static long jitteredStep(long[] times, long[] sortedGaps) {
    int count = sortedGaps.length;
    int densest = 0;
    int most = 0;
    int frequent = -1;
    // Jitter of a tenth of a step each way gives gaps from 0.8 to 1.2 steps: a ratio of 1.5.
    for (int start = 0, end = 0; start < count; start++) {
      while (end < count && sortedGaps[end] <= sortedGaps[start] + sortedGaps[start] / 2) {
        end++;
      }
      if (end - start > most) {
        densest = start;
        most = end - start;
      }
      if (frequent < 0 && end - start >= Math.max(2, count / 10)) {
        frequent = start + (end - start) / 2;
      }
    }
    long step = precise(times, sortedGaps[densest + most / 2]);
    if (!explains(times, step) && frequent >= 0) {
      // Perhaps the resolution became finer and most points are still coarse.
      step = precise(times, sortedGaps[frequent]);
    }
    return explains(times, step) ? step : 0;
  }

  /** A rough step made precise: the mean over all stretches without long gaps, rounded. */
  private static long precise(long[] times, long rough) {
    long steps = 0;
    long millis = 0;
    long jitter = 0;
    int stretches = 0;
    boolean within = false;
    for (int i = 1; i < times.length; i++) {
      long gap = times[i] - times[i - 1];
      long multiple = Grid.nearest(gap, 0, rough);
      long late = Math.abs(gap - multiple * rough);
      boolean usable = multiple >= 1 && multiple <= MOST_MULTIPLE && late <= rough / 4;
      if (usable) {
        steps += multiple;
        millis += gap;
        jitter = Math.max(jitter, late);
        stretches += within ? 0 : 1;
      }
      within = usable;
    }
    if (steps == 0) {
      return rough;
    }
    // Within a stretch all jitter cancels but that of its two ends; twice, as few gaps show less
    // jitter than there is.
    double mean = (double) millis / steps;
    double uncertainty = 2.0 * jitter * stretches / steps;
    return Math.max(1, Step.roundest(mean - uncertainty, mean, mean + uncertainty));
  }

  private static boolean explains(long[] times, long step) {
    int multiples = 0;
    for (int i = 1; i < times.length; i++) {
      long gap = times[i] - times[i - 1];
      long multiple = Grid.nearest(gap, 0, step);
      boolean small = multiple >= 1 && multiple <= MOST_MULTIPLE;
      multiples += small && Math.abs(gap - multiple * step) <= step / 4 ? 1 : 0;
    }
    int gaps = times.length - 1;
    return multiples >= gaps - (gaps == 3 ? 1 : gaps / 4);
  }
}
