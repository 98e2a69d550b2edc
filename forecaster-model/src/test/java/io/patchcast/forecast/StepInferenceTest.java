package io.patchcast.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepInferenceTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");
  private static final long START = 1_767_225_600_000L; // 2026-01-01T00:00Z

  private static String infer(ZoneId zone, long... times) {
    Step step = StepInference.infer(times, zone);
    return step == null ? "none" : step.toString();
  }

  private static String inferGaps(long... gaps) {
    long[] times = new long[gaps.length + 1];
    times[0] = START;
    for (int i = 0; i < gaps.length; i++) {
      times[i + 1] = times[i] + gaps[i];
    }
    return infer(ZoneOffset.UTC, times);
  }

  private static String inferLocal(ZoneId zone, String... localDateTimes) {
    return infer(
        zone,
        Stream.of(localDateTimes)
            .map(text -> text.length() == 10 ? text + "T00:00" : text)
            .mapToLong(text -> LocalDateTime.parse(text).atZone(zone).toInstant().toEpochMilli())
            .toArray());
  }

  /** Every n-th of a row of local dates at one time of day. */
  private static long[] daily(ZoneId zone, String first, String timeOfDay, int days, int count) {
    LocalDateTime start = LocalDateTime.parse(first + "T" + timeOfDay);
    return LongStream.range(0, count)
        .map(i -> start.plusDays(i * days).atZone(zone).toInstant().toEpochMilli())
        .toArray();
  }

  private static long[] monthly(ZoneId zone, String first, int months, int count) {
    LocalDate start = LocalDate.parse(first);
    return LongStream.range(0, count)
        .map(i -> start.plusMonths(i * months).atStartOfDay(zone).toInstant().toEpochMilli())
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 7, 100, 1_500, 7_000, 10_000, 10_003, 60_000, 3_600_000, 43_200_000})
  void anyFixedStep(long millis) {
    for (int count : new int[] {2, 3, 10, 1000}) {
      long[] times = LongStream.range(0, count).map(i -> START + i * millis).toArray();
      assertThat(infer(BERLIN, times)).isEqualTo(Step.millisText(millis));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {23, 25, 36, 47, 100})
  void longStepsThatAreNoDays(long hours) {
    for (int count : new int[] {2, 3, 4, 10, 100}) {
      long[] times = LongStream.range(0, count).map(i -> START + i * hours * Step.HOUR).toArray();
      assertThat(infer(ZoneOffset.UTC, times)).isEqualTo(hours + "h");
    }
  }

  @Test
  void gapsDoNotChangeTheStep() {
    assertThat(inferGaps(10_000, 20_000)).isEqualTo("10s");
    assertThat(inferGaps(10_000, 10_000, 70_000, 10_000)).isEqualTo("10s");
    assertThat(inferGaps(10_000, 20_000, 30_000, 20_000, 40_000, 20_000, 10_000)).isEqualTo("10s");
    // A step that never occurs alone.
    assertThat(inferGaps(20_000, 30_000, 20_000, 30_000, 20_000)).isEqualTo("10s");
  }

  @Test
  void singleStraysDoNotChangeTheStep() {
    assertThat(inferGaps(10_000, 10_000, 37_000)).isEqualTo("10s");
    long[] gaps = new long[40];
    Arrays.fill(gaps, 10_000);
    gaps[20] = 3;
    gaps[21] = 9_997;
    gaps[30] = 987_654_321_987L;
    assertThat(inferGaps(gaps)).isEqualTo("10s");
  }

  @Test
  void jitteredScrapes() {
    assertThat(inferGaps(10_003, 9_998)).isEqualTo("10s");
    assertThat(inferGaps(10_003, 9_996, 10_001, 10_004, 9_995, 10_002)).isEqualTo("10s");
    assertThat(inferGaps(1_501, 1_498, 1_503, 1_499, 1_500)).isEqualTo("1500ms");
    assertThat(inferGaps(7_003, 6_999, 6_997, 7_002, 14_004, 7_001)).isEqualTo("7s");
  }

  @ParameterizedTest
  @CsvSource({
    "10000, 3",
    "10000, 990",
    "60000, 5900",
    "15000, 1490",
    "7000, 600",
    "1500, 140",
    "3600000, 300000"
  })
  void jitterOfATenthAndGapsLeaveTheStep(long step, int jitter) {
    for (long seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] times =
          LongStream.range(0, 300)
              .filter(i -> random.nextInt(10) > 0)
              .map(i -> START + i * step + random.nextInt(-jitter, jitter + 1))
              .toArray();
      assertThat(infer(ZoneOffset.UTC, times)).as("seed %d", seed).isEqualTo(Step.millisText(step));
    }
  }

  @Test
  void aLoopThatSleepsTenSecondsTakesLonger() {
    SplittableRandom random = new SplittableRandom(1);
    long[] gaps = random.longs(2000, 10_002, 10_005).toArray();
    assertThat(inferGaps(gaps)).isEqualTo("10003ms");
  }

  @Test
  void theFinerResolutionWinsWhereTheCoarserCannotHoldIt() {
    long[] gaps = new long[100];
    Arrays.fill(gaps, 0, 60, 300_000);
    Arrays.fill(gaps, 60, 100, 60_000);
    assertThat(inferGaps(gaps)).isEqualTo("1m");
    for (int i = 0; i < gaps.length; i++) {
      gaps[i] += i % 2 == 0 ? 7 : -4;
    }
    assertThat(inferGaps(gaps)).isEqualTo("1m");
  }

  @Test
  void localDaysOf23And25Hours() {
    assertThat(infer(BERLIN, daily(BERLIN, "2026-03-20", "00:00", 1, 20)))
        .isEqualTo("1d Europe/Berlin");
    assertThat(infer(BERLIN, daily(BERLIN, "2026-10-20", "00:00", 1, 20)))
        .isEqualTo("1d Europe/Berlin");
    assertThat(infer(BERLIN, daily(BERLIN, "2026-10-20", "18:30", 1, 400)))
        .isEqualTo("1d Europe/Berlin");
    assertThat(inferLocal(BERLIN, "2026-03-29", "2026-03-30")).isEqualTo("1d Europe/Berlin");
    assertThat(inferLocal(BERLIN, "2026-10-25", "2026-10-26")).isEqualTo("1d Europe/Berlin");
    // 02:30 does not exist on the spring day, and is there twice on the autumn day.
    assertThat(infer(BERLIN, daily(BERLIN, "2026-03-20", "02:30", 1, 300)))
        .isEqualTo("1d Europe/Berlin");
    assertThat(infer(BERLIN, daily(BERLIN, "2026-03-20", "00:00", 2, 30)))
        .isEqualTo("2d Europe/Berlin");
  }

  @Test
  void aDayOfTheZoneIsPreferredUnlessTheDataFollowUtc() {
    assertThat(infer(BERLIN, daily(BERLIN, "2026-06-01", "00:00", 1, 20)))
        .isEqualTo("1d Europe/Berlin");
    assertThat(infer(BERLIN, daily(ZoneOffset.UTC, "2026-06-01", "00:00", 1, 20)))
        .isEqualTo("1d Europe/Berlin");
    assertThat(infer(BERLIN, daily(ZoneOffset.UTC, "2026-03-20", "00:00", 1, 20)))
        .isEqualTo("1d Z");
    assertThat(infer(NEW_YORK, daily(ZoneOffset.UTC, "2025-01-01", "06:00", 1, 700)))
        .isEqualTo("1d Z");
    assertThat(infer(BERLIN, monthly(ZoneOffset.UTC, "2026-01-01", 1, 12))).isEqualTo("1mo Z");
    assertThat(infer(ZoneOffset.UTC, daily(ZoneOffset.UTC, "2026-03-20", "00:00", 1, 20)))
        .isEqualTo("1d Z");
  }

  @Test
  void workingDaysAreDays() {
    long[] times =
        LongStream.range(0, 60)
            .filter(day -> day % 7 < 5)
            .map(day -> START + day * Grid.DAY)
            .toArray();
    assertThat(infer(ZoneOffset.UTC, times)).isEqualTo("1d Z");
    times =
        LongStream.range(0, 60)
            .filter(day -> day % 7 == 0 || day % 7 == 2 || day % 7 == 4)
            .map(day -> START + day * Grid.DAY)
            .toArray();
    assertThat(infer(ZoneOffset.UTC, times)).isEqualTo("1d Z");
  }

  @Test
  void daysWithJitter() {
    for (long seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] times = daily(BERLIN, "2026-02-20", "00:00", 1, 60);
      for (int i = 0; i < times.length; i++) {
        times[i] += random.nextLong(-2 * Step.HOUR, 2 * Step.HOUR);
      }
      assertThat(infer(BERLIN, times)).as("seed %d", seed).isEqualTo("1d Europe/Berlin");
    }
  }

  @Test
  void anyTimeOfTheMorningIsADay() {
    SplittableRandom random = new SplittableRandom(3);
    long[] times = daily(BERLIN, "2026-01-01", "06:00", 1, 300);
    for (int i = 0; i < times.length; i++) {
      times[i] += random.nextLong(6 * Step.HOUR);
    }
    assertThat(infer(BERLIN, times)).isEqualTo("1d Europe/Berlin");
  }

  @Test
  void weeks() {
    assertThat(infer(BERLIN, daily(BERLIN, "2026-03-02", "00:00", 7, 10)))
        .isEqualTo("1w Europe/Berlin");
    assertThat(infer(BERLIN, daily(BERLIN, "2026-03-02", "00:00", 7, 2)))
        .isEqualTo("1w Europe/Berlin");
    assertThat(infer(BERLIN, daily(BERLIN, "2026-03-02", "00:00", 14, 10)))
        .isEqualTo("2w Europe/Berlin");
    assertThat(infer(ZoneOffset.UTC, daily(ZoneOffset.UTC, "2026-03-02", "08:00", 28, 10)))
        .isEqualTo("4w Z");
    // A report that is now and then a day early or late.
    assertThat(
            inferLocal(
                BERLIN,
                "2026-03-02",
                "2026-03-09",
                "2026-03-17",
                "2026-03-23",
                "2026-03-30",
                "2026-04-05",
                "2026-04-13"))
        .isEqualTo("1w Europe/Berlin");
  }

  @Test
  void monthsQuartersAndYears() {
    for (ZoneId zone : new ZoneId[] {ZoneOffset.UTC, BERLIN, NEW_YORK}) {
      String suffix = " " + zone;
      for (int count : new int[] {2, 3, 12, 100}) {
        for (String first :
            new String[] {"2024-01-01", "2023-07-01", "2024-01-15", "2024-01-31", "2023-12-30"}) {
          String name = first + " x " + count;
          assertThat(infer(zone, monthly(zone, first, 1, count)))
              .as(name)
              .isEqualTo("1mo" + suffix);
          assertThat(infer(zone, monthly(zone, first, 3, count)))
              .as(name)
              .isEqualTo("3mo" + suffix);
          assertThat(infer(zone, monthly(zone, first, 12, count)))
              .as(name)
              .isEqualTo("12mo" + suffix);
        }
      }
      assertThat(infer(zone, monthly(zone, "2024-02-29", 12, 9))).isEqualTo("12mo" + suffix);
      assertThat(inferLocal(zone, "2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31"))
          .isEqualTo("3mo" + suffix);
    }
  }

  @Test
  void monthsWithGaps() {
    assertThat(
            inferLocal(
                BERLIN, "2026-01-31", "2026-02-28", "2026-04-30", "2026-05-31", "2026-06-30"))
        .isEqualTo("1mo Europe/Berlin");
  }

  @Test
  void firstWorkingDaysAreMonths() {
    assertThat(
            inferLocal(
                ZoneOffset.UTC,
                "2026-01-02",
                "2026-02-02",
                "2026-03-02",
                "2026-04-01",
                "2026-05-01",
                "2026-06-01",
                "2026-07-01",
                "2026-08-03",
                "2026-09-01"))
        .isEqualTo("1mo Z");
  }

  @Test
  void thirtyDaysAreNoMonth() {
    assertThat(infer(ZoneOffset.UTC, daily(ZoneOffset.UTC, "2026-01-01", "00:00", 30, 4)))
        .isEqualTo("30d Z");
    assertThat(infer(ZoneOffset.UTC, daily(ZoneOffset.UTC, "2026-01-01", "00:00", 365, 12)))
        .isEqualTo("365d Z");
  }

  @Test
  void eventsHaveNoStep() {
    assertThat(inferGaps(10_000, 27_000)).isEqualTo("none");
    assertThat(inferGaps(10_000, 14_000, 10_000, 14_000, 14_000)).isEqualTo("none");
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] exponential = new long[50];
      Arrays.setAll(exponential, i -> 1 + (long) (-60_000 * Math.log(1 - random.nextDouble())));
      assertThat(inferGaps(exponential)).as("exponential, seed %d", seed).isEqualTo("none");
      long[] even = random.longs(50, 1_000, 100_000).toArray();
      assertThat(inferGaps(even)).as("even, seed %d", seed).isEqualTo("none");
      long[] seconds = random.longs(50, 5, 60).map(s -> s * 1_000).toArray();
      assertThat(inferGaps(seconds)).as("seconds, seed %d", seed).isEqualTo("none");
    }
  }

  @Test
  void namesTheGapsThatItFound() {
    assertThat(
            StepInference.describeGaps(
                new long[] {0, 10_000, 24_000, 34_000, 48_000, 62_000, 62_007}))
        .isEqualTo(
            "6 differences from 7ms to 14s, most often 14s (3 times), 10s (2 times), 7ms (1 time)");
  }
}
