package io.patchcast.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RegularSeriesTest {
  private static final long MINUTE = 60_000;

  @Test
  void gapsAreMissingDuplicatesMergeAndOrderDoesNotMatter() {
    TimeSeries series =
        TimeSeries.builder("a")
            .timestamps(3 * MINUTE, 0, MINUTE, MINUTE, 5 * MINUTE, 6 * MINUTE, 7 * MINUTE)
            .target("x", 3, 0, 9, 1, 5, Double.NaN, 7)
            .build();
    RegularSeries regular = RegularSeries.of(series);
    assertThat(regular.status()).isEqualTo(SeriesStatus.OK);
    assertThat(regular.step()).isEqualTo(Step.of(Duration.ofMinutes(1)));
    assertThat(regular.startMillis()).isZero();
    assertThat(regular.targets()[0])
        .containsExactly(0, 1, Double.NaN, 3, Double.NaN, 5, Double.NaN, 7);
  }

  @Test
  void aStrayTimestampIsRefused() {
    TimeSeries series =
        TimeSeries.builder("a")
            .timestamps(0, MINUTE, 2 * MINUTE, 9_000_000_000L * MINUTE / 60)
            .step(Step.of(Duration.ofMinutes(1)))
            .target("x", 1, 2, 3, 4)
            .build();
    RegularSeries regular = RegularSeries.of(series);
    assertThat(regular.status()).isEqualTo(SeriesStatus.INVALID);
    assertThat(regular.message()).contains("expected rows on most steps of 1m, found 4 on");
  }

  @Test
  void oneRowWithoutAStepIsTooShort() {
    TimeSeries series = TimeSeries.builder("a").timestamps(5).target("x", 1).build();
    assertThat(RegularSeries.of(series).status()).isEqualTo(SeriesStatus.TOO_SHORT);
  }
}
