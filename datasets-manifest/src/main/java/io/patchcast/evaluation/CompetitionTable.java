package io.patchcast.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The scores of the M4 competition on one of its frequencies, measured ones and published ones, the
 * best OWA first.
 *
 * @param task the frequency, such as {@code Weekly}
 * @param rows one per forecaster
 */
public record CompetitionTable(String task, List<Row> rows) {
  /** The benchmark whose tasks have such a table. */
  static final String BENCHMARK = "M4";

  /**
   * A forecaster.
   *
   * @param forecaster its name
   * @param type {@code measured}, or who published it
   * @param measured whether it was computed in this run
   * @param smape symmetric mean absolute percentage error, in percent; NaN where not known, as in
   *     all that follows
   * @param mase mean absolute scaled error
   * @param owa mean of sMAPE and MASE relative to Naive2's
   * @param msis95 mean scaled interval score at 95 %, the competition's
   * @param msis80 the same at 80 %, which nine quantiles suffice for
   */
  public record Row(
      String forecaster,
      String type,
      boolean measured,
      double smape,
      double mase,
      double owa,
      double msis95,
      double msis80) {}

  public CompetitionTable {
    rows = List.copyOf(rows);
  }

  /** The tables of what was scored, one per task of M4. */
  public static List<CompetitionTable> of(List<TaskScore> scores, PublishedScores published) {
    Map<String, List<TaskScore>> byTask = new LinkedHashMap<>();
    for (TaskScore score : scores) {
      if (score.benchmark().equals(BENCHMARK)) {
        byTask.computeIfAbsent(score.task(), task -> new ArrayList<>()).add(score);
      }
    }
    List<CompetitionTable> tables = new ArrayList<>();
    byTask.forEach((task, own) -> tables.add(table(task, own, published)));
    return tables;
  }

  private static CompetitionTable table(
      String task, List<TaskScore> scores, PublishedScores published) {
    double smape = Double.NaN;
    double mase = Double.NaN;
    for (TaskScore score : scores) {
      if (score.forecaster().equals(Baseline.NAIVE2.label())) {
        smape = score.smape();
        mase = score.mase();
      }
    }
    List<Row> rows = new ArrayList<>();
    for (TaskScore score : scores) {
      rows.add(
          new Row(
              score.forecaster(),
              "measured",
              true,
              100 * score.smape(),
              score.mase(),
              (score.smape() / smape + score.mase() / mase) / 2,
              score.msis95(),
              score.msis80()));
    }
    Map<String, Row> others = new LinkedHashMap<>();
    for (PublishedScores.Row row : published.scores()) {
      if (row.task().equals(task)) {
        Row known = others.get(row.model());
        others.put(
            row.model(),
            new Row(
                row.model() + " (published)",
                row.type().isEmpty() && known != null ? known.type : row.type(),
                false,
                either(row.smape(), known == null ? Double.NaN : known.smape),
                either(row.mase(), known == null ? Double.NaN : known.mase),
                either(row.owa(), known == null ? Double.NaN : known.owa),
                either(row.msis(), known == null ? Double.NaN : known.msis95),
                Double.NaN));
      }
    }
    rows.addAll(others.values());
    rows.sort(Comparator.comparingDouble(Row::owa));
    return new CompetitionTable(task, rows);
  }

  private static double either(double value, double other) {
    return Double.isNaN(value) ? other : value;
  }
}
