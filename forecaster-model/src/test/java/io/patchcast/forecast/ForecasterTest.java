package io.patchcast.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The public API on the built-in model. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForecasterTest {
  private static final Instant START = Instant.parse("2026-11-22T00:00:00Z");
  private static final Step MINUTE = Step.of(Duration.ofMinutes(1));

  private Forecaster forecaster;

  @BeforeAll
  void open() {
    forecaster = Forecaster.open(ModelSource.builtIn());
  }

  @AfterAll
  void close() {
    forecaster.close();
  }

  @Test
  void forecastsWithTimestampsLevelsAndWhereTheyCameFrom() {
    ForecastResult result =
        forecaster.forecast(
            new ForecastRequest(
                List.of(TimeSeries.of("a", START, MINUTE, wave(300))),
                Horizon.of(Duration.ofMinutes(90)),
                ForecastOptions.defaults().withQuantileLevels(0.1, 0.25, 0.5, 0.9)));

    SeriesForecast forecast = result.series().get(0);
    assertThat(forecast.status()).isEqualTo(SeriesStatus.OK);
    assertThat(forecast.timestamps()).hasSize(90);
    assertThat(forecast.timestamps()[0]).isEqualTo(START.plusSeconds(300 * 60).toEpochMilli());
    VariateForecast variate = forecast.variates().get(0);
    assertThat(variate.quantiles()[0]).hasSize(4).isSorted();
    assertThat(variate.value(0, 0.25))
        .isCloseTo((variate.value(0, 0.2) + variate.value(0, 0.3)) / 2, within(1e-9));
    assertThat(variate.quantile(0.5)).isEqualTo(forecast.median());
    assertThat(result.model().name()).isEqualTo("builtin");
    assertThat(result.model().weightsSha256()).hasSize(64);
    assertThat(result.model().backend()).isEqualTo("vector");
  }

  @Test
  void levelsOutsideOfTheModelAreRefused() {
    assertThatThrownBy(() -> ForecastOptions.defaults().withQuantileLevels(0.05))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("between 0.1 and 0.9")
        .hasMessageContaining("0.05");
    assertThatThrownBy(() -> ForecastOptions.defaults().withQuantileLevels(0.5, 0.5))
        .hasMessageContaining("must ascend");
    assertThatThrownBy(() -> ForecastOptions.defaults().withQuantileLevels())
        .hasMessageContaining("at least one");
    SeriesForecast forecast =
        forecaster.forecast(TimeSeries.of("a", START, MINUTE, wave(50)), Horizon.steps(3));
    assertThatThrownBy(() -> forecast.quantile(0.95)).hasMessageContaining("0.95");
    assertThatThrownBy(() -> forecast.quantile(Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> forecast.variate("other")).hasMessageContaining("[value]");
  }

  @Test
  void threadsChangeNoBit() {
    List<TimeSeries> series = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      series.add(TimeSeries.of("s" + i, START, MINUTE, wave(100 + 37 * i)));
    }
    List<double[]> all = medians(series, 0);
    for (int threads : new int[] {1, 2, 3}) {
      List<double[]> some = medians(series, threads);
      for (int i = 0; i < series.size(); i++) {
        assertThat(some.get(i)).as("%d threads, series %d", threads, i).containsExactly(all.get(i));
      }
    }
  }

  private List<double[]> medians(List<TimeSeries> series, int threads) {
    ForecastOptions options = ForecastOptions.defaults().withMaxThreads(threads);
    return forecaster
        .forecast(new ForecastRequest(series, Horizon.steps(50), options))
        .series()
        .stream()
        .map(SeriesForecast::median)
        .toList();
  }

  @Test
  void badSeriesHaveAStatusAndFailNoOther() {
    double[] huge = wave(100);
    huge[50] = 1e300;
    List<TimeSeries> series =
        List.of(
            TimeSeries.of("good", START, MINUTE, wave(200)),
            TimeSeries.of("none", START, MINUTE),
            TimeSeries.of("missing", START, MINUTE, Double.NaN, Double.NaN),
            TimeSeries.of("huge", START, MINUTE, huge),
            TimeSeries.builder("unequal").timestamps(1, 2, 3).target("x", 1, 2).build(),
            TimeSeries.builder("no step").timestamps(5).target("x", 1).build(),
            TimeSeries.of("one", START, MINUTE, 42),
            TimeSeries.of("constant", START, MINUTE, new double[100]),
            TimeSeries.of("also good", START, MINUTE, wave(200)));
    ForecastResult result = forecaster.forecast(ForecastRequest.of(series, Horizon.steps(20)));

    assertThat(result.series())
        .extracting(forecast -> forecast.status().code())
        .containsExactly(
            "ok", "too_short", "all_missing", "invalid", "invalid", "too_short", "ok", "ok", "ok");
    for (SeriesForecast forecast : result.series()) {
      if (forecast.status() == SeriesStatus.OK) {
        assertThat(forecast.median()).hasSize(20).doesNotContain(Double.NaN);
      } else {
        assertThat(forecast.message()).isNotBlank();
        assertThat(forecast.variates()).isEmpty();
        assertThatThrownBy(forecast::median).hasMessageContaining(forecast.id());
      }
    }
    assertThat(result.series().get(8).median()).isEqualTo(result.series().get(0).median());
    // A constant's band is the scale's floor, 1e-6 wide.
    assertThat(result.series().get(6).median()[0]).isCloseTo(42, within(1e-3));
  }

  @Test
  void nonNegativeForecastsAreNotBelowZero() {
    double[] nearZero = Arrays.stream(wave(200)).map(x -> Math.max(0, x - 100)).toArray();
    ForecastRequest request =
        ForecastRequest.of(List.of(TimeSeries.of("a", START, MINUTE, nearZero)), Horizon.steps(64));
    double[] free = forecaster.forecast(request).series().get(0).quantile(0.1);
    double[] clamped =
        forecaster
            .forecast(
                new ForecastRequest(
                    request.series(),
                    request.horizon(),
                    request.options().withValueRange(ForecastOptions.ValueRange.NON_NEGATIVE)))
            .series()
            .get(0)
            .quantile(0.1);

    assertThat(Arrays.stream(free).min().orElseThrow()).isNegative();
    for (int i = 0; i < free.length; i++) {
      assertThat(clamped[i]).isEqualTo(Math.max(0, free[i]));
    }
  }

  @Test
  void longHorizonsAreForecastInBlocks() {
    SeriesForecast forecast =
        forecaster.forecast(TimeSeries.of("a", START, MINUTE, wave(400)), Horizon.steps(2000));
    double[] prefix =
        forecaster
            .forecast(TimeSeries.of("a", START, MINUTE, wave(400)), Horizon.steps(768))
            .median();

    assertThat(forecast.median()).hasSize(2000).doesNotContain(Double.NaN);
    for (int i = 0; i < prefix.length; i++) {
      assertThat(forecast.median()[i]).isCloseTo(prefix[i], within(1e-3));
    }
    SeriesForecast tooLong =
        forecaster.forecast(TimeSeries.of("a", START, MINUTE, wave(400)), Horizon.steps(300_000));
    assertThat(tooLong.status()).isEqualTo(SeriesStatus.INVALID);
    assertThat(tooLong.message()).contains("8192 patches").contains("300000");
  }

  @Test
  void knownCovariatesReachIntoTheHorizon() {
    long[] timestamps = new long[260];
    double[] target = new double[260];
    double[] promotion = new double[260];
    for (int i = 0; i < timestamps.length; i++) {
      timestamps[i] = START.toEpochMilli() + i * 60_000L;
      promotion[i] = i % 20 < 5 ? 1 : 0;
      target[i] = i < 200 ? 10 + 30 * promotion[i] : Double.NaN;
    }
    SeriesForecast with =
        forecaster.forecast(
            TimeSeries.builder("a")
                .timestamps(timestamps)
                .target("sales", target)
                .knownCovariate("promotion", promotion)
                .build(),
            Horizon.steps(60));
    SeriesForecast without =
        forecaster.forecast(
            TimeSeries.builder("a")
                .timestamps(Arrays.copyOf(timestamps, 200))
                .target("sales", Arrays.copyOf(target, 200))
                .build(),
            Horizon.steps(60));

    assertThat(with.timestamps()).isEqualTo(without.timestamps());
    assertThat(with.variates()).hasSize(1);
    assertThat(with.median()).isNotEqualTo(without.median());
  }

  @Test
  void manyThreadsGetTheSameBits() throws Exception {
    List<TimeSeries> series = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      series.add(TimeSeries.of("s" + i, START, MINUTE, wave(60 + 13 * i)));
    }
    ForecastRequest request = ForecastRequest.of(series, Horizon.steps(48));
    List<SeriesForecast> expected = forecaster.forecast(request).series();
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Future<ForecastResult>> running = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        running.add(threads.submit(() -> forecaster.forecast(request)));
      }
      for (Future<ForecastResult> future : running) {
        List<SeriesForecast> found = future.get().series();
        for (int i = 0; i < found.size(); i++) {
          assertThat(found.get(i).median()).isEqualTo(expected.get(i).median());
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void backendsAndModelsAskedForByNameAreThereOrAnError() {
    assertThatThrownBy(() -> Forecaster.open(ModelSource.builtIn(), "gpu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[vector, scalar]")
        .hasMessageContaining("'gpu'");
    assertThatThrownBy(() -> ModelSource.parse("no such thing"))
        .hasMessageContaining("builtin")
        .hasMessageContaining("'no such thing'");
    assertThat(ModelSource.parse("Datadog/Toto-2.0-4m")).isInstanceOf(ModelSource.Hub.class);
    assertThat(ModelSource.parse("builtin")).isInstanceOf(ModelSource.BuiltIn.class);
  }

  @Test
  void closedForecasterSaysSo() {
    Forecaster closed = Forecaster.open(ModelSource.builtIn());
    closed.close();
    closed.close();

    assertThatThrownBy(
            () -> closed.forecast(TimeSeries.of("a", START, MINUTE, wave(50)), Horizon.steps(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(closed.model().name()).isEqualTo("builtin");
  }

  private static double[] wave(int length) {
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = 100 + 10 * Math.sin(2 * Math.PI * i / 24) + i % 7;
    }
    return values;
  }
}
