package io.patchcast.cli;

import io.patchcast.cli.plot.ChartPage;
import io.patchcast.cli.plot.FanChart;
import io.patchcast.cli.plot.FanChart.Line;
import io.patchcast.cli.plot.Quantity;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.table.AtomicFile;
import io.patchcast.table.Columns;
import io.patchcast.table.RowConsumer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Collects the charts of the first series of a run; counts the others. */
final class ChartCollector {
  private static final int MOST_CHARTS = 48;
  private static final int MOST_NAMED = 8;

  private final Columns columns;
  private final List<FanChart> charts = new ArrayList<>();
  private final Map<List<String>, List<Integer>> chartsOfSeries = new HashMap<>();
  private final List<String> leftOut = new ArrayList<>();
  private int leftOutCount;

  ChartCollector(Columns columns) {
    this.columns = columns;
  }

  /** The file formats of plots. */
  enum Format {
    HTML,
    PNG;

    static Format of(Path file) {
      String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
      if (name.endsWith(".html") || name.endsWith(".htm")) {
        return HTML;
      }
      if (name.endsWith(".png")) {
        return PNG;
      }
      throw new IllegalArgumentException(
          "expected a plot file ending in .html or .png, got '" + file + "'");
    }
  }

  void add(SeriesSplit split, SeriesForecast forecast) {
    if (forecast.status() != SeriesStatus.OK
        || charts.size() + columns.targets().size() > MOST_CHARTS) {
      leftOutCount++;
      if (leftOut.size() < MOST_NAMED) {
        leftOut.add(split.name());
      }
      return;
    }
    List<Integer> indices = new ArrayList<>();
    for (int target = 0; target < columns.targets().size(); target++) {
      String variate = columns.targets().get(target);
      String title = columns.targets().size() > 1 ? split.name() + " · " + variate : split.name();
      indices.add(charts.size());
      charts.add(
          FanChart.of(
              split.ids().length == 0 ? variate : title,
              Quantity.ofSeries(variate, split.ids()),
              columns.zone(),
              split.context(target),
              forecast.timestamps(),
              forecast.variates().get(target),
              split.actual(target)));
    }
    chartsOfSeries.put(List.of(split.ids()), indices);
  }

  /** Takes the rows of a table of actual values; only those that a chart shows are kept. */
  RowConsumer actuals() {
    return new Actuals();
  }

  /** Draws what was collected. */
  void write(AtomicFile file, Format format, String title, List<String> notes) throws IOException {
    List<String> all = new ArrayList<>(notes);
    if (leftOutCount > 0) {
      all.add(leftOutNote());
    }
    ChartPage page = new ChartPage(title, all, charts);
    switch (format) {
      case HTML -> page.writeHtml(file.partial());
      case PNG -> page.writePng(file.partial());
    }
    file.commit();
  }

  boolean isEmpty() {
    return charts.isEmpty();
  }

  int leftOutCount() {
    return leftOutCount;
  }

  private String leftOutNote() {
    String names = String.join(", ", leftOut);
    return "Not shown: "
        + leftOutCount
        + " more series ("
        + names
        + (leftOutCount > leftOut.size() ? ", …" : "")
        + ")";
  }

  private final class Actuals implements RowConsumer {
    @Override
    public void row(String[] ids, long epochMillis, double[] values) {
      List<Integer> indices = chartsOfSeries.get(List.of(ids));
      if (indices == null) {
        return;
      }
      for (int target = 0; target < indices.size(); target++) {
        FanChart chart = charts.get(indices.get(target));
        long[] times = chart.median().times();
        if (Double.isFinite(values[target])
            && epochMillis >= times[0]
            && epochMillis <= times[times.length - 1]) {
          charts.set(indices.get(target), withActual(chart, epochMillis, values[target]));
        }
      }
    }

    private FanChart withActual(FanChart chart, long epochMillis, double value) {
      Line actual = chart.actual();
      int n = actual.times().length;
      long[] times = Arrays.copyOf(actual.times(), n + 1);
      double[] values = Arrays.copyOf(actual.values(), n + 1);
      times[n] = epochMillis;
      values[n] = value;
      Line line =
          n > 0 && times[n - 1] > epochMillis
              ? Line.sorted(times, values)
              : new Line(times, values);
      return new FanChart(
          chart.title(),
          chart.quantity(),
          chart.zone(),
          chart.context(),
          chart.median(),
          chart.bands(),
          line);
    }
  }
}
