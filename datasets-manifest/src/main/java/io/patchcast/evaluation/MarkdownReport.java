package io.patchcast.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * The results as Markdown: how they were made, the summary of each benchmark, and each task.
 *
 * @param header how the scores were made
 * @param scores the scores
 * @param summaries of the benchmarks
 * @param competition the tables of M4
 * @param faults tasks that could not be scored, with the reason
 */
public record MarkdownReport(
    RunHeader header,
    List<TaskScore> scores,
    List<Summary> summaries,
    List<CompetitionTable> competition,
    Map<String, String> faults) {
  private static final String REFERENCE = Baseline.SEASONAL_NAIVE.toString();

  /** The text, to stand below a heading. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("| | |\n|---|---|\n");
    header
        .lines()
        .forEach(
            (name, value) ->
                text.append("| ")
                    .append(name)
                    .append(" | ")
                    .append(name.equals("command") ? "`" + value + "`" : escaped(value))
                    .append(" |\n"));
    for (Summary summary : summaries) {
      summary(text, summary);
      tasks(text, summary.benchmark());
    }
    // Nothing can be relative where there is no reference.
    scores.stream()
        .map(TaskScore::benchmark)
        .distinct()
        .filter(one -> summaries.stream().noneMatch(summary -> summary.benchmark().equals(one)))
        .forEach(one -> tasks(text, one));
    competition.forEach(table -> competition(text, table));
    if (!faults.isEmpty()) {
      text.append("\n## Not scored\n\n");
      faults.forEach(
          (task, reason) ->
              text.append("- ").append(task).append(": ").append(reason).append('\n'));
    }
    return text.toString();
  }

  private static void summary(StringBuilder text, Summary summary) {
    text.append("\n## ")
        .append(summary.benchmark())
        .append(", ")
        .append(summary.taskCount())
        .append(" tasks\n\n")
        .append(
            "Geometric means relative to the seasonal naive, in brackets the bootstrap's 95 %"
                + " interval over the tasks; rank by "
                + summary.metric()
                + " among all rows; win: share of tasks with a lower one than the seasonal naive's,"
                + " ties counting half; coverage of the 80 % band, mean over the"
                + " tasks; failed: windows without a forecast. \u2020: trained on these data.\n\n")
        .append(
            "| forecaster | type | MASE | "
                + summary.metric()
                + " | rank | win | coverage | failed |\n")
        .append("|---|---|---|---|---|---|---|---|\n");
    for (Summary.Row row : summary.rows()) {
      boolean measured = row.failures() >= 0;
      String name = escaped(row.forecaster()) + (row.leaked() ? " \u2020" : "");
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %.1f | %.0f %% | %s | %s |\n",
              measured ? "**" + name + "**" : name,
              escaped(row.type()),
              relative(row.mase(), row.maseInterval()),
              relative(row.crps(), row.crpsInterval()),
              row.meanRank(),
              100 * row.winRate(),
              measured ? String.format(Locale.ROOT, "%.2f", row.coverage()) : "",
              measured ? String.valueOf(row.failures()) : ""));
    }
  }

  private static void competition(StringBuilder text, CompetitionTable table) {
    text.append("\n## The competition's scores: ")
        .append(table.task())
        .append(
            "\n\nsMAPE in percent; OWA relative to Naive2; MSIS at 95 %, where a forecaster has such"
                + " an interval; MSIS80 the same at 80 %, which nine quantiles suffice for.\n\n")
        .append("| forecaster | by | sMAPE | MASE | OWA | MSIS | MSIS80 |\n")
        .append("|---|---|---|---|---|---|---|\n");
    for (CompetitionTable.Row row : table.rows()) {
      String name = escaped(row.forecaster());
      text.append("| ")
          .append(row.measured() ? "**" + name + "**" : name)
          .append(" | ")
          .append(escaped(row.type()));
      for (double value :
          new double[] {row.smape(), row.mase(), row.owa(), row.msis95(), row.msis80()}) {
        text.append(Double.isNaN(value) ? " | " : String.format(Locale.ROOT, " | %.3f", value));
      }
      text.append(" |\n");
    }
  }

  private static String relative(double value, double[] interval) {
    return String.format(Locale.ROOT, "%.3f (%.2f–%.2f)", value, interval[0], interval[1]);
  }

  /** Each task, relative to the seasonal naive where that was scored. */
  private void tasks(StringBuilder text, String benchmark) {
    Map<String, Map<String, TaskScore>> byTask = new LinkedHashMap<>();
    Set<String> names = new LinkedHashSet<>();
    for (TaskScore score : scores) {
      if (score.benchmark().equals(benchmark)) {
        byTask
            .computeIfAbsent(score.task(), task -> new LinkedHashMap<>())
            .put(score.forecaster(), score);
        names.add(score.forecaster());
      }
    }
    boolean relative = names.remove(REFERENCE);
    // What the long-sequence protocol publishes.
    boolean squared = benchmark.equals(BundleTasks.LONG_SEQUENCE);
    text.append("\n### ")
        .append(benchmark)
        .append(": each task\n\n")
        .append(
            squared
                ? "MSE / MAE of the standardised values."
                : relative
                    ? "MASE / CRPS; the seasonal naive as it is, the others relative to it."
                    : "MASE / CRPS.")
        .append("\n\n| task | windows |")
        .append(relative ? " seasonal naive |" : "");
    names.forEach(name -> text.append(' ').append(escaped(name)).append(" |"));
    text.append("\n|---|---|")
        .append(relative ? "---|" : "")
        .append("---|".repeat(names.size()))
        .append('\n');
    byTask.forEach(
        (task, row) -> {
          TaskScore reference = row.get(REFERENCE);
          List<String> cells = new ArrayList<>();
          cells.add(task);
          cells.add(String.valueOf(row.values().iterator().next().windows()));
          if (relative) {
            cells.add(cell(reference, null));
          }
          for (String name : names) {
            TaskScore score = row.get(name);
            cells.add(score == null ? "" : cell(score, reference));
          }
          text.append("| ").append(String.join(" | ", cells)).append(" |\n");
        });
  }

  /** The scores of a task, relative to a reference if there is one. */
  private static String cell(TaskScore score, TaskScore reference) {
    if (score.benchmark().equals(BundleTasks.LONG_SEQUENCE)) {
      return pair(score.mse(), score.mae(), "%.4f / %.4f");
    }
    return reference == null
        ? pair(score.mase(), score.crps(), "%.3f / %.4f")
        : pair(
            ratio(score, reference, TaskScore::mase),
            ratio(score, reference, TaskScore::crps),
            "%.2f / %.2f");
  }

  private static double ratio(
      TaskScore score, TaskScore reference, ToDoubleFunction<TaskScore> metric) {
    return metric.applyAsDouble(score) / metric.applyAsDouble(reference);
  }

  private static String pair(double first, double second, String format) {
    return String.format(Locale.ROOT, format, first, second);
  }

  private static String escaped(String text) {
    return text.replace("|", "\\|");
  }
}
