package io.patchcast.forecast;

import static io.patchcast.forecast.SeriesStatus.ALL_MISSING;
import static io.patchcast.forecast.SeriesStatus.INVALID;
import static io.patchcast.forecast.SeriesStatus.OK;
import static io.patchcast.forecast.SeriesStatus.TOO_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesPreparationTest {
  private static final long START = 1_767_225_600_000L; // 2026-01-01T00:00Z
  private static final int CONTEXT = 128;
  private static final int PATCH = 4;
  private static final double NAN = Double.NaN;
  private static final double INFINITY = Double.POSITIVE_INFINITY;
  private static final Step SECOND = Step.of(Duration.ofSeconds(1));
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static PreparedSeries prepare(TimeSeries.Builder series) {
    return prepare(series, Horizon.steps(3));
  }

  private static PreparedSeries prepare(TimeSeries.Builder series, Horizon horizon) {
    return SeriesPreparation.prepare(series.build(), horizon, CONTEXT, PATCH);
  }

  /** A series at whole seconds after the start. */
  private static TimeSeries.Builder at(long... seconds) {
    return TimeSeries.builder("s")
        .timestamps(LongStream.of(seconds).map(s -> START + s * 1000).toArray());
  }

  private static TimeSeries.Builder local(ZoneId zone, String... dateTimes) {
    return TimeSeries.builder("s")
        .zone(zone)
        .timestamps(
            Stream.of(dateTimes)
                .mapToLong(t -> LocalDateTime.parse(t).atZone(zone).toInstant().toEpochMilli())
                .toArray());
  }

  private static Stream<String> localTimestamps(PreparedSeries prepared, ZoneId zone) {
    return Arrays.stream(prepared.timestamps())
        .mapToObj(t -> Instant.ofEpochMilli(t).atZone(zone).toLocalDateTime().toString());
  }

  /** The values of a variate, with NaN for what is unobserved. */
  private static double[] values(PreparedSeries prepared, int variate) {
    double[] values = prepared.values()[variate].clone();
    for (int i = 0; i < values.length; i++) {
      if (!prepared.observed()[variate][i]) {
        assertThat(values[i]).as("unobserved value").isZero();
        values[i] = NAN;
      }
    }
    return values;
  }

  private static void assertRefused(PreparedSeries prepared, SeriesStatus status, String... parts) {
    assertThat(prepared.status()).isEqualTo(status);
    assertThat(prepared.message()).isNotEmpty();
    for (String part : parts) {
      assertThat(prepared.message()).contains(part);
    }
    assertThat(prepared.timestamps()).isEmpty();
    assertThat(prepared.values()).isEmpty();
    assertThat(prepared.observed()).isEmpty();
  }

  // Regular

  @Test
  void aRegularSeriesPassesThrough() {
    PreparedSeries prepared = prepare(at(0, 10, 20, 30, 40).target("v", 1, 2, 3, 4, 5));
    assertThat(prepared.status()).isEqualTo(OK);
    assertThat(prepared.message()).isEmpty();
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3, 4, 5);
    assertThat(prepared.horizon()).isEqualTo(3);
    assertThat(prepared.timestamps())
        .containsExactly(START + 50_000, START + 60_000, START + 70_000);
    assertThat(prepared.report())
        .isEqualTo(
            new PreparationReport(
                Step.parse("10s", BERLIN), true, 5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void aConstantSeriesPassesThrough() {
    PreparedSeries prepared = prepare(at(0, 1, 2, 3).target("v", 7, 7, 7, 7));
    assertThat(values(prepared, 0)).containsExactly(7, 7, 7, 7);
  }

  @Test
  void oddSteps() {
    assertThat(prepare(at(0, 7, 14, 21).target("v", 1, 2, 3, 4)).timestamps())
        .containsExactly(START + 28_000, START + 35_000, START + 42_000);
    PreparedSeries prepared =
        prepare(TimeSeries.builder("s").timestamps(5, 1_505, 3_005).target("v", 1, 2, 3));
    assertThat(prepared.timestamps()).containsExactly(4_505, 6_005, 7_505);
    assertThat(prepared.report().step()).hasToString("1500ms");
  }

  @Test
  void theLatestStepsAreKept() {
    TimeSeries series =
        TimeSeries.of(
            "s",
            Instant.ofEpochMilli(START),
            SECOND,
            LongStream.range(0, 1000).asDoubleStream().toArray());
    PreparedSeries prepared = SeriesPreparation.prepare(series, Horizon.steps(1), 32, PATCH);
    assertThat(values(prepared, 0))
        .containsExactly(LongStream.range(968, 1000).asDoubleStream().toArray());
    assertThat(prepared.report().rowsCut()).isEqualTo(968);
    assertThat(prepared.report().contextLength()).isEqualTo(32);
    assertThat(prepared.timestamps()).containsExactly(START + 1_000_000);
  }

  @Test
  void valuesBeyondFloatRangeAreValues() {
    PreparedSeries prepared =
        prepare(at(0, 1, 2).target("v", Double.MAX_VALUE, -1e300, Double.MIN_VALUE));
    assertThat(values(prepared, 0)).containsExactly(Double.MAX_VALUE, -1e300, Double.MIN_VALUE);
  }

  // Few rows

  @Test
  void noRow() {
    assertRefused(prepare(at().target("v")), TOO_SHORT, "found no row");
    assertRefused(prepare(at().step(SECOND).target("v")), TOO_SHORT, "found no row");
  }

  @Test
  void oneRowWithoutStep() {
    assertRefused(
        prepare(at(0).target("v", 1)), TOO_SHORT, "at least two", "2026-01-01T00:00:00Z", "step");
    assertRefused(prepare(at(0, 0, 0).target("v", 1, 2, 3)), TOO_SHORT, "at least two");
  }

  @Test
  void oneRowWithStep() {
    PreparedSeries prepared = prepare(at(5).step(SECOND).target("v", 1));
    assertThat(values(prepared, 0)).containsExactly(1);
    assertThat(prepared.timestamps()).containsExactly(START + 6_000, START + 7_000, START + 8_000);
    assertThat(prepared.report().stepInferred()).isFalse();
    assertThat(prepare(at(5, 5).step(SECOND).target("v", 1, 2)).status()).isEqualTo(OK);
  }

  @Test
  void twoRows() {
    PreparedSeries prepared = prepare(at(0, 60).target("v", 1, 2));
    assertThat(values(prepared, 0)).containsExactly(1, 2);
    assertThat(prepared.timestamps()[0]).isEqualTo(START + 120_000);
    assertThat(prepared.report().step()).hasToString("1m");
  }

  // Order, duplicates, merged rows

  @Test
  void outOfOrder() {
    PreparedSeries prepared = prepare(at(3, 0, 2, 1).target("v", 4, 1, 3, 2));
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3, 4);
    assertThat(prepared.report().rowsReordered()).isEqualTo(3);
  }

  @Test
  void newestFirst() {
    PreparedSeries prepared = prepare(at(3, 2, 1, 0).target("v", 4, 3, 2, 1));
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3, 4);
  }

  @Test
  void theLaterOfEqualTimestampsWins() {
    PreparedSeries prepared = prepare(at(0, 1, 1, 2, 0).target("v", 1, 2, 20, 3, 10));
    assertThat(values(prepared, 0)).containsExactly(10, 20, 3);
    assertThat(prepared.report().duplicatesDropped()).isEqualTo(2);
    assertThat(prepared.report().rowsMerged()).isZero();
  }

  @Test
  void aMissingValueDoesNotReplaceOneOfTheSameTimestamp() {
    PreparedSeries prepared =
        prepare(at(0, 1, 1, 2).target("a", 1, 2, NAN, 3).target("b", 1, NAN, 2, 3));
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3);
    assertThat(values(prepared, 1)).containsExactly(1, 2, 3);
    assertThat(prepared.report().duplicatesDropped()).isEqualTo(1);
    assertThat(prepared.report().missingValues()).isZero();
  }

  @Test
  void differentTimesInOneStepAreAveraged() {
    PreparedSeries prepared =
        prepare(
            TimeSeries.builder("s")
                .step(SECOND)
                .timestamps(0, 1000, 1200, 1300, 1300, 2000, 3000, 4000)
                .target("a", 1, 3, 6, 100, 9, 4, 5, 6)
                .target("b", 1, NAN, 6, NAN, INFINITY, 4, 5, 6));
    assertThat(values(prepared, 0)).containsExactly(1, 6, 4, 5, 6);
    assertThat(values(prepared, 1)).containsExactly(1, 6, 4, 5, 6);
    assertThat(prepared.report().rowsMerged()).isEqualTo(2);
    assertThat(prepared.report().duplicatesDropped()).isEqualTo(1);
    assertThat(prepared.report().rowsSnapped()).isEqualTo(2);
  }

  @Test
  void theMeanOfHugeValuesDoesNotOverflow() {
    PreparedSeries prepared =
        prepare(
            TimeSeries.builder("s")
                .step(SECOND)
                .timestamps(0, 100, 200, 1000, 1100, 2000, 3000, 4000, 5000)
                .target("v", 1.6e308, 1.6e308, 1.6e308, 1.6e308, -1.6e308, 1, 1, 1, 1));
    assertThat(values(prepared, 0)[0]).isEqualTo(1.6e308);
    assertThat(values(prepared, 0)[1]).isZero();
  }

  // Gaps and missing values

  @Test
  void gapsStayUnobservedBeforeTheLastPatch() {
    PreparedSeries prepared = prepare(at(0, 1, 4, 5, 6, 7).target("v", 1, 2, 5, 6, 7, 8));
    assertThat(values(prepared, 0)).containsExactly(1, 2, NAN, NAN, 5, 6, 7, 8);
    assertThat(prepared.report().gapsFilled()).isEqualTo(2);
    assertThat(prepared.report().valuesFilledForward()).isZero();
  }

  @Test
  void gapsInTheLastPatchRepeatTheLastValue() {
    PreparedSeries prepared = prepare(at(0, 1, 2, 3, 7).step(SECOND).target("v", 1, 2, 3, 4, 8));
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3, 4, 4, 4, 4, 8);
    assertThat(prepared.report().gapsFilled()).isEqualTo(3);
    assertThat(prepared.report().valuesFilledForward()).isEqualTo(3);
    assertThat(prepared.report().observedCount()).isEqualTo(5);
  }

  @Test
  void theValueBeforeAGapIsFoundAnywhereInTheContext() {
    PreparedSeries prepared = prepare(at(0, 1, 9).step(SECOND).target("v", 1, 2, NAN));
    assertThat(values(prepared, 0)).containsExactly(1, 2, NAN, NAN, NAN, NAN, 2, 2, 2, 2);
  }

  @Test
  void leadingGapsOfTheLastPatchStayUnobserved() {
    PreparedSeries prepared =
        prepare(at(0, 1, 2, 3, 4, 5).target("v", NAN, NAN, NAN, NAN, 5, INFINITY));
    assertThat(values(prepared, 0)).containsExactly(NAN, NAN, NAN, NAN, 5, 5);
    assertThat(prepared.report().missingValues()).isEqualTo(5);
  }

  @Test
  void nanAndInfinityAreMissing() {
    PreparedSeries prepared =
        prepare(at(0, 1, 2, 3, 4, 5, 6, 7).target("v", 1, NAN, INFINITY, -INFINITY, 5, 6, 7, 8));
    assertThat(values(prepared, 0)).containsExactly(1, NAN, NAN, NAN, 5, 6, 7, 8);
    assertThat(prepared.report().missingValues()).isEqualTo(3);
    assertThat(prepared.report().observedCount()).isEqualTo(5);
  }

  @Test
  void theContextEndsAtTheLastRowEvenIfItsValueIsMissing() {
    PreparedSeries prepared = prepare(at(0, 1, 2, 3).target("v", 1, 2, NAN, NAN));
    assertThat(values(prepared, 0)).containsExactly(1, 2, 2, 2);
    assertThat(prepared.timestamps()[0]).isEqualTo(START + 4_000);
  }

  @Test
  void allMissing() {
    PreparedSeries prepared = prepare(at(0, 1, 2).target("v", NAN, INFINITY, NAN));
    assertRefused(prepared, ALL_MISSING, "at least one finite target value", "3 steps");
    assertThat(prepared.report().missingValues()).isEqualTo(3);
    assertThat(prepared.report().step()).isEqualTo(SECOND);
    assertRefused(prepare(at(0).step(SECOND).target("v", NAN)), ALL_MISSING, "1 step");
  }

  @Test
  void oneTargetWithoutAnyValueIsNoted() {
    PreparedSeries prepared =
        prepare(at(0, 1, 2).target("cpu", 1, 2, 3).target("mem", NAN, NAN, NAN));
    assertThat(prepared.status()).isEqualTo(OK);
    assertThat(prepared.message()).isEqualTo("target 'mem' has no value in the context");
    assertThat(values(prepared, 1)).containsExactly(NAN, NAN, NAN);
  }

  // Jitter

  @Test
  void jitteredScrapesSnap() {
    PreparedSeries prepared =
        prepare(
            TimeSeries.builder("s")
                .timestamps(
                    START + 3, START + 9_998, START + 20_004, START + 40_001, START + 50_002)
                .target("v", 1, 2, 3, 5, 6));
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3, 3, 5, 6);
    assertThat(prepared.timestamps()[0]).isEqualTo(START + 60_000);
    assertThat(prepared.report().step()).hasToString("10s");
    assertThat(prepared.report().rowsSnapped()).isEqualTo(5);
  }

  @Test
  void irregularRowsNeedAStep() {
    TimeSeries.Builder series = at(0, 13, 20, 61, 70, 88).target("v", 1, 2, 3, 4, 5, 6);
    assertRefused(
        prepare(series), INVALID, "common step", "5 differences from 7s to 41s", "give a step");
    PreparedSeries prepared = prepare(series.step(Step.parse("10s", BERLIN)));
    assertThat(prepared.status()).isEqualTo(OK);
    assertThat(prepared.report().rowsCut()).isZero();
  }

  // Far away

  @Test
  void aTimestampFarInThePastIsCut() {
    PreparedSeries prepared = prepare(at(-2_000_000_000L, 0, 1, 2, 3).target("v", 9, 1, 2, 3, 4));
    assertThat(prepared.report().step()).isEqualTo(SECOND);
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3, 4);
    assertThat(prepared.report().rowsCut()).isEqualTo(1);
  }

  @Test
  void aTimestampFarInTheFutureIsNamed() {
    long[] seconds = LongStream.range(0, 50).toArray();
    seconds[49] = 2_000_000_000L;
    double[] values = new double[50];
    assertRefused(
        prepare(at(seconds).target("v", values)),
        INVALID,
        "128 steps of 1s",
        "2089-05-18T03:33:20Z",
        "2026-01-01T00:00:48Z",
        "48 others");
    values[49] = NAN;
    assertRefused(prepare(at(seconds).target("v", values)), ALL_MISSING, "2089-05-18T03:33:20Z");
  }

  @Test
  void afterALongOutageTheNewRowsAreForecast() {
    PreparedSeries prepared = prepare(at(0, 1, 2, 1000, 1001, 1002).target("v", 1, 2, 3, 4, 5, 6));
    assertThat(values(prepared, 0)).containsExactly(4, 5, 6);
    assertThat(prepared.report().rowsCut()).isEqualTo(3);
  }

  @Test
  void timestampsThatAreNoMilliseconds() {
    for (long time :
        new long[] {
          Long.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE + 1, START * 1_000, START * 1_000_000
        }) {
      assertRefused(
          prepare(TimeSeries.builder("s").timestamps(0, 1000, time).target("v", 1, 2, 3)),
          INVALID,
          "milliseconds",
          time + " in row 2");
      assertRefused(
          prepare(TimeSeries.builder("s").step(SECOND).timestamps(time).target("v", 1)), INVALID);
    }
    assertRefused(
        prepare(
            TimeSeries.builder("s").timestamps(Long.MIN_VALUE, Long.MAX_VALUE).target("v", 1, 2)),
        INVALID);
  }

  @Test
  void theFirstAndLastYears() {
    long first = Instant.parse("0001-01-01T00:00:00Z").toEpochMilli();
    long last = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();
    for (String text : new String[] {"1ms", "1d", "1mo", "1200mo"}) {
      for (ZoneId zone : new ZoneId[] {BERLIN, ZoneOffset.UTC, ZoneOffset.MIN, ZoneOffset.MAX}) {
        for (long time : new long[] {first, last}) {
          PreparedSeries prepared =
              prepare(
                  TimeSeries.builder("s")
                      .step(Step.parse(text, zone))
                      .timestamps(time)
                      .target("v", 1),
                  Horizon.steps(PATCH * 8_191));
          assertThat(prepared.status()).isEqualTo(OK);
          assertThat(prepared.timestamps()).isSorted();
        }
      }
    }
  }

  @Test
  void stepsOfMoreThanAHundredYears() {
    for (Step step :
        new Step[] {
          Step.of(Duration.ofMillis(Long.MAX_VALUE)),
          Step.of(Long.MAX_VALUE, ChronoUnit.DAYS, BERLIN),
          Step.of(Long.MAX_VALUE, ChronoUnit.MONTHS, BERLIN),
          Step.of(1201, ChronoUnit.MONTHS, BERLIN)
        }) {
      assertRefused(
          prepare(at(0, 1).step(step).target("v", 1, 2)),
          INVALID,
          "at most 100 years",
          step.text());
    }
  }

  // Columns

  @Test
  void columnsOfAnotherLength() {
    assertRefused(
        prepare(at(0, 1, 2).target("cpu", 1, 2)), INVALID, "expected 3 values", "'cpu'", "found 2");
    assertRefused(
        prepare(at(0, 1).target("cpu", 1, 2).knownCovariate("k", 1, 2, 3)),
        INVALID,
        "'k'",
        "found 3");
    assertRefused(prepare(at(0, 1).target("cpu", (double[]) null)), INVALID, "'cpu'", "found 0");
  }

  @Test
  void noTarget() {
    assertRefused(prepare(at(0, 1)), INVALID, "at least one target column");
    assertRefused(
        prepare(at(0, 1).knownCovariate("k", 1, 2)), INVALID, "at least one target column");
  }

  @Test
  void columnsOfTheSameName() {
    assertRefused(
        prepare(at(0, 1).target("cpu", 1, 2).target("cpu", 1, 2)), INVALID, "'cpu' twice");
    assertRefused(
        prepare(at(0, 1).target("cpu", 1, 2).knownCovariate("cpu", 1, 2)), INVALID, "'cpu' twice");
  }

  // Horizon

  @Test
  void aHorizonWithinTheLimitOfPatches() {
    TimeSeries.Builder five = at(0, 1, 2, 3, 4).target("v", 1, 2, 3, 4, 5);
    assertThat(prepare(five, Horizon.steps(PATCH * 8_190)).timestamps()).hasSize(PATCH * 8_190);
    assertRefused(
        prepare(five, Horizon.steps(PATCH * 8_190 + 1)),
        INVALID,
        "8192 patches of 4 steps",
        "context of 5 steps of 1s",
        "horizon of 32761");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 32})
  void anEndlessHorizon(int patchSize) {
    for (Horizon horizon :
        new Horizon[] {
          Horizon.steps(Integer.MAX_VALUE), Horizon.of(Duration.ofSeconds(Long.MAX_VALUE))
        }) {
      for (String step : new String[] {"1ms", "1d", "1mo"}) {
        TimeSeries series = at(0).step(Step.parse(step, BERLIN)).target("v", 1).build();
        assertRefused(
            SeriesPreparation.prepare(series, horizon, CONTEXT, patchSize),
            INVALID,
            "8192 patches");
      }
    }
  }

  @Test
  void aHorizonAsDuration() {
    assertThat(prepare(at(0, 10).target("v", 1, 2), Horizon.parse("5m")).horizon()).isEqualTo(30);
    assertThat(prepare(at(0, 7).target("v", 1, 2), Horizon.parse("1m")).horizon()).isEqualTo(9);
  }

  // Calendar

  @Test
  void daysOverTheSpringChange() {
    PreparedSeries prepared =
        prepare(
            local(BERLIN, "2026-03-26T00:00", "2026-03-27T00:00", "2026-03-28T00:00")
                .target("v", 1, 2, 3),
            Horizon.parse("3d"));
    assertThat(localTimestamps(prepared, BERLIN))
        .containsExactly("2026-03-29T00:00", "2026-03-30T00:00", "2026-03-31T00:00");
    assertThat(prepared.timestamps()[1] - prepared.timestamps()[0]).isEqualTo(23 * Step.HOUR);
  }

  @Test
  void daysOverTheAutumnChangeWithinTheContext() {
    PreparedSeries prepared =
        prepare(
            local(
                    BERLIN,
                    "2026-10-23T00:00",
                    "2026-10-24T00:00",
                    "2026-10-25T00:00",
                    "2026-10-26T00:00",
                    "2026-10-28T00:00")
                .target("v", 1, 2, 3, 4, 6));
    assertThat(prepared.report().step()).hasToString("1d Europe/Berlin");
    assertThat(prepared.report().rowsSnapped()).isZero();
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3, 4, 4, 6);
    assertThat(localTimestamps(prepared, BERLIN).findFirst()).hasValue("2026-10-29T00:00");
  }

  @Test
  void hoursOverBothChanges() {
    for (String last : new String[] {"2026-03-28T23:00:00Z", "2026-10-24T23:00:00Z"}) {
      long end = Instant.parse(last).toEpochMilli();
      PreparedSeries prepared =
          prepare(
              TimeSeries.builder("s")
                  .zone(BERLIN)
                  .timestamps(end - 2 * Step.HOUR, end - Step.HOUR, end)
                  .target("v", 1, 2, 3),
              Horizon.parse("5h"));
      assertThat(prepared.timestamps())
          .containsExactly(LongStream.rangeClosed(1, 5).map(i -> end + i * Step.HOUR).toArray());
    }
  }

  @Test
  void monthEndsOverALeapFebruary() {
    PreparedSeries prepared =
        prepare(
            local(BERLIN, "2027-10-31T00:00", "2027-11-30T00:00", "2027-12-31T00:00")
                .target("v", 1, 2, 3),
            Horizon.steps(5));
    assertThat(localTimestamps(prepared, BERLIN))
        .containsExactly(
            "2028-01-31T00:00",
            "2028-02-29T00:00",
            "2028-03-31T00:00",
            "2028-04-30T00:00",
            "2028-05-31T00:00");
  }

  @Test
  void aSeriesBuiltWithACalendarStepComesBackAsItWas() {
    Step month = Step.of(1, ChronoUnit.MONTHS, BERLIN);
    Instant start = LocalDateTime.parse("2026-01-31T00:00").atZone(BERLIN).toInstant();
    PreparedSeries prepared =
        SeriesPreparation.prepare(
            TimeSeries.of("s", start, month, 1, 2, 3, 4, 5), Horizon.steps(2), CONTEXT, PATCH);
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3, 4, 5);
    assertThat(prepared.report().rowsSnapped()).isZero();
    assertThat(localTimestamps(prepared, BERLIN))
        .containsExactly("2026-06-30T00:00", "2026-07-31T00:00");
  }

  // Known covariates

  @Test
  void knownCovariatesReachThroughTheHorizon() {
    PreparedSeries prepared =
        prepare(
            at(0, 1, 2, 3, 4, 5, 6, 7)
                .target("v", 1, 2, 3, NAN, NAN, NAN, NAN, NAN)
                .knownCovariate("k", 10, 20, 30, 40, NAN, 60, 70, 80));
    assertThat(values(prepared, 0)).containsExactly(1, 2, 3);
    assertThat(values(prepared, 1)).containsExactly(10, 20, 30, 40, NAN, 60);
    assertThat(prepared.timestamps()).containsExactly(START + 3_000, START + 4_000, START + 5_000);
    assertThat(prepared.message()).isEmpty();
    assertThat(prepared.report().covariateValuesMissing()).isEqualTo(1);
    assertThat(prepared.report().rowsCut()).isEqualTo(2);
    assertThat(prepared.report().contextLength()).isEqualTo(3);
    assertThat(prepared.report().gapsFilled()).isZero();
  }

  @Test
  void anyTargetEndsTheContextWhereCovariatesAreKnown() {
    PreparedSeries prepared =
        prepare(
            at(0, 1, 2, 3, 4)
                .target("a", 1, 2, NAN, NAN, NAN)
                .target("b", NAN, 2, 3, NAN, NAN)
                .knownCovariate("k", 1, 2, 3, 4, 5));
    assertThat(values(prepared, 0)).containsExactly(1, 2, 2);
    assertThat(values(prepared, 1)).containsExactly(NAN, 2, 3);
    assertThat(values(prepared, 2)).containsExactly(1, 2, 3, 4, 5, NAN);
  }

  @Test
  void aCovariateWithoutFutureIsNoted() {
    PreparedSeries prepared =
        prepare(at(0, 1, 2).target("v", 1, 2, 3).knownCovariate("k", 1, 2, 3));
    assertThat(prepared.status()).isEqualTo(OK);
    assertThat(prepared.message()).isEqualTo("known covariate 'k' has no value in the horizon");
    assertThat(values(prepared, 1)).containsExactly(1, 2, 3, NAN, NAN, NAN);
    assertThat(prepared.report().covariateValuesMissing()).isEqualTo(3);
  }

  @Test
  void gapsOfACovariateAreFilledInTheLastPatchOfTheContextOnly() {
    PreparedSeries prepared =
        prepare(
            at(0, 1, 2, 3, 4, 5, 6, 7)
                .target("v", 1, 2, 3, 4, 5, 6, NAN, NAN)
                .knownCovariate("k", 1, NAN, 3, NAN, NAN, 6, NAN, 8));
    assertThat(values(prepared, 1)).containsExactly(1, NAN, 3, 3, 3, 6, NAN, 8, NAN);
  }

  @Test
  void knownCovariatesWithoutAnyTargetValue() {
    assertRefused(
        prepare(at(0, 1).target("v", NAN, NAN).knownCovariate("k", 1, 2)),
        ALL_MISSING,
        "finite target");
  }
}
