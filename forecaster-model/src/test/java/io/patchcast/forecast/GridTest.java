package io.patchcast.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GridTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static long millis(ZoneId zone, String local) {
    return LocalDateTime.parse(local.length() == 10 ? local + "T00:00" : local)
        .atZone(zone)
        .toInstant()
        .toEpochMilli();
  }

  private static Grid grid(String step, ZoneId zone, String... localDateTimes) {
    long[] times = Stream.of(localDateTimes).mapToLong(text -> millis(zone, text)).toArray();
    return Grid.fit(Step.parse(step, zone), zone, times);
  }

  /** Local times of the next steps after one. */
  private static Stream<String> next(Grid grid, ZoneId zone, String last, int count) {
    long lastStep = grid.stepOf(millis(zone, last));
    return LongStream.rangeClosed(1, count)
        .mapToObj(i -> Instant.ofEpochMilli(grid.instantOf(lastStep + i)).atZone(zone))
        .map(time -> time.toLocalDateTime().toString().replace("T00:00", ""));
  }

  @Test
  void monthEndsStayMonthEnds() {
    for (ZoneId zone : new ZoneId[] {ZoneOffset.UTC, BERLIN}) {
      assertThat(next(grid("1mo", zone, "2027-12-31", "2028-01-31"), zone, "2028-01-31", 4))
          .containsExactly("2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31");
      assertThat(next(grid("1mo", zone, "2026-01-31", "2026-02-28"), zone, "2026-02-28", 3))
          .containsExactly("2026-03-31", "2026-04-30", "2026-05-31");
      assertThat(next(grid("1mo", zone, "2026-04-30"), zone, "2026-04-30", 2))
          .containsExactly("2026-05-31", "2026-06-30");
      assertThat(next(grid("3mo", zone, "2026-03-31", "2026-06-30"), zone, "2026-06-30", 3))
          .containsExactly("2026-09-30", "2026-12-31", "2027-03-31");
    }
  }

  @Test
  void otherDaysOfTheMonthStayThatDay() {
    assertThat(next(grid("1mo", BERLIN, "2026-04-30", "2026-05-30"), BERLIN, "2026-05-30", 2))
        .containsExactly("2026-06-30", "2026-07-30");
    assertThat(next(grid("1mo", BERLIN, "2025-12-30", "2026-01-30"), BERLIN, "2026-01-30", 2))
        .containsExactly("2026-02-28", "2026-03-30");
    assertThat(next(grid("1mo", BERLIN, "2026-02-28", "2026-03-28"), BERLIN, "2026-03-28", 1))
        .containsExactly("2026-04-28");
    assertThat(next(grid("1mo", BERLIN, "2026-01-15T08:00"), BERLIN, "2026-01-15T08:00", 3))
        .containsExactly("2026-02-15T08:00", "2026-03-15T08:00", "2026-04-15T08:00");
  }

  @Test
  void leapDays() {
    assertThat(next(grid("12mo", BERLIN, "2024-02-29"), BERLIN, "2024-02-29", 4))
        .containsExactly("2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29");
    assertThat(next(grid("1d", BERLIN, "2028-02-27"), BERLIN, "2028-02-27", 3))
        .containsExactly("2028-02-28", "2028-02-29", "2028-03-01");
    assertThat(next(grid("1d", BERLIN, "2027-02-27"), BERLIN, "2027-02-27", 2))
        .containsExactly("2027-02-28", "2027-03-01");
  }

  @Test
  void daysKeepLocalMidnight() {
    assertThat(next(grid("1d", BERLIN, "2026-03-27"), BERLIN, "2026-03-27", 4))
        .containsExactly("2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31");
    assertThat(next(grid("1d", BERLIN, "2026-10-23"), BERLIN, "2026-10-23", 4))
        .containsExactly("2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27");
    assertThat(next(grid("1w", BERLIN, "2026-03-23"), BERLIN, "2026-03-23", 2))
        .containsExactly("2026-03-30", "2026-04-06");
    // In Cairo the day on which clocks go forward has no midnight.
    ZoneId cairo = ZoneId.of("Africa/Cairo");
    assertThat(next(grid("1d", cairo, "2026-04-22"), cairo, "2026-04-22", 3))
        .containsExactly("2026-04-23", "2026-04-24T01:00", "2026-04-25");
  }

  @Test
  void hoursAreHoursWhenTheClocksChange() {
    Grid grid = grid("1h", BERLIN, "2026-03-29T00:00");
    assertThat(next(grid, BERLIN, "2026-03-29T00:00", 3))
        .containsExactly("2026-03-29T01:00", "2026-03-29T03:00", "2026-03-29T04:00");
  }

  @Test
  void aTimeThatTheClocksSkipComesLaterOnThatDayOnly() {
    Grid grid = grid("1d", BERLIN, "2026-03-26T02:30", "2026-03-27T02:30", "2026-03-28T02:30");
    assertThat(next(grid, BERLIN, "2026-03-28T02:30", 2))
        .containsExactly("2026-03-29T03:30", "2026-03-30T02:30");
  }

  @ParameterizedTest
  @ValueSource(strings = {"7s", "1h", "1d", "2d", "1w", "1mo", "3mo", "12mo", "1200mo"})
  void everyInstantFindsTheNearestStep(String text) {
    for (ZoneId zone :
        new ZoneId[] {BERLIN, ZoneOffset.ofHoursMinutes(5, 30), ZoneId.of("America/St_Johns")}) {
      for (long seed = 0; seed < 30; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        long start = random.nextLong(-1_000_000_000_000L, 4_000_000_000_000L);
        Step step = Step.parse(text, zone);
        Grid grid = Grid.fit(step, zone, new long[] {start});
        assertThat(grid.instantOf(grid.stepOf(start))).isEqualTo(start);
        long previous = Long.MIN_VALUE;
        long time = start;
        for (int i = 0; i < 100; i++) {
          long nearest = grid.stepOf(time);
          long distance = Math.abs(time - grid.instantOf(nearest));
          assertThat(distance)
              .as("%s, %s, seed %d, %d", text, zone, seed, time)
              .isLessThanOrEqualTo(Math.abs(time - grid.instantOf(nearest - 1)))
              .isLessThanOrEqualTo(Math.abs(time - grid.instantOf(nearest + 1)));
          assertThat(nearest).isGreaterThanOrEqualTo(previous);
          assertThat(grid.stepOf(grid.instantOf(nearest))).isEqualTo(nearest);
          previous = nearest;
          time += random.nextLong((long) (step.meanMillis() / 2));
        }
      }
    }
  }

  @Test
  void aMajorityThatAgreesGivesTheExactPhase() {
    long[] times = {3_217, 13_217, 23_217, 33_900, 43_217, 52_000};
    assertThat(Grid.phase(times, 10_000, 0)).isEqualTo(3_217);
  }

  @Test
  void jitterAroundARoundTimeGivesTheRoundTime() {
    assertThat(Grid.phase(new long[] {3, 9_998, 20_001, 29_996, 40_002}, 10_000, 0)).isZero();
    // Late only, as scrapes are.
    assertThat(Grid.phase(new long[] {3, 10_001, 20_004, 30_002, 40_002}, 10_000, 0)).isZero();
    assertThat(Grid.phase(new long[] {5_503, 15_498, 25_501, 35_496}, 10_000, 5_500))
        .isEqualTo(5_500);
  }

  @Test
  void jitterAroundAnotherTimeStaysThere() {
    assertThat(Grid.phase(new long[] {3_217, 13_214, 23_218, 33_216, 43_220}, 10_000, 0))
        .isBetween(3_214L, 3_220L);
    assertThat(
            Grid.phase(new long[] {9_990, 10_004 + 9_990, 30_001, 40_010, 49_992}, 10_000, 5_000))
        .satisfiesAnyOf(
            phase -> assertThat(phase).isGreaterThanOrEqualTo(9_990),
            phase -> assertThat(phase).isLessThanOrEqualTo(10));
  }

  @ParameterizedTest
  @CsvSource({
    // Events all over the place: full hours, days, weeks from Monday, months from the first.
    "1h, 2026-01-05T00:00",
    "1d, 2026-01-05T00:00",
    "1w, 2026-01-05T00:00",
    "1mo, 2026-01-01T00:00"
  })
  void timesThatLeaveItOpenGiveTheCalendarsOwnGrid(String text, String expected) {
    for (ZoneId zone : new ZoneId[] {BERLIN, ZoneId.of("Asia/Kolkata")}) {
      SplittableRandom random = new SplittableRandom(7);
      Step step = Step.parse(text, zone);
      long start = millis(zone, "2026-01-01");
      long[] times =
          LongStream.generate(() -> start + (long) (random.nextDouble() * 100 * step.meanMillis()))
              .limit(500)
              .sorted()
              .toArray();
      Grid grid = Grid.fit(step, zone, times);
      long at = millis(zone, expected);
      assertThat(grid.instantOf(grid.stepOf(at))).as("%s %s", text, zone).isEqualTo(at);
    }
  }
}
