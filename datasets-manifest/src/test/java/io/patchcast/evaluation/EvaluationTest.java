package io.patchcast.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.patchcast.datasets.DatasetSeries;
import io.patchcast.datasets.Frequency;
import io.patchcast.evaluation.Evaluation.WindowListener;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EvaluationTest {
  @TempDir private Path folder;

  private static DatasetSeries series(String id, double... values) {
    return new DatasetSeries(id, Map.of(), 0, Frequency.parse("H").step(), values);
  }

  private static DatasetSeries noise(String id, int length) {
    Random random = new Random(id.hashCode());
    double[] values = new double[length];
    for (int t = 0; t < length; t++) {
      values[t] = 100 + 10 * Math.sin(2 * Math.PI * t / 24) + random.nextGaussian();
    }
    return series(id, values);
  }

  private static EvaluationTask task(int horizon, int season, int windows) {
    return EvaluationTask.rolling("test", "task", horizon, season, windows);
  }

  private static TaskScore score(Evaluation evaluation, WindowForecaster forecaster) {
    return evaluation.run(forecaster, done -> {}, WindowListener.NONE);
  }

  /** Forecasts a constant with a band of ±1 at the outer levels, counts, and fails where told. */
  private static final class Constant implements WindowForecaster {
    private final double value;
    private final int failing;
    private int forecasts;

    Constant(double value, int failing) {
      this.value = value;
      this.failing = failing;
    }

    @Override
    public String label() {
      return "constant";
    }

    @Override
    public List<WindowForecast> forecast(List<Window> windows) {
      List<WindowForecast> all = new ArrayList<>();
      for (Window window : windows) {
        double[] quantiles = new double[window.horizon() * 9];
        for (int i = 0; i < quantiles.length; i++) {
          quantiles[i] = value + (i % 9 - 4) / 4.0;
        }
        all.add(
            forecasts++ == failing
                ? WindowForecast.failed("told to")
                : WindowForecast.of(quantiles));
      }
      return all;
    }
  }

  /** Small enough to compute by hand. */
  @Test
  void metricsAreWhatTheirDefinitionsSay() {
    Evaluation evaluation =
        Evaluation.of(task(2, 1, 1), List.of(series("a", 1, 3, 2, 5, Double.NaN)));
    TaskScore score = score(evaluation, new Constant(4.5, -1));
    // Context 1, 3, 2: S = (2 + 1) / 2. One value, 5; median 4.5, quantiles 3.5, 3.75 … 5.5.
    assertThat(score.entries()).isEqualTo(1);
    assertThat(score.mase()).isCloseTo(0.5 / 1.5, within(1e-12));
    assertThat(score.mae()).isEqualTo(0.5);
    assertThat(score.mse()).isEqualTo(0.25);
    assertThat(score.nd()).isCloseTo(0.1, within(1e-12));
    assertThat(score.mape()).isCloseTo(0.1, within(1e-12));
    assertThat(score.smape()).isCloseTo(2 * 0.5 / 9.5, within(1e-12));
    assertThat(score.coverage()).isEqualTo(1);
    assertThat(score.width()).isCloseTo(2 / 5.0, within(1e-12));
    double loss = 0;
    for (int q = 1; q <= 9; q++) {
      double quantile = 4.5 + (q - 5) / 4.0;
      loss += 2 * Math.max(q / 10.0 * (5 - quantile), (1 - q / 10.0) * (quantile - 5)) / 9;
    }
    assertThat(score.crps()).isCloseTo(loss / 5, within(1e-12));
    assertThat(score.sql()).isCloseTo(loss / 1.5, within(1e-12));
    assertThat(score.msis80()).isCloseTo(2 / 1.5, within(1e-12));
    assertThat(score.msis95()).as("nothing is known beyond 0.1 and 0.9").isNaN();
    assertThat(score.below()).containsExactly(0, 0, 0, 0, 0, 0, 1, 1, 1);
  }

  /** The naive on 1, 3, 2: S = 1.5, σ = √2.5; the interval at 95 % ends at 2 ± 1.96·√2.5. */
  @Test
  void intervalScoresPunishWhatLiesOutside() {
    Evaluation evaluation = Evaluation.of(task(1, 1, 1), List.of(series("a", 1, 3, 2, 9)));
    TaskScore score = score(evaluation, Baseline.NAIVE);
    double half95 = 1.959963984540054 * Math.sqrt(2.5);
    double half80 = 1.2815515655446004 * Math.sqrt(2.5);
    assertThat(score.msis95())
        .isCloseTo((2 * half95 + 2 / 0.05 * (7 - half95)) / 1.5, within(1e-12));
    assertThat(score.msis80())
        .isCloseTo((2 * half80 + 2 / 0.2 * (7 - half80)) / 1.5, within(1e-12));
  }

  @Test
  void aFailedWindowIsCountedAndScoredWithTheSeasonalNaive() {
    Evaluation evaluation = Evaluation.of(task(24, 24, 4), List.of(noise("a", 400)));
    TaskScore failing = score(evaluation, new Constant(Double.NaN, 2));
    TaskScore naive = score(evaluation, Baseline.SEASONAL_NAIVE);
    assertThat(failing.failures()).isEqualTo(4);
    assertThat(failing.nonFinite()).isEqualTo(3);
    assertThat(failing.windows()).isEqualTo(4);
    assertThat(failing.mase()).isEqualTo(naive.mase());
    assertThat(failing.crps()).isEqualTo(naive.crps());
  }

  @Test
  void aSeriesThatIsTooShortIsCountedAndFailsNoOther() {
    Evaluation both =
        Evaluation.of(task(24, 24, 2), List.of(noise("short", 30), noise("long", 400)));
    Evaluation alone = Evaluation.of(task(24, 24, 2), List.of(noise("long", 400)));
    assertThat(both.windowCount()).isEqualTo(3);
    assertThat(score(both, Baseline.SEASONAL_NAIVE).tooShort()).isEqualTo(1);
    assertThat(score(alone, Baseline.SEASONAL_NAIVE).tooShort()).isZero();
  }

  @ParameterizedTest
  @EnumSource(Baseline.class)
  void batchesOfAnySizeGiveTheSame(Baseline baseline) {
    List<DatasetSeries> series = List.of(noise("a", 300), noise("b", 500), noise("c", 200));
    TaskScore one = score(new Evaluation(task(10, 24, 7), series, 1), baseline);
    TaskScore many = score(new Evaluation(task(10, 24, 7), series, 1000), baseline);
    assertThat(one.mase()).isEqualTo(many.mase());
    assertThat(one.crps()).isEqualTo(many.crps());
    assertThat(one.failures()).isZero();
  }

  @ParameterizedTest
  @EnumSource(Baseline.class)
  void baselinesCopeWithContextsOfEveryKind(Baseline baseline) {
    double[] late = new double[80];
    Arrays.fill(late, 0, 60, Double.NaN);
    List<DatasetSeries> hard =
        List.of(
            series("constant", new double[80]),
            series("missing", filled(80, Double.NaN)),
            series("late", late),
            series("one", 1, 2),
            series("two", 1, 2, 3),
            series("huge", 1e300, -1e300, 1e300, 3, 4, 5));
    TaskScore score = score(Evaluation.of(task(1, 24, 1), hard), baseline);
    assertThat(score.failures()).as("failures of %s", baseline).isLessThanOrEqualTo(1);
    assertThat(score.windows()).isEqualTo(6);
  }

  private static double[] filled(int length, double value) {
    double[] values = new double[length];
    Arrays.fill(values, value);
    return values;
  }

  @ParameterizedTest
  @CsvSource({"8834, 60, 15", "8834, 600, 2", "8834, 900, 1", "100, 60, 1", "100000, 10, 20"})
  void windowsFollowTheRule(int length, int horizon, int expected) {
    assertThat(EvaluationTask.giftEvalWindows(length, horizon)).isEqualTo(expected);
  }

  @Test
  void aRunGoesOnWhereItStopped() throws IOException {
    Path file = folder.resolve("results.jsonl");
    List<BundleTasks.Loadable> tasks =
        List.of(
            new BundleTasks.Loadable(task(5, 1, 3), () -> List.of(noise("a", 100))),
            new BundleTasks.Loadable(
                EvaluationTask.rolling("test", "second", 5, 1, 2), () -> List.of(noise("b", 100))));
    Constant first = new Constant(100, -1);
    EvaluationRun half = new EvaluationRun(ResultLog.open(file), (task, name, done) -> {});
    half.run(tasks.subList(0, 1), List.of(new EvaluationRun.Contestant(first, "key", true)));
    // The process dies while it writes the next line.
    Files.writeString(file, Files.readString(file) + "{\"key\":\"key\",\"finger");

    Constant second = new Constant(100, -1);
    EvaluationRun whole = new EvaluationRun(ResultLog.open(file), (task, name, done) -> {});
    whole.run(tasks, List.of(new EvaluationRun.Contestant(second, "key", true)));
    assertThat(second.forecasts).as("windows of the second task only").isEqualTo(2);
    assertThat(whole.scores()).hasSize(2);
    assertThat(whole.scores().get(0))
        .usingRecursiveComparison()
        // NaN is NaN.
        .withEqualsForType(Double::equals, Double.class)
        .isEqualTo(half.scores().get(0));

    Constant other = new Constant(100, -1);
    EvaluationRun changed = new EvaluationRun(ResultLog.open(file), (task, name, done) -> {});
    changed.run(
        List.of(new BundleTasks.Loadable(task(5, 1, 3), () -> List.of(noise("c", 100)))),
        List.of(new EvaluationRun.Contestant(other, "key", true)));
    assertThat(other.forecasts).as("other data of the same name").isEqualTo(3);
  }

  /** A forecaster has one label in a run of variants and another alone. */
  @Test
  void aKnownScoreGetsTheLabelOfThisRun() {
    Path file = folder.resolve("results.jsonl");
    List<BundleTasks.Loadable> tasks =
        List.of(new BundleTasks.Loadable(task(5, 1, 3), () -> List.of(noise("a", 100))));
    for (String label : List.of("builtin", "builtin, joint")) {
      EvaluationRun run = new EvaluationRun(ResultLog.open(file), (task, name, done) -> {});
      run.run(tasks, List.of(new EvaluationRun.Contestant(labelled(label), "key", false)));
      assertThat(run.scores()).extracting(TaskScore::forecaster).containsExactly(label);
    }
  }

  @Test
  void nobodyIsScoredTwice() {
    EvaluationRun run =
        new EvaluationRun(ResultLog.open(folder.resolve("r.jsonl")), (task, name, done) -> {});
    EvaluationRun.Contestant one = new EvaluationRun.Contestant(labelled("a"), "1", false);
    for (EvaluationRun.Contestant other :
        List.of(
            new EvaluationRun.Contestant(labelled("a"), "2", false),
            new EvaluationRun.Contestant(labelled("b"), "1", false))) {
      assertThatThrownBy(() -> run.run(List.of(), List.of(one, other)))
          .hasMessageStartingWith("expected each forecaster once, got ");
    }
  }

  private static WindowForecaster labelled(String label) {
    return new WindowForecaster() {
      @Override
      public String label() {
        return label;
      }

      @Override
      public List<WindowForecast> forecast(List<Window> windows) {
        return Baseline.NAIVE.forecast(windows);
      }
    };
  }

  /** Of other variates side by side another forecast is made. */
  @Test
  void otherGroupsAreOtherData() {
    Path file = folder.resolve("results.jsonl");
    for (String group : List.of("", "table")) {
      Constant constant = new Constant(100, -1);
      List<DatasetSeries> series = List.of(noise("a", 100).in(group), noise("b", 100).in(group));
      EvaluationRun run = new EvaluationRun(ResultLog.open(file), (task, name, done) -> {});
      run.run(
          List.of(new BundleTasks.Loadable(task(5, 1, 3), () -> series)),
          List.of(new EvaluationRun.Contestant(constant, "key", false)));
      assertThat(constant.forecasts).isEqualTo(6);
    }
  }

  /** The first twelve months of the transformer data sets, of which others hold less than all. */
  @Test
  void theLongSequenceProtocolStandardisesWhatIsThereAndRefusesWhatIsShort() throws IOException {
    StringBuilder text = new StringBuilder("step,x,constant\n");
    for (int i = 0; i < 14_400; i++) {
      text.append(i).append(',').append(i % 100 == 7 ? "" : i % 2 == 0 ? "3" : "5").append(",4\n");
    }
    Files.writeString(folder.resolve("a.csv"), text.toString());
    Files.writeString(folder.resolve("b.csv"), text.substring(0, text.indexOf("\n10000,") + 1));
    Files.writeString(
        folder.resolve("manifest.csv"),
        "dataset,file,format,interval_s\nETTh1,a.csv,wide,3600\nETTh2,b.csv,wide,3600\n");
    List<BundleTasks.Loadable> tasks =
        BundleTasks.longSequence(io.patchcast.datasets.Bundle.open(folder), 100);
    List<DatasetSeries> series = tasks.get(0).series().get();
    // 4,320 times 3 and 4,233 (of the odd ones 87 are missing) times 5.
    double mean = (4320 * 3 + 4233 * 5) / 8553.0;
    double deviation =
        Math.sqrt((4320 * Math.pow(3 - mean, 2) + 4233 * Math.pow(5 - mean, 2)) / 8553);
    assertThat(series.get(0).values()[0]).isCloseTo((3 - mean) / deviation, within(1e-9));
    assertThat(series.get(0).values()[7]).isNaN();
    assertThat(series.get(1).values()[0]).isCloseTo(0, within(1e-9));
    assertThat(tasks).hasSize(8);
    assertThatThrownBy(() -> tasks.get(4).series().get())
        .isInstanceOf(InputException.class)
        .hasMessage("series x: expected at least 14400 rows, for twenty months, found 10000");
  }

  @Test
  void aTaskThatCannotBeReadFailsNoOther() {
    EvaluationRun run =
        new EvaluationRun(ResultLog.open(folder.resolve("r.jsonl")), (task, name, done) -> {});
    run.run(
        List.of(
            new BundleTasks.Loadable(
                EvaluationTask.rolling("test", "broken", 5, 1, 3),
                () -> {
                  throw new InputException("x.csv: no such file");
                }),
            new BundleTasks.Loadable(task(5, 1, 3), () -> List.of(noise("a", 100)))),
        List.of(new EvaluationRun.Contestant(Baseline.NAIVE, "naive", false)));
    assertThat(run.faults()).containsEntry("test: broken", "x.csv: no such file");
    assertThat(run.scores()).hasSize(1);
  }

  @Test
  void aBundleWithoutAListIsScoredByTheRuleAndOneBadFileFailsNoOther() throws IOException {
    StringBuilder good = new StringBuilder("step,x\n");
    for (int i = 0; i < 500; i++) {
      good.append(i).append(',').append(i % 7).append('\n');
    }
    Files.writeString(folder.resolve("good.csv"), good.toString());
    Files.writeString(folder.resolve("bad.csv"), "step,x\n0,1\n1,oops\n");
    Files.writeString(
        folder.resolve("manifest.csv"),
        "dataset,file,format,interval_s\nbad,bad.csv,wide,300\ngood,good.csv,wide,300\n");
    List<BundleTasks.Loadable> tasks = BundleTasks.of(io.patchcast.datasets.Bundle.open(folder));
    EvaluationRun run =
        new EvaluationRun(ResultLog.open(folder.resolve("r.jsonl")), (task, name, done) -> {});
    run.run(tasks, List.of(new EvaluationRun.Contestant(Baseline.NAIVE, "naive", false)));
    assertThat(run.scores()).extracting(TaskScore::task).containsExactly("good/5T/short");
    assertThat(run.scores().get(0).windows()).isEqualTo(2);
    assertThat(run.faults().get("own (GIFT-Eval rule): bad"))
        .contains("line 3: column 'x': expected a number, found 'oops'");
  }

  /** Fewer series than files, an odd number of them, and an offset within the horizon. */
  @Test
  void configurationsTakeAnyNumberOfSeriesAndABadOneFailsNoOther() throws IOException {
    StringBuilder table = new StringBuilder("step,x,y,z,u\n");
    for (int i = 0; i < 100; i++) {
      table.append(i).append(",1,2,3,").append(i % 5).append('\n');
    }
    Files.writeString(folder.resolve("ETTh1.csv"), table.toString());
    Files.writeString(folder.resolve("ETTh2.csv"), table.toString());
    Files.writeString(
        folder.resolve("manifest.csv"),
        "dataset,file,format,interval_s\nETTh1,ETTh1.csv,wide,3600\nETTh2,ETTh2.csv,wide,3600\n");
    Files.writeString(
        folder.resolve("expected_seasonal_naive.csv"),
        """
        benchmark,config,series,horizon,season,windows,note
        one,ETTh,1,24,24,1,
        five,ETTh,5,24,24,1,
        bad,ETTh,1,24,24,1,offset -10
        """);
    List<BundleTasks.Loadable> tasks = BundleTasks.of(io.patchcast.datasets.Bundle.open(folder));
    assertThat(tasks)
        .filteredOn(task -> !task.task().benchmark().equals("bad"))
        .extracting(task -> Evaluation.of(task.task(), task.series().get()).variateCounts())
        .containsExactly(List.of(1), List.of(4, 1));
    EvaluationRun run =
        new EvaluationRun(ResultLog.open(folder.resolve("r.jsonl")), (task, name, done) -> {});
    run.run(tasks, List.of(new EvaluationRun.Contestant(Baseline.NAIVE, "naive", false)));
    assertThat(run.scores()).hasSize(2);
    assertThat(run.faults())
        .containsExactly(
            Map.entry("bad: ETTh", "task ETTh: endOffset must be at least 0, got -14"));
  }

  @Test
  void aLogOfSomethingElseIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("r.jsonl"), "not json\n");
    assertThatThrownBy(() -> ResultLog.open(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("expected lines of results");
    new EvaluationRun(ResultLog.open(folder.resolve("old.jsonl")), (task, name, done) -> {})
        .run(
            List.of(new BundleTasks.Loadable(task(5, 1, 3), () -> List.of(noise("a", 100)))),
            List.of(new EvaluationRun.Contestant(Baseline.NAIVE, "naive", false)));
    Path old = folder.resolve("old.jsonl");
    String line = Files.readString(old);
    Files.writeString(old, line.replaceFirst("\"msisExtrapolated\":[^,]*,", ""));
    assertThatThrownBy(() -> ResultLog.open(old))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no field msisExtrapolated");
  }

  @Test
  void summariesAreGeometricMeansRanksAndWins() {
    List<TaskScore> scores = new ArrayList<>();
    for (String task : List.of("a", "b")) {
      Evaluation evaluation =
          new Evaluation(
              EvaluationTask.rolling("test", task, 5, 24, 3), List.of(noise(task, 300)), 16);
      scores.add(score(evaluation, Baseline.SEASONAL_NAIVE));
      scores.add(score(evaluation, Baseline.NAIVE));
    }
    PublishedScores published =
        new PublishedScores(
            List.of(
                row("a", "good", scores.get(0).mase() / 2, scores.get(0).crps() / 2),
                row("b", "good", scores.get(2).mase() / 8, scores.get(2).crps() / 8),
                row("a", "partial", 1, 1)));
    Summary summary = Summary.of(scores, published).get(0);
    assertThat(summary.taskCount()).isEqualTo(2);
    assertThat(summary.rows())
        .extracting(Summary.Row::forecaster)
        .contains("good (published)", "seasonal_naive", "naive")
        .doesNotContain("partial (published)");
    Summary.Row good = summary.rows().get(0);
    assertThat(good.forecaster()).isEqualTo("good (published)");
    assertThat(good.mase()).isCloseTo(0.25, within(1e-9));
    assertThat(good.crps()).isCloseTo(0.25, within(1e-9));
    assertThat(good.crpsInterval()[0]).isCloseTo(0.125, within(1e-9));
    assertThat(good.crpsInterval()[1]).isCloseTo(0.5, within(1e-9));
    assertThat(good.meanRank()).isEqualTo(1);
    assertThat(good.winRate()).isEqualTo(1);
  }

  private static PublishedScores.Row row(String task, String model, double mase, double crps) {
    return new PublishedScores.Row(task, model, "", false, mase, crps, Double.NaN);
  }
}
