package io.patchcast.forecast;

import static java.time.temporal.ChronoField.PROLEPTIC_MONTH;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneRules;
import java.util.Arrays;

/**
 * The time axis of a regular series: numbered steps, the instant of each, and the step that is
 * nearest to an instant.
 *
 * <p>Steps are evenly spaced, or on a {@link DayOfMonth}, in <em>local</em> time, which for fixed
 * steps is the instant itself. Every instant is computed from the same origin, so nothing drifts. A
 * local time that the clocks skip is moved later by the length of the gap, one that they repeat
 * means the first of both.
 */
final class Grid {
  static final long DAY = 24 * Step.HOUR;

  /** 1970-01-05, on which weeks start if the data do not say otherwise. */
  private static final long FIRST_MONDAY = 4 * DAY;

  /** Null where local time runs at a constant distance from UTC. */
  private final ZoneRules rules;

  /** Local time minus UTC where that is constant. */
  private final long offset;

  /** Local milliseconds per step; 0 for months. */
  private final long length;

  /** Local time of step 0; for months the time of day. */
  private final long origin;

  private final long monthsPerStep;
  private final long originMonth;
  private final DayOfMonth dayOfMonth;

  private Grid(
      ZoneRules rules,
      long offset,
      long length,
      long origin,
      long monthsPerStep,
      long originMonth,
      DayOfMonth dayOfMonth) {
    this.rules = rules;
    this.offset = offset;
    this.length = length;
    this.origin = origin;
    this.monthsPerStep = monthsPerStep;
    this.originMonth = originMonth;
    this.dayOfMonth = dayOfMonth;
  }

  /**
   * The grid of this step that fits the timestamps best; see {@link #phase} for how.
   *
   * @param zone in which fixed steps are aligned if the timestamps leave it open; calendar steps
   *     have their own
   * @param times ascending, at least one
   */
  static Grid fit(Step step, ZoneId zone, long[] times) {
    ZoneRules rules = (step.zone() == null ? zone : step.zone()).getRules();
    boolean constant = step.unit() == ChronoUnit.MILLIS || rules.isFixedOffset();
    long offset = constant ? offset(rules, times[times.length - 1]) : 0;
    ZoneRules changing = constant ? null : rules;
    return switch (step.unit()) {
      case MILLIS -> even(changing, offset, step.amount(), 0, times);
      case DAYS -> even(changing, offset, step.amount() * DAY, 0, times);
      case WEEKS -> even(changing, offset, step.amount() * 7 * DAY, FIRST_MONDAY, times);
      default -> monthly(changing, offset, step.amount(), times);
    };
  }

  private static Grid even(ZoneRules rules, long offset, long length, long aligned, long[] times) {
    if (rules != null) {
      long origin = phase(localTimes(times, rules), length, aligned);
      return new Grid(rules, 0, length, origin, 0, 0, null);
    }
    // At a constant distance from UTC the instants themselves are as good as local times.
    long origin = phase(times, length, aligned - offset);
    return new Grid(null, 0, length, origin, 0, 0, null);
  }

  private static Grid monthly(ZoneRules rules, long offset, long months, long[] times) {
    long[] days = times.clone();
    for (int i = 0; i < days.length; i++) {
      days[i] += rules == null ? offset : offset(rules, times[i]);
    }
    long timeOfDay = phase(days, DAY, 0);
    for (int i = 0; i < days.length; i++) {
      days[i] = nearest(days[i], timeOfDay, DAY);
    }
    DayOfMonth dayOfMonth = DayOfMonth.closest(days);
    long[] counts = new long[(int) months];
    int best = 0;
    for (long day : days) {
      int residue = (int) Math.floorMod(dayOfMonth.nearestMonth(day), months);
      if (++counts[residue] > counts[best]) {
        best = residue;
      }
    }
    return new Grid(rules, offset, 0, timeOfDay, months, best, dayOfMonth);
  }

  /** The step nearest to an instant, of two equally near ones the later. */
  long stepOf(long epochMillis) {
    if (length > 0 && rules == null) {
      return nearest(epochMillis, origin, length);
    }
    long local = epochMillis + (rules == null ? offset : offset(rules, epochMillis));
    long step = stepBefore(local);
    // Instants decide, since local times do not ascend where the clocks are put back.
    long since = epochMillis - instantOf(step);
    return since == 0 || since < instantOf(step + 1) - epochMillis ? step : step + 1;
  }

  private long stepBefore(long local) {
    if (length > 0) {
      return Math.floorDiv(local - origin, length);
    }
    long month = LocalDate.ofEpochDay(Math.floorDiv(local, DAY)).getLong(PROLEPTIC_MONTH);
    if (dayOfMonth.in(month) * DAY + origin > local) {
      month--;
    }
    return Math.floorDiv(month - originMonth, monthsPerStep);
  }

  /** The instant of a step, milliseconds since the epoch. */
  long instantOf(long step) {
    long local = localTime(step);
    if (rules == null) {
      return local - offset;
    }
    LocalDateTime dateTime =
        LocalDateTime.ofEpochSecond(
            Math.floorDiv(local, Step.SECOND),
            (int) Math.floorMod(local, Step.SECOND) * 1_000_000,
            ZoneOffset.UTC);
    return local - rules.getOffset(dateTime).getTotalSeconds() * Step.SECOND;
  }

  /** The fewest steps, at least one, that lead from {@code step} this many local ms or further. */
  long stepsReaching(long step, long millis) {
    if (length > 0) {
      return Math.max(1, -Math.floorDiv(-millis, length));
    }
    long fewest = Math.max(1, millis / (31 * DAY * monthsPerStep));
    if (fewest > 1 << 20) {
      return fewest; // more than can be forecast, if not exact
    }
    long start = localTime(step);
    while (localTime(step + fewest) - start < millis) {
      fewest++;
    }
    return fewest;
  }

  private long localTime(long step) {
    return length > 0
        ? origin + step * length
        : dayOfMonth.in(originMonth + step * monthsPerStep) * DAY + origin;
  }

  /**
   * Where in a cycle the times lie, 0 to {@code cycle - 1}: exactly there where more than half of
   * them agree. Else they jitter, and it is the roundest time that they could have come from:
   * {@code aligned} (a full minute, midnight, Monday …), or else one on a round part of the cycle
   * after it, judged by how far most of them scatter.
   */
  static long phase(long[] times, long cycle, long aligned) {
    boolean exact = true;
    for (int i = 1; i < times.length && exact; i++) {
      long distance = times[i] - times[i - 1];
      exact = distance == cycle || distance % cycle == 0;
    }
    if (exact) {
      return Math.floorMod(times[0], cycle);
    }
    // After aligned.
    long[] late = new long[times.length];
    for (int i = 0; i < late.length; i++) {
      late[i] = Math.floorMod(times[i] - aligned, cycle);
    }
    Arrays.sort(late);
    int half = late.length / 2 + 1;
    int start = shortestArc(late, half, cycle);
    if (arc(late, start, half, cycle) == 0) {
      return Math.floorMod(late[start] + aligned, cycle);
    }
    int most = Math.max(half, late.length * 4 / 5);
    start = shortestArc(late, most, cycle);
    long scatter = arc(late, start, most, cycle);
    // What is late only, or few, can come from a time outside of the arc.
    long from = late[start] - scatter / 2;
    long to = late[start] + scatter + scatter / 2;
    if (from <= 0 || to >= cycle) {
      return Math.floorMod(aligned, cycle);
    }
    double middle = late[start] + scatter / 2.0;
    return Math.floorMod(Step.roundest((double) from, middle, (double) to) + aligned, cycle);
  }

  private static int shortestArc(long[] sorted, int count, long cycle) {
    int best = 0;
    for (int start = 1; start < sorted.length; start++) {
      if (arc(sorted, start, count, cycle) < arc(sorted, best, count, cycle)) {
        best = start;
      }
    }
    return best;
  }

  /** Width of the arc of the circle that holds {@code count} values from {@code start} on. */
  private static long arc(long[] sorted, int start, int count, long cycle) {
    int end = start + count - 1;
    return end < sorted.length
        ? sorted[end] - sorted[start]
        : sorted[end - sorted.length] + cycle - sorted[start];
  }

  /** The k for which {@code origin + k * length} is closest to {@code time}. */
  static long nearest(long time, long origin, long length) {
    return Math.floorDiv(time - origin + length / 2, length);
  }

  static long[] localTimes(long[] times, ZoneRules rules) {
    long[] local = new long[times.length];
    for (int i = 0; i < local.length; i++) {
      local[i] = times[i] + offset(rules, times[i]);
    }
    return local;
  }

  private static long offset(ZoneRules rules, long epochMillis) {
    return rules.getOffset(Instant.ofEpochMilli(epochMillis)).getTotalSeconds() * Step.SECOND;
  }
}
