package io.patchcast.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.patchcast.datasets.DatasetSeries;
import io.patchcast.datasets.Frequency;
import io.patchcast.evaluation.Evaluation.WindowListener;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.forecast.VariateForecast;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ModelForecasterTest {
  private static final int LENGTH = 200;
  private static final int HORIZON = 12;
  private static final int WINDOWS = 3;
  private static final EvaluationTask TASK =
      EvaluationTask.rolling("test", "task", HORIZON, 1, WINDOWS);

  /** Two files of three variates each; the second variate is the first, a while later. */
  private static List<DatasetSeries> files() {
    List<DatasetSeries> series = new ArrayList<>();
    Random random = new Random(17);
    for (String file : List.of("a", "b")) {
      double[] leading = new double[LENGTH + 10];
      for (int t = 0; t < leading.length; t++) {
        leading[t] = 50 + 10 * Math.sin(t / 5.0) + random.nextGaussian();
      }
      double[] noise = random.doubles(LENGTH).toArray();
      series.add(series(file + "/leading", Arrays.copyOfRange(leading, 10, LENGTH + 10)));
      series.add(series(file + "/following", Arrays.copyOf(leading, LENGTH)));
      series.add(series(file + "/noise", noise));
    }
    return series;
  }

  private static DatasetSeries series(String id, double[] values) {
    String file = id.substring(0, id.indexOf('/'));
    return new DatasetSeries(id, Map.of(), 0, Frequency.parse("H").step(), values, file);
  }

  /** The medians in the order in which windows were scored, by series and window. */
  private static Map<String, double[]> medians(Variates variates, int batchSize) {
    Map<String, double[]> medians = new TreeMap<>();
    try (Forecaster model = Forecaster.open(ModelSource.builtIn())) {
      new Evaluation(TASK, files(), batchSize)
          .run(
              new ModelForecaster(model, ForecastOptions.defaults(), variates, "model"),
              done -> {},
              (window, forecast, mase) -> {
                double[] median = new double[window.horizon()];
                Arrays.setAll(median, forecast::median);
                medians.put(window.series().id() + " " + window.index(), median);
              });
    }
    return medians;
  }

  @Test
  void jointlyIsWhatTheForecasterSaysOfAllVariatesAtOnce() {
    Map<String, double[]> found = medians(Variates.JOINT, 128);
    assertThat(found).hasSize(2 * 3 * WINDOWS);
    Step step = Step.of(Duration.ofMinutes(1));
    int origin = LENGTH - HORIZON * (WINDOWS - 1);
    TimeSeries.Builder builder = TimeSeries.builder("b").step(step);
    long[] timestamps = new long[origin];
    for (int t = 0; t < origin; t++) {
      timestamps[t] = step.plus(Instant.EPOCH.toEpochMilli(), t);
    }
    builder.timestamps(timestamps);
    List<DatasetSeries> file = files().subList(3, 6);
    file.forEach(one -> builder.target(one.id(), Arrays.copyOf(one.values(), origin)));
    try (Forecaster model = Forecaster.open(ModelSource.builtIn())) {
      List<VariateForecast> expected =
          model
              .forecast(
                  new ForecastRequest(
                      List.of(builder.build()), Horizon.steps(HORIZON), ForecastOptions.defaults()))
              .series()
              .get(0)
              .variates();
      for (int v = 0; v < 3; v++) {
        double[] median = expected.get(v).quantile(0.5);
        assertThat(found.get(file.get(v).id() + " 1")).containsExactly(median);
      }
    }
  }

  @Test
  void whatBelongsTogetherStaysTogetherInBatchesOfAnySize() {
    Map<String, double[]> one = medians(Variates.JOINT, 1);
    Map<String, double[]> many = medians(Variates.JOINT, 128);
    assertThat(one.keySet()).isEqualTo(many.keySet());
    one.forEach((window, median) -> assertThat(median).containsExactly(many.get(window)));
  }

  @Test
  void separatelyTheOtherVariatesMakeNoDifference() {
    Map<String, double[]> separate = medians(Variates.SEPARATE, 128);
    Map<String, double[]> joint = medians(Variates.JOINT, 128);
    assertThat(separate.get("a/following 0")).isNotEqualTo(joint.get("a/following 0"));
    try (Forecaster model = Forecaster.open(ModelSource.builtIn())) {
      new Evaluation(TASK, files().subList(1, 2), 128)
          .run(
              new ModelForecaster(model, ForecastOptions.defaults(), Variates.JOINT, "model"),
              done -> {},
              (window, forecast, mase) -> {
                double[] median = new double[window.horizon()];
                Arrays.setAll(median, forecast::median);
                assertThat(median).containsExactly(separate.get("a/following " + window.index()));
              });
    }
  }

  /** Baselines see windows of one variate, whatever belongs together. */
  @Test
  void variatesMakeNoDifferenceToBaselines() {
    TaskScore together =
        Evaluation.of(TASK, files()).run(Baseline.DRIFT, done -> {}, WindowListener.NONE);
    TaskScore apart =
        Evaluation.of(TASK, files().stream().map(one -> one.in("")).toList())
            .run(Baseline.DRIFT, done -> {}, WindowListener.NONE);
    List<String> order = new ArrayList<>();
    Evaluation.of(TASK, files())
        .run(
            Baseline.NAIVE,
            done -> {},
            (window, forecast, mase) -> order.add(window.series().id() + " " + window.index()));
    assertThat(order)
        .as("series by series, so that one is in memory")
        .startsWith("a/leading 0", "a/leading 1", "a/leading 2", "a/following 0");
    assertThat(together.variateCount()).isEqualTo(3);
    assertThat(apart.variateCount()).isEqualTo(1);
    assertThat(together.windows()).isEqualTo(apart.windows());
    assertThat(together.mase()).isCloseTo(apart.mase(), within(1e-12));
  }

  /** Two files of different width and length; the second one's windows are of its own variates. */
  @Test
  void filesOfDifferentShapeAreNotMixed() {
    List<DatasetSeries> series = new ArrayList<>(files().subList(0, 2));
    files().subList(3, 6).forEach(one -> series.add(one.truncated(LENGTH - 50)));
    Evaluation both = Evaluation.of(TASK, series);
    assertThat(both.variateCounts()).containsExactly(2, 3);
    assertThat(Evaluation.of(TASK, series.subList(0, 1)).variateCounts()).containsExactly(1);
    try (Forecaster model = Forecaster.open(ModelSource.builtIn())) {
      ModelForecaster joint =
          new ModelForecaster(model, ForecastOptions.defaults(), Variates.JOINT, "model");
      TaskScore score = both.run(joint, done -> {}, WindowListener.NONE);
      assertThat(score.failures()).isZero();
      assertThat(score.windows()).isEqualTo(5 * WINDOWS);
      assertThat(score.variateCount()).isEqualTo(3);
    }
  }

  /** One variate without a value, and one that no f32 holds: neither is the others' affair. */
  @Test
  void aVariateThatFailsFailsNoOther() {
    List<DatasetSeries> file = files().subList(0, 3);
    double[] missing = new double[LENGTH];
    Arrays.fill(missing, Double.NaN);
    double[] huge = file.get(2).values().clone();
    huge[LENGTH / 2] = 1e300;
    List<DatasetSeries> joined =
        List.of(file.get(0), file.get(1), series("a/missing", missing), series("a/huge", huge));
    try (Forecaster model = Forecaster.open(ModelSource.builtIn())) {
      for (Variates variates : Variates.values()) {
        Map<String, Integer> failures = new TreeMap<>();
        ModelForecaster forecaster =
            new ModelForecaster(model, ForecastOptions.defaults(), variates, "model");
        WindowForecaster counting =
            new WindowForecaster() {
              @Override
              public String label() {
                return forecaster.label();
              }

              @Override
              public Variates variates() {
                return forecaster.variates();
              }

              @Override
              public List<WindowForecast> forecast(List<Window> windows) {
                List<WindowForecast> forecasts = forecaster.forecast(windows);
                for (int i = 0; i < windows.size(); i++) {
                  failures.merge(
                      windows.get(i).series().id(),
                      forecasts.get(i).failure() == null ? 0 : 1,
                      Integer::sum);
                }
                return forecasts;
              }
            };
        Evaluation.of(TASK, joined).run(counting, done -> {}, WindowListener.NONE);
        assertThat(failures)
            .as("%s", variates)
            .isEqualTo(
                Map.of("a/leading", 0, "a/following", 0, "a/missing", WINDOWS, "a/huge", WINDOWS));
      }
    }
  }
}
