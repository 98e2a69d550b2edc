package io.patchcast.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for any series, tried on many random ones; each test's name has the seed. */
class SeriesPreparationPropertyTest {
  private static final int PATCH = 8;
  private static final int CONTEXT = 400;
  private static final int HORIZON = 20;
  private static final String[] STEPS = {
    "1500ms", "7s", "10s", "15s", "1m", "5m", "1h", "12h", "1d", "1w", "1mo", "3mo"
  };
  private static final ZoneId[] ZONES = {
    ZoneOffset.UTC, ZoneId.of("Europe/Berlin"), ZoneId.of("Asia/Kolkata")
  };

  /** Rows of two targets. */
  private record Rows(Step step, ZoneId zone, long[] times, double[] a, double[] b) {

    int count() {
      return times.length;
    }

    PreparedSeries prepare(Step givenStep, int contextLength) {
      TimeSeries.Builder series = TimeSeries.builder("s").zone(zone).timestamps(times);
      series.target("a", a).target("b", b).step(givenStep);
      return SeriesPreparation.prepare(
          series.build(), Horizon.steps(HORIZON), contextLength, PATCH);
    }

    /** With the step inferred. */
    PreparedSeries prepare() {
      return prepare(null, CONTEXT);
    }

    Rows at(long... otherTimes) {
      return new Rows(step, zone, otherTimes, a, b);
    }

    Rows pick(int... rows) {
      return new Rows(
          step,
          zone,
          Arrays.stream(rows).mapToLong(i -> times[i]).toArray(),
          Arrays.stream(rows).mapToDouble(i -> a[i]).toArray(),
          Arrays.stream(rows).mapToDouble(i -> b[i]).toArray());
    }
  }

  static LongStream seeds() {
    return LongStream.range(0, 150);
  }

  private static Rows regular(SplittableRandom random) {
    String text = STEPS[random.nextInt(STEPS.length)];
    // Jitter must leave no doubt about where the steps are: at local midnight, which half days do
    // not keep where clocks change, or at multiples of 7 s.
    boolean anyZone = !text.equals("7s") && !text.equals("12h");
    ZoneId zone = anyZone ? ZONES[random.nextInt(ZONES.length)] : ZoneOffset.UTC;
    Step step = Step.parse(text, zone);
    int count = random.nextInt(40, 300);
    long midnight = LocalDate.of(2025, 1, 1).atStartOfDay(zone).toInstant().toEpochMilli();
    long start = text.equals("7s") ? midnight / 7_000 * 7_000 : midnight;
    long[] times = LongStream.range(0, count).map(i -> step.plus(start, i)).toArray();
    return new Rows(step, zone, times, values(random, count), values(random, count));
  }

  private static double[] values(SplittableRandom random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(20) == 0 ? Double.NaN : random.nextDouble(-1e3, 1e3);
    }
    return values;
  }

  private static void assertSame(PreparedSeries actual, PreparedSeries expected) {
    assertThat(actual.status()).as(actual.message()).isEqualTo(expected.status());
    assertThat(actual.report().step()).isEqualTo(expected.report().step());
    assertThat(actual.timestamps()).isEqualTo(expected.timestamps());
    assertThat(actual.values()).isDeepEqualTo(expected.values());
    assertThat(actual.observed()).isDeepEqualTo(expected.observed());
  }

  /** Every row and value is accounted for, as the report promises. */
  private static void assertAccounted(PreparationReport report, boolean[]... observed) {
    assertThat(
            report.rowsCut()
                + report.duplicatesDropped()
                + report.rowsMerged()
                + report.contextLength()
                - report.gapsFilled())
        .isEqualTo(report.rowCount());
    assertThat(report.observedCount() + report.missingValues())
        .isEqualTo(2 * (report.contextLength() - report.gapsFilled()));
    int found = 0;
    for (boolean[] variate : observed) {
      for (boolean value : variate) {
        found += value ? 1 : 0;
      }
    }
    assertThat(found).isEqualTo(report.observedCount() + report.valuesFilledForward());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void regularSeriesPassesThroughUntouched(long seed) {
    Rows clean = regular(new SplittableRandom(seed));
    PreparedSeries prepared = clean.prepare();
    assertThat(prepared.status()).isEqualTo(SeriesStatus.OK);
    PreparationReport report = prepared.report();
    assertThat(report.step().text()).isEqualTo(clean.step().text());
    int missing = 0;
    for (int variate = 0; variate < 2; variate++) {
      double[] column = variate == 0 ? clean.a() : clean.b();
      assertThat(prepared.values()[variate]).hasSameSizeAs(column);
      for (int i = 0; i < column.length; i++) {
        boolean finite = Double.isFinite(column[i]);
        missing += finite ? 0 : 1;
        if (finite || i < column.length - PATCH) {
          assertThat(prepared.observed()[variate][i]).isEqualTo(finite);
          assertThat(prepared.values()[variate][i]).isEqualTo(finite ? column[i] : 0);
        }
      }
    }
    for (int i = 0; i < HORIZON; i++) {
      assertThat(prepared.timestamps()[i])
          .isEqualTo(clean.step().plus(clean.times()[0], clean.count() + i));
    }
    assertThat(report)
        .isEqualTo(
            new PreparationReport(
                report.step(),
                true,
                clean.count(),
                clean.count(),
                2 * clean.count() - missing,
                0,
                missing,
                0,
                0,
                0,
                0,
                0,
                report.valuesFilledForward(),
                0));
    assertSame(clean.prepare(report.step(), CONTEXT), prepared);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void orderOfRowsChangesNothing(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows clean = regular(random);
    PreparedSeries shuffled = clean.pick(shuffle(clean.count(), random)).prepare();
    assertSame(shuffled, clean.prepare());
    assertThat(shuffled.report().rowsReordered()).isPositive();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void duplicatesChangeNothing(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows clean = regular(random);
    int added = random.nextInt(1, 100);
    int[] rows =
        IntStream.concat(IntStream.range(0, clean.count()), random.ints(added, 0, clean.count()))
            .toArray();
    PreparedSeries repeated = clean.pick(rows).prepare();
    assertSame(repeated, clean.prepare());
    assertThat(repeated.report().duplicatesDropped()).isEqualTo(added);
    assertAccounted(repeated.report(), repeated.observed());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void jitterBelowATenthOfTheStepChangesNothing(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows clean = regular(random);
    // Days and longer keep their time of day within a tenth of a day.
    long most = (long) Math.min(clean.step().meanMillis() / 10, Grid.DAY / 10.0) - 1;
    long[] times =
        LongStream.of(clean.times()).map(t -> t + random.nextLong(-most, most + 1)).toArray();
    PreparedSeries jittered = clean.at(times).prepare();
    assertSame(jittered, clean.prepare());
    assertThat(jittered.report().rowsSnapped()).isBetween(1, clean.count());
    assertSame(clean.at(times).prepare(clean.prepare().report().step(), CONTEXT), clean.prepare());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void removedRowsAreExactlyTheUnobservedSteps(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows clean = regular(random);
    int last = clean.count() - 1;
    double share = random.nextDouble(0.5);
    int[] kept =
        IntStream.rangeClosed(0, last)
            .filter(i -> i == 0 || i == last || random.nextDouble() >= share)
            .toArray();
    PreparedSeries full = clean.prepare();
    PreparedSeries gappy = clean.pick(kept).prepare();
    assertThat(gappy.report().step()).isEqualTo(full.report().step());
    assertThat(gappy.timestamps()).isEqualTo(full.timestamps());
    assertThat(gappy.report().gapsFilled()).isEqualTo(clean.count() - kept.length);
    assertAccounted(gappy.report(), gappy.observed());
    boolean[] isKept = new boolean[clean.count()];
    for (int row : kept) {
      isKept[row] = true;
    }
    for (int variate = 0; variate < 2; variate++) {
      double lastValue = 0;
      boolean any = false;
      for (int i = 0; i <= last; i++) {
        double value = (variate == 0 ? clean.a() : clean.b())[i];
        boolean here = isKept[i] && Double.isFinite(value);
        lastValue = here ? value : lastValue;
        any |= here;
        boolean filled = i > last - PATCH && any;
        assertThat(gappy.observed()[variate][i]).as("step %d", i).isEqualTo(here || filled);
        assertThat(gappy.values()[variate][i]).isEqualTo(here || filled ? lastValue : 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shorterContextIsTheEndOfTheLongerOne(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows clean = regular(random);
    int length = random.nextInt(2 * PATCH, clean.count());
    PreparedSeries longer = clean.prepare();
    PreparedSeries shorter = clean.prepare(longer.report().step(), length);
    assertThat(shorter.timestamps()).isEqualTo(longer.timestamps());
    assertAccounted(shorter.report(), shorter.observed());
    for (int variate = 0; variate < 2; variate++) {
      int count = clean.count();
      assertThat(shorter.values()[variate])
          .isEqualTo(Arrays.copyOfRange(longer.values()[variate], count - length, count));
      assertThat(shorter.observed()[variate])
          .isEqualTo(Arrays.copyOfRange(longer.observed()[variate], count - length, count));
    }
  }

  /** Whatever the rows: no exception, no row lost, bounded arrays, the mask kept. */
  @ParameterizedTest
  @MethodSource("seeds")
  void anyRowsAreAnsweredWithAStatus(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 200; i++) {
      ZoneId zone = ZONES[random.nextInt(ZONES.length)];
      int count = random.nextInt(12);
      int bits = random.nextInt(1, 64);
      long unit = random.nextInt(4) == 0 ? Grid.DAY : random.nextInt(1, 5_000);
      long[] times =
          random.longs(count).map(t -> (t >> (64 - bits)) * (bits < 16 ? unit : 1)).toArray();
      double[] values = values(random, count);
      if (count > 0 && random.nextBoolean()) {
        values[random.nextInt(count)] = Double.NEGATIVE_INFINITY;
      }
      Step step =
          random.nextBoolean() ? null : Step.parse(STEPS[random.nextInt(STEPS.length)], zone);
      Rows rows = new Rows(null, zone, times, values, values(random, count));
      PreparedSeries prepared = rows.prepare(step, 3 * PATCH);
      assertThat(prepared.report().rowCount()).isEqualTo(count);
      if (prepared.status() != SeriesStatus.OK) {
        assertThat(prepared.message()).isNotEmpty();
        continue;
      }
      assertAccounted(prepared.report(), prepared.observed());
      assertThat(prepared.timestamps()).hasSize(HORIZON).isSorted().doesNotHaveDuplicates();
      for (int variate = 0; variate < 2; variate++) {
        assertThat(prepared.values()[variate]).hasSize(prepared.report().contextLength());
        assertThat(prepared.values()[variate].length).isBetween(1, 3 * PATCH);
        for (int t = 0; t < prepared.values()[variate].length; t++) {
          assertThat(prepared.values()[variate][t]).isFinite();
          assertThat(prepared.observed()[variate][t] || prepared.values()[variate][t] == 0)
              .isTrue();
        }
      }
    }
  }

  private static int[] shuffle(int count, SplittableRandom random) {
    int[] rows = IntStream.range(0, count).toArray();
    for (int i = count - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int row = rows[i];
      rows[i] = rows[other];
      rows[other] = row;
    }
    return rows;
  }
}
