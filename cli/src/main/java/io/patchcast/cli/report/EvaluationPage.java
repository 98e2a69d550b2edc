package io.patchcast.cli.report;

import io.patchcast.cli.plot.ChartPage;
import io.patchcast.cli.plot.FanChart;
import io.patchcast.cli.plot.Quantity;
import io.patchcast.evaluation.BundleTasks;
import io.patchcast.evaluation.CompetitionTable;
import io.patchcast.evaluation.EvaluationRun;
import io.patchcast.evaluation.ExtremeWindows;
import io.patchcast.evaluation.RunHeader;
import io.patchcast.evaluation.Summary;
import io.patchcast.evaluation.TaskScore;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * The report of an evaluation as one page that needs no other file and no network: how it was made,
 * scores, calibration, speed, and the forecasts of the best and the worst windows.
 *
 * @param header how the scores were made
 * @param run the scores and windows
 * @param summaries of the benchmarks
 * @param competition the tables of M4
 */
public record EvaluationPage(
    RunHeader header,
    EvaluationRun run,
    List<Summary> summaries,
    List<CompetitionTable> competition) {
  private static final int SHOWN_WINDOWS = 6;
  private static final int LEVELS = 9;
  private static final int CHART_WIDTH = 460;
  private static final int CHART_HEIGHT = 240;
  private static final int MOST_ROWS = 40;

  /** Sides of the calibration chart, in CSS pixels. */
  private static final int SQUARE = 300;

  private static final int MARGIN = 44;

  private static final List<String> COLOURS =
      List.of("#1c57c4", "#d9600f", "#2b8a4b", "#8e44ad", "#b8860b", "#c0392b", "#17828c");

  private static final String STYLE =
      """
      main{max-width:1180px;margin:0 auto}
      h2{font-size:17px;margin:32px 0 8px}
      .note{color:var(--muted);margin:0 0 10px;max-width:80ch}
      .wide{overflow-x:auto}
      table{border-collapse:collapse;background:var(--card);border:1px solid var(--edge)}
      th,td{padding:4px 12px;text-align:right;border-bottom:1px solid var(--edge);\
      white-space:nowrap;font-variant-numeric:tabular-nums}
      th{color:var(--muted);font-weight:500}
      th:first-child,td:first-child,.text{text-align:left}
      tr.measured td{font-weight:600}
      .head td{text-align:left;white-space:normal}
      .better{color:#1d7d46}.worse{color:#b3400b}
      @media(prefers-color-scheme:dark){.better{color:#6fd39a}.worse{color:#ff9d66}}
      .square{background:var(--card);border:1px solid var(--edge);max-width:100%;height:auto}
      """;

  /** The page. */
  public String html() {
    StringBuilder body = new StringBuilder("<main>\n");
    head(body);
    summaries.forEach(summary -> summary(body, summary));
    competition.forEach(table -> competition(body, table));
    calibration(body);
    speed(body);
    windows(body, "Worst windows", run.worst());
    windows(body, "Best windows", run.best());
    tasks(body);
    faults(body);
    return ChartPage.frame(
        "Evaluation of " + subject(), STYLE, body.append("</main>\n").toString());
  }

  private String subject() {
    return header.model().isEmpty() ? "the baselines" : header.model();
  }

  private void head(StringBuilder body) {
    body.append("<h1>Evaluation of ")
        .append(escaped(subject()))
        .append("</h1>\n<table class=head>");
    header
        .lines()
        .forEach(
            (name, value) ->
                body.append("<tr><td>")
                    .append(escaped(name))
                    .append("</td><td>")
                    .append(escaped(value))
                    .append("</td></tr>\n"));
    body.append("</table>\n");
  }

  private static void summary(StringBuilder body, Summary summary) {
    body.append("<h2>")
        .append(escaped(summary.benchmark()))
        .append(", ")
        .append(summary.taskCount())
        .append(
            " tasks</h2>\n<p class=note>Geometric means relative to the seasonal naive: below 1 is")
        .append(
            " better than it. In brackets the bootstrap's 95 % interval over the tasks. Rank by")
        .append(
            " CRPS; win: share of tasks with a CRPS below the seasonal naive's. Bold: measured in")
        .append(" this run; the others are published. † trained on these data.</p>\n")
        .append(
            "<div class=wide><table><tr><th>forecaster</th><th class=text>type</th><th>MASE</th><th></th>")
        .append(
            "<th>"
                + summary.metric()
                + "</th><th></th><th>rank</th><th>win</th><th>80 % band covers</th>")
        .append("<th>failed windows</th></tr>\n");
    List<Summary.Row> shown = new ArrayList<>(summary.rows());
    // Of a long list the published end is cut, never what was measured.
    for (int i = shown.size() - 1; i >= 0 && shown.size() > MOST_ROWS; i--) {
      if (shown.get(i).failures() < 0) {
        shown.remove(i);
      }
    }
    for (Summary.Row row : shown) {
      boolean measured = row.failures() >= 0;
      body.append(measured ? "<tr class=measured><td>" : "<tr><td>")
          .append(escaped(row.forecaster()))
          .append(row.leaked() ? " †" : "")
          .append("</td><td class=text>")
          .append(escaped(row.type()))
          .append(
              String.format(
                  Locale.ROOT,
                  "</td><td>%.3f</td><td>%.2f–%.2f</td><td>%.3f</td><td>%.2f–%.2f</td><td>%.1f</td>"
                      + "<td>%.0f&nbsp;%%</td><td>%s</td><td>%s</td></tr>%n",
                  row.mase(),
                  row.maseInterval()[0],
                  row.maseInterval()[1],
                  row.crps(),
                  row.crpsInterval()[0],
                  row.crpsInterval()[1],
                  row.meanRank(),
                  100 * row.winRate(),
                  measured ? String.format(Locale.ROOT, "%.0f&nbsp;%%", 100 * row.coverage()) : "",
                  measured ? String.valueOf(row.failures()) : ""));
    }
    body.append("</table></div>\n");
    if (shown.size() < summary.rows().size()) {
      body.append("<p class=note>")
          .append(summary.rows().size() - shown.size())
          .append(" published models with a greater " + summary.metric() + " are not shown.</p>\n");
    }
  }

  private static void competition(StringBuilder body, CompetitionTable table) {
    body.append("<h2>The competition's scores: ")
        .append(escaped(table.task()))
        .append(
            "</h2>\n<p class=note>sMAPE in percent; OWA relative to Naive2; MSIS at 95 %, where")
        .append(
            " a forecaster has such an interval; MSIS80 the same at 80 %, which nine quantiles"
                + " suffice for.</p>\n")
        .append(
            "<div class=wide><table><tr><th>forecaster</th><th class=text>by</th><th>sMAPE</th>")
        .append("<th>MASE</th><th>OWA</th><th>MSIS</th><th>MSIS80</th></tr>\n");
    for (CompetitionTable.Row row : table.rows()) {
      body.append(row.measured() ? "<tr class=measured><td>" : "<tr><td>")
          .append(escaped(row.forecaster()))
          .append("</td><td class=text>")
          .append(escaped(row.type()));
      for (double value :
          new double[] {row.smape(), row.mase(), row.owa(), row.msis95(), row.msis80()}) {
        body.append("</td><td>")
            .append(Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.3f", value));
      }
      body.append("</td></tr>\n");
    }
    body.append("</table></div>\n");
  }

  private Map<String, List<TaskScore>> byForecaster() {
    Map<String, List<TaskScore>> by = new LinkedHashMap<>();
    for (TaskScore score : run.scores()) {
      by.computeIfAbsent(score.forecaster(), name -> new ArrayList<>()).add(score);
    }
    return by;
  }

  private void calibration(StringBuilder body) {
    body.append(
            "<h2>Calibration</h2>\n<p class=note>Share of values at or below each quantile, all")
        .append(" values of all tasks alike. On the diagonal the quantiles are right; a curve")
        .append(
            " steeper than it in the middle means bands that are too wide, a flatter one too narrow.</p>\n")
        .append("<svg class=square width=620 height=")
        .append(SQUARE + 60)
        .append(" viewBox=\"0 0 620 ")
        .append(SQUARE + 60)
        .append("\" font-family=\"system-ui,sans-serif\" font-size=\"11\" role=\"img\"")
        .append(" aria-label=\"Calibration\">\n");
    for (int i = 0; i <= 10; i += 2) {
      double at = i / 10.0;
      body.append(
          String.format(
              Locale.ROOT,
              "<path class=\"pc-grid\" d=\"M%1$.1f %2$.1fH%3$.1fM%4$.1f %5$.1fV%6$.1f\"/>"
                  + "<text class=\"pc-label\" x=\"%7$.1f\" y=\"%8$.1f\" text-anchor=\"end\">%9$.1f"
                  + "</text><text class=\"pc-label\" x=\"%4$.1f\" y=\"%10$.1f\""
                  + " text-anchor=\"middle\">%9$.1f</text>%n",
              x(0),
              y(at),
              x(1),
              x(at),
              y(0),
              y(1),
              x(0) - 6,
              y(at) + 4,
              at,
              y(0) + 16));
    }
    body.append(
        String.format(
            Locale.ROOT,
            "<path class=\"pc-axis\" stroke-dasharray=\"4 4\" d=\"M%.1f %.1fL%.1f %.1f\"/>"
                + "<text class=\"pc-label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">level of"
                + " the quantile</text>%n",
            x(0),
            y(0),
            x(1),
            y(1),
            x(0.5),
            y(0) + 34));
    int line = 0;
    for (Map.Entry<String, List<TaskScore>> entry : byForecaster().entrySet()) {
      String colour = COLOURS.get(line % COLOURS.size());
      StringBuilder path = new StringBuilder();
      for (int q = 0; q < LEVELS; q++) {
        path.append(
            String.format(
                Locale.ROOT,
                "%s%.1f %.1f",
                q == 0 ? "M" : "L",
                x((q + 1) / 10.0),
                y(shareBelow(entry.getValue(), q))));
      }
      double legend = y(1) + 10 + 20 * line;
      body.append(
          String.format(
              Locale.ROOT,
              "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" d=\"%s\"/>"
                  + "<path stroke=\"%s\" stroke-width=\"2\" d=\"M%.1f %.1fh18\"/>"
                  + "<text class=\"pc-label\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
              colour,
              path,
              colour,
              x(1) + 24,
              legend,
              x(1) + 50,
              legend + 4,
              escaped(entry.getKey())));
      line++;
    }
    body.append("</svg>\n");
  }

  private static double shareBelow(List<TaskScore> scores, int level) {
    double below = 0;
    double entries = 0;
    for (TaskScore score : scores) {
      below += score.below()[level] * score.entries();
      entries += score.entries();
    }
    return below / entries;
  }

  private static double x(double part) {
    return MARGIN + SQUARE * part;
  }

  private static double y(double part) {
    return 14 + SQUARE * (1 - part);
  }

  private void speed(StringBuilder body) {
    body.append("<h2>Speed</h2>\n<div class=wide><table><tr><th>forecaster</th><th>windows</th>")
        .append("<th>values forecast</th><th>seconds</th><th>windows/s</th></tr>\n");
    byForecaster()
        .forEach(
            (name, scores) -> {
              long windows = scores.stream().mapToLong(TaskScore::windows).sum();
              long entries = scores.stream().mapToLong(TaskScore::entries).sum();
              double seconds = scores.stream().mapToDouble(TaskScore::seconds).sum();
              body.append("<tr><td>")
                  .append(escaped(name))
                  .append(
                      String.format(
                          Locale.ROOT,
                          "</td><td>%,d</td><td>%,d</td><td>%.2f</td><td>%,.0f</td></tr>%n",
                          windows,
                          entries,
                          seconds,
                          windows / seconds));
            });
    body.append("</table></div>\n");
  }

  private static void windows(
      StringBuilder body, String title, List<ExtremeWindows.Shown> windows) {
    if (windows.isEmpty()) {
      return;
    }
    body.append("<h2>")
        .append(title)
        .append("</h2>\n<p class=note>By the MASE of the window, at most")
        .append(
            " one per task. Shown: history, median, 80 % and 40 % band, and what came (orange).")
        .append("</p>\n<div class=\"pc-page\"><div class=\"pc-charts\">\n");
    windows.stream()
        .limit(SHOWN_WINDOWS)
        .forEach(window -> body.append(chart(window).toSvg(CHART_WIDTH, CHART_HEIGHT)));
    body.append("</div></div>\n");
  }

  private static FanChart chart(ExtremeWindows.Shown window) {
    return new FanChart(
        String.format(
            Locale.ROOT, "MASE %.2f · %s · %s", window.mase(), window.task(), window.series()),
        Quantity.PLAIN,
        ZoneOffset.UTC,
        new FanChart.Line(window.contextTimes(), window.context()),
        new FanChart.Line(window.times(), level(window, 4)),
        List.of(
            new FanChart.Band("80 %", level(window, 0), level(window, 8)),
            new FanChart.Band("40 %", level(window, 2), level(window, 6))),
        new FanChart.Line(window.times(), window.actual()));
  }

  private static double[] level(ExtremeWindows.Shown window, int level) {
    double[] values = new double[window.times().length];
    for (int h = 0; h < values.length; h++) {
      values[h] = window.quantiles()[h * LEVELS + level];
    }
    return values;
  }

  private void tasks(StringBuilder body) {
    Set<String> names = new LinkedHashSet<>(byForecaster().keySet());
    boolean relative = names.remove("seasonal_naive");
    body.append("<h2>Each task</h2>\n<p class=note>MASE and CRPS")
        .append(relative ? "; relative to the seasonal naive but in its own column" : "")
        .append(
            run.scores().stream()
                    .anyMatch(score -> score.benchmark().equals(BundleTasks.LONG_SEQUENCE))
                ? "; of LSF, MSE and MAE of the standardised values"
                : "")
        .append(".</p>\n<div class=wide><table><tr><th>task</th><th>windows</th>");
    if (relative) {
      body.append("<th>seasonal naive</th>");
    }
    names.forEach(name -> body.append("<th>").append(escaped(name)).append("</th>"));
    body.append("</tr>\n");
    Map<String, Map<String, TaskScore>> byTask = new LinkedHashMap<>();
    for (TaskScore score : run.scores()) {
      byTask
          .computeIfAbsent(score.benchmark() + ": " + score.task(), task -> new LinkedHashMap<>())
          .put(score.forecaster(), score);
    }
    byTask.forEach(
        (task, row) -> {
          TaskScore reference = row.get("seasonal_naive");
          body.append("<tr><td>")
              .append(escaped(task))
              .append("</td><td>")
              .append(row.values().iterator().next().windows())
              .append("</td>");
          if (relative) {
            body.append(cell(reference, null));
          }
          names.forEach(name -> body.append(cell(row.get(name), reference)));
          body.append("</tr>\n");
        });
    body.append("</table></div>\n");
  }

  private static String cell(TaskScore score, TaskScore reference) {
    if (score == null) {
      return "<td></td>";
    }
    if (score.benchmark().equals(BundleTasks.LONG_SEQUENCE)) {
      return String.format(Locale.ROOT, "<td>%.4f / %.4f</td>", score.mse(), score.mae());
    }
    if (reference == null) {
      return String.format(Locale.ROOT, "<td>%.3f / %.4f</td>", score.mase(), score.crps());
    }
    ToDoubleFunction<ToDoubleFunction<TaskScore>> ratio =
        metric -> metric.applyAsDouble(score) / metric.applyAsDouble(reference);
    double crps = ratio.applyAsDouble(TaskScore::crps);
    return String.format(
        Locale.ROOT,
        "<td class=%s>%.2f / %.2f</td>",
        crps < 1 ? "better" : "worse",
        ratio.applyAsDouble(TaskScore::mase),
        crps);
  }

  private void faults(StringBuilder body) {
    if (run.faults().isEmpty()) {
      return;
    }
    body.append("<h2>Not scored</h2>\n<ul>\n");
    run.faults()
        .forEach(
            (task, reason) ->
                body.append("<li>")
                    .append(escaped(task))
                    .append(": ")
                    .append(escaped(reason))
                    .append("</li>\n"));
    body.append("</ul>\n");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
