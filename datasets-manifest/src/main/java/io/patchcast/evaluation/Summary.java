package io.patchcast.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Forecasters side by side over the tasks of a benchmark.
 *
 * <p>A relative score is the geometric mean, over the tasks, of a score divided by that of the
 * seasonal naive. Its interval is the bootstrap's: the tasks are drawn anew, with replacement,
 * 1,000 times; the bounds are the 2.5th and 97.5th percentiles. Ranks are by CRPS over all
 * forecasters that are listed, ties sharing their mean; the win rate is the share of tasks with a
 * CRPS below that of the seasonal naive, ties counting half.
 *
 * <p>fev-bench averages its WQL over windows, not over all entries, and leads with SQL: of it SQL
 * stands wherever CRPS does in the others.
 *
 * @param benchmark the protocol
 * @param metric what the quantiles are scored with: {@code CRPS} or {@code SQL}
 * @param taskCount tasks that all listed forecasters were scored on; those on which the seasonal
 *     naive has no error, or no scale, are left out
 * @param rows one per forecaster, the best quantile score first
 */
public record Summary(String benchmark, String metric, int taskCount, List<Row> rows) {
  private static final int RESAMPLES = 1000;

  /** Scores closer than this, relatively, are equal. */
  private static final double TIE = 1e-4;

  private static final long SEED = 20_261_125;
  private static final String REFERENCE = Baseline.SEASONAL_NAIVE.toString();

  /**
   * One forecaster.
   *
   * @param forecaster its name
   * @param type {@code measured}, or what a published table says of it
   * @param leaked whether it was trained on these data
   * @param mase relative MASE
   * @param maseInterval its bootstrap interval
   * @param crps relative CRPS (or SQL)
   * @param crpsInterval its bootstrap interval
   * @param meanRank by CRPS
   * @param winRate share of tasks won against the seasonal naive
   * @param coverage of the 80 % band, mean over the tasks; NaN where not measured
   * @param failures windows without a forecast; -1 where not measured
   */
  public record Row(
      String forecaster,
      String type,
      boolean leaked,
      double mase,
      double[] maseInterval,
      double crps,
      double[] crpsInterval,
      double meanRank,
      double winRate,
      double coverage,
      long failures) {}

  /** Where a score came from does not matter here. */
  private record Entry(double mase, double quantile) {}

  /** What is known of a forecaster. */
  private static final class Column {
    private final String type;
    private boolean leaked;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<TaskScore> measured = new ArrayList<>();

    Column(String type) {
      this.type = type;
    }
  }

  public Summary {
    rows = List.copyOf(rows);
  }

  /**
   * Compares what was measured and what is published. A published model counts only if it has all
   * tasks that were measured; where nothing was measured of the seasonal naive there is no summary.
   */
  public static List<Summary> of(List<TaskScore> scores, PublishedScores published) {
    Set<String> benchmarks = new LinkedHashSet<>();
    scores.forEach(score -> benchmarks.add(score.benchmark()));
    List<Summary> summaries = new ArrayList<>();
    for (String benchmark : benchmarks) {
      List<TaskScore> own =
          scores.stream().filter(score -> score.benchmark().equals(benchmark)).toList();
      if (own.stream().anyMatch(score -> score.forecaster().equals(REFERENCE))) {
        summaries.add(summary(benchmark, own, published));
      }
    }
    return summaries;
  }

  private static Summary summary(
      String benchmark, List<TaskScore> scores, PublishedScores published) {
    boolean scaled = benchmark.equals("fev-bench");
    Map<String, Column> columns = new LinkedHashMap<>();
    for (TaskScore score : scores) {
      Column column = columns.computeIfAbsent(score.forecaster(), name -> new Column("measured"));
      column.entries.put(
          score.task(), new Entry(score.mase(), scaled ? score.sql() : score.crps()));
      column.measured.add(score);
    }
    Map<String, Entry> reference = columns.get(REFERENCE).entries;
    for (PublishedScores.Row row : published.scores()) {
      double quantile = scaled ? row.sql() : row.crps();
      if (reference.containsKey(row.task()) && !Double.isNaN(row.mase() + quantile)) {
        Column column =
            columns.computeIfAbsent(row.model() + " (published)", name -> new Column(row.type()));
        column.leaked |= row.leaked();
        column.entries.put(row.task(), new Entry(row.mase(), quantile));
      }
    }
    // Where the reference is 0 or unknown nothing can be relative to it.
    reference.values().removeIf(entry -> !(entry.mase() > 0 && entry.quantile() > 0));
    columns.values().removeIf(column -> !column.entries.keySet().containsAll(reference.keySet()));
    List<String> tasks = List.copyOf(reference.keySet());
    Map<String, double[]> ranks = ranks(columns, tasks);
    List<Row> rows = new ArrayList<>();
    columns.forEach(
        (name, column) -> {
          double[] mase = logRatios(tasks, column.entries, reference, Entry::mase);
          double[] crps = logRatios(tasks, column.entries, reference, Entry::quantile);
          rows.add(
              new Row(
                  name,
                  column.type,
                  column.leaked,
                  Math.exp(mean(mase)),
                  interval(mase),
                  Math.exp(mean(crps)),
                  interval(crps),
                  mean(ranks.get(name)),
                  Arrays.stream(crps).map(Summary::win).average().orElse(Double.NaN),
                  column.measured.stream()
                      .mapToDouble(TaskScore::coverage)
                      .average()
                      .orElse(Double.NaN),
                  column.measured.isEmpty()
                      ? -1
                      : column.measured.stream().mapToLong(TaskScore::failures).sum()));
        });
    rows.sort(Comparator.comparingDouble(Row::crps));
    return new Summary(benchmark, scaled ? "SQL" : "CRPS", tasks.size(), rows);
  }

  private static double[] logRatios(
      List<String> tasks,
      Map<String, Entry> entries,
      Map<String, Entry> reference,
      ToDoubleFunction<Entry> metric) {
    return tasks.stream()
        .mapToDouble(
            task ->
                Math.log(metric.applyAsDouble(entries.get(task)))
                    - Math.log(metric.applyAsDouble(reference.get(task))))
        .toArray();
  }

  /** 1 for a win, a half for a tie: published scores are rounded. */
  private static double win(double logRatio) {
    return Math.abs(logRatio) < TIE ? 0.5 : logRatio < 0 ? 1 : 0;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static double[] interval(double[] logRatios) {
    SplittableRandom random = new SplittableRandom(SEED);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int j = 0; j < logRatios.length; j++) {
        sum += logRatios[random.nextInt(logRatios.length)];
      }
      means[i] = Math.exp(sum / logRatios.length);
    }
    Arrays.sort(means);
    return new double[] {means[RESAMPLES / 40], means[RESAMPLES - 1 - RESAMPLES / 40]};
  }

  /** Ranks of each forecaster by task; ties share their mean. */
  private static Map<String, double[]> ranks(Map<String, Column> columns, List<String> tasks) {
    Map<String, double[]> ranks = new TreeMap<>();
    columns.keySet().forEach(name -> ranks.put(name, new double[tasks.size()]));
    for (int t = 0; t < tasks.size(); t++) {
      String task = tasks.get(t);
      for (Map.Entry<String, double[]> rank : ranks.entrySet()) {
        double own = columns.get(rank.getKey()).entries.get(task).quantile();
        double better = 0;
        for (Column other : columns.values()) {
          double crps = other.entries.get(task).quantile();
          better += win(Math.log(crps) - Math.log(own));
        }
        // Half of itself was counted.
        rank.getValue()[t] = better + 0.5;
      }
    }
    return ranks;
  }
}
