package io.patchcast.notebook;

import static java.util.stream.Collectors.joining;

import io.patchcast.cli.RecordedMachine;
import io.patchcast.cli.data.ForecastRow;
import io.patchcast.cli.data.ForecastWriter;
import io.patchcast.cli.data.SeriesStore;
import io.patchcast.cli.plot.ChartPage;
import io.patchcast.cli.plot.FanChart;
import io.patchcast.cli.plot.FanChart.Line;
import io.patchcast.cli.plot.Quantity;
import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastResult;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.forecast.VariateForecast;
import io.patchcast.table.AtomicFile;
import io.patchcast.table.Columns;
import io.patchcast.table.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.rapaio.jupyter.kernel.global.Global;

/**
 * The words of a notebook: load series, show charts and tables.
 *
 * <p>In the Jupyter kernel {@code show} puts pictures and tables below the cell, wherever in the
 * cell it stands; in any other JVM it prints them as text. Methods that return a {@link Display}
 * show it when they end a cell.
 */
public final class Notebook {
  private static final int LONGEST_CELL = 80;

  private Notebook() {}

  /** The data set that comes with Patchcast: 38 metrics of a build machine, every 10 s. */
  public static SeriesSet recordedMachine() {
    Columns columns = RecordedMachine.columns();
    SeriesStore store = new SeriesStore(columns, SeriesSet.UNLIMITED);
    RecordedMachine.read(store);
    return SeriesSet.of(store, columns);
  }

  /**
   * The series of a long-format table: CSV (also gzip) or Parquet.
   *
   * @throws io.patchcast.table.InputException if the file cannot be had, has not the columns or
   *     holds something else
   */
  public static SeriesSet load(String file, Columns columns) {
    SeriesStore store = new SeriesStore(columns, SeriesSet.UNLIMITED);
    Rows.read(file, InputStream.nullInputStream(), columns, part -> {}, store);
    return SeriesSet.of(store, columns);
  }

  /**
   * Writes a result to a file: a table in CSV, JSON lines or Parquet, as the name ends, in the
   * columns of the command line with one id column, {@code series}.
   *
   * @throws IllegalArgumentException if the name ends otherwise
   */
  public static void write(String file, ForecastResult result) {
    Path path = Path.of(file);
    ForecastWriter.Format format = ForecastWriter.Format.of(path);
    List<VariateForecast> variates =
        result.series().stream().flatMap(series -> series.variates().stream()).toList();
    ForecastColumns columns =
        new ForecastColumns(
            List.of("series"),
            result.series().stream().anyMatch(series -> series.variates().size() > 1),
            variates.isEmpty()
                ? ForecastOptions.defaults().quantileLevels()
                : variates.get(0).levels(),
            result.model().name());
    try (AtomicFile target = AtomicFile.at(path)) {
      try (ForecastWriter writer =
          ForecastWriter.open(target.partial(), format, columns, result.model())) {
        for (SeriesForecast series : result.series()) {
          for (ForecastRow row : ForecastRow.of(List.of(series.id()), series)) {
            writer.write(row);
          }
        }
      }
      target.commit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A fan chart of each target: history, median and bands. */
  public static Display fanChart(TimeSeries context, SeriesForecast forecast) {
    return fanChart(context, forecast, target -> Line.EMPTY);
  }

  /** A fan chart of each target, with the values that were held back. */
  public static Display fanChart(Holdout holdout, SeriesForecast forecast) {
    return fanChart(holdout.context(), forecast, target -> Holdout.line(holdout.actual(), target));
  }

  /**
   * Small fan charts side by side, of several series and their forecasts in one result.
   *
   * @throws IllegalArgumentException if the result has no series of such an id
   */
  public static Display fanCharts(List<Holdout> holdouts, ForecastResult result) {
    List<FanChart> charts = new ArrayList<>();
    List<Display> failures = new ArrayList<>();
    for (Holdout holdout : holdouts) {
      SeriesForecast forecast = forecast(result, holdout.context().id());
      if (forecast.status() == SeriesStatus.OK) {
        charts.addAll(
            charts(holdout.context(), forecast, target -> Holdout.line(holdout.actual(), target)));
      } else {
        failures.add(failure(forecast));
      }
    }
    String html = failures.stream().map(Display::html).collect(joining());
    String text = failures.stream().map(Display::text).collect(joining());
    return charts.isEmpty()
        ? new Display(html, text)
        : new Display(html + page(charts).html(), text + page(charts).text());
  }

  private static SeriesForecast forecast(ForecastResult result, String id) {
    return result.series().stream()
        .filter(forecast -> forecast.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no series '"
                        + id
                        + "' in the result, there are "
                        + result.series().stream().map(SeriesForecast::id).toList()));
  }

  private static Display fanChart(
      TimeSeries context, SeriesForecast forecast, Function<String, Line> actual) {
    if (forecast.status() != SeriesStatus.OK) {
      return failure(forecast);
    }
    Display charts = page(charts(context, forecast, actual));
    return new Display(charts.html(), table(forecast).text());
  }

  private static List<FanChart> charts(
      TimeSeries context, SeriesForecast forecast, Function<String, Line> actual) {
    return forecast.variates().stream()
        .map(
            variate ->
                FanChart.of(
                    name(forecast, variate),
                    quantity(variate, forecast),
                    context.zone(),
                    Holdout.line(context, variate.name()),
                    forecast.timestamps(),
                    variate,
                    actual.apply(variate.name())))
        .toList();
  }

  private static Display page(List<FanChart> charts) {
    return new Display(
        new ChartPage("", List.of(), charts).toFragment(),
        charts.stream().map(chart -> "chart of " + chart.title() + "\n").collect(joining()));
  }

  /** The id, with the target where there are several. */
  private static String name(SeriesForecast forecast, VariateForecast variate) {
    return forecast.variates().size() == 1 ? forecast.id() : forecast.id() + " · " + variate.name();
  }

  /** The first steps of each target, with the levels that were asked for. */
  public static Display table(SeriesForecast forecast) {
    if (forecast.status() != SeriesStatus.OK) {
      return failure(forecast);
    }
    List<Display> tables = new ArrayList<>();
    for (VariateForecast variate : forecast.variates()) {
      tables.add(table(forecast, variate, ZoneId.of("UTC")));
    }
    return tables.size() == 1 ? tables.get(0) : Display.grid(tables);
  }

  private static Display table(SeriesForecast forecast, VariateForecast variate, ZoneId zone) {
    double[] levels = variate.levels();
    List<String> header = new ArrayList<>(List.of("timestamp (" + zone.getId() + ")"));
    for (double level : levels) {
      header.add(">" + ForecastColumns.quantileName(level));
    }
    Table table = new Table(name(forecast, variate), header.toArray(new String[0]));
    Quantity quantity = quantity(variate, forecast);
    double[][] quantiles = variate.quantiles();
    for (int step = 0; step < quantiles.length; step++) {
      List<String> cells = new ArrayList<>(List.of(time(forecast.timestamps()[step], zone)));
      Arrays.stream(quantiles[step]).mapToObj(quantity::format).forEach(cells::add);
      table.row(cells.toArray(new String[0]));
    }
    return table.display();
  }

  /**
   * One row per series: what became of it, and the last step of its first target. Series without a
   * forecast come first.
   */
  public static Display table(ForecastResult result) {
    Table table =
        new Table(
            result.series().size() + " series, forecast with " + result.model().name(),
            "series",
            "status",
            "last step",
            ">median",
            ">80 % band",
            "message");
    for (SeriesForecast forecast : result.series()) {
      if (forecast.status() != SeriesStatus.OK) {
        table.row(forecast.id(), forecast.status().code(), "", "", "", forecast.message());
      }
    }
    for (SeriesForecast forecast : result.series()) {
      if (forecast.status() != SeriesStatus.OK) {
        continue;
      }
      VariateForecast variate = forecast.variates().get(0);
      Quantity quantity = quantity(variate, forecast);
      int last = variate.horizon() - 1;
      table.row(
          forecast.id(),
          forecast.status().code(),
          time(forecast.timestamps()[last], ZoneId.of("UTC")),
          quantity.format(variate.value(last, 0.5)),
          quantity.format(variate.value(last, 0.1))
              + " … "
              + quantity.format(variate.value(last, 0.9)),
          forecast.message());
    }
    return table.display();
  }

  /**
   * One row per series: how many rows, from when to when, and the last value of its first target.
   */
  public static Display table(SeriesSet set) {
    Table table = new Table(set.size() + " series", "series", ">rows", "from", "to", ">last value");
    for (TimeSeries series : set) {
      TimeSeries.Column target = series.targets().get(0);
      Line line = Holdout.line(series, target.name());
      int points = line.times().length;
      table.row(
          series.id(),
          Integer.toString(series.timestamps().length),
          points == 0 ? "–" : time(line.times()[0], series.zone()),
          points == 0 ? "–" : time(line.times()[points - 1], series.zone()),
          points == 0
              ? "–"
              : Quantity.ofSeries(target.name(), series.id().split(",", -1))
                  .format(line.values()[points - 1]));
    }
    return table.display();
  }

  /** The first rows of a Spark table, which runs what it takes to have them. */
  public static Display table(Dataset<Row> rows) {
    String[] names = rows.columns();
    StructField[] fields = rows.schema().fields();
    String[] header = new String[names.length];
    for (int i = 0; i < names.length; i++) {
      header[i] = (fields[i].dataType() instanceof NumericType ? ">" : "") + names[i];
    }
    Table table = new Table("", header);
    for (Row row : rows.takeAsList(Table.MOST_ROWS)) {
      String[] cells = new String[names.length];
      for (int i = 0; i < names.length; i++) {
        cells[i] = cell(row.get(i));
      }
      table.row(cells);
    }
    return table.display();
  }

  private static String cell(Object value) {
    String text =
        value == null
            ? "–"
            : value instanceof Double number ? Quantity.PLAIN.format(number) : value.toString();
    return text.length() <= LONGEST_CELL ? text : text.substring(0, LONGEST_CELL - 1) + "…";
  }

  /** Shows the chart of a forecast with its history. */
  public static void show(TimeSeries context, SeriesForecast forecast) {
    show(fanChart(context, forecast));
  }

  /** Shows the chart of a forecast with its history and what came. */
  public static void show(Holdout holdout, SeriesForecast forecast) {
    show(fanChart(holdout, forecast));
  }

  /** Shows the first steps of a forecast. */
  public static void show(SeriesForecast forecast) {
    show(table(forecast));
  }

  /** Shows what became of each series of a request. */
  public static void show(ForecastResult result) {
    show(table(result));
  }

  /** Shows what there is to forecast. */
  public static void show(SeriesSet set) {
    show(table(set));
  }

  /** Shows the first rows of a Spark table. */
  public static void show(Dataset<Row> rows) {
    show(table(rows));
  }

  /** Shows these, several of them side by side where the page is wide enough. */
  public static void show(Display... displays) {
    Display all = displays.length == 1 ? displays[0] : Display.grid(List.of(displays));
    if ("jupyter".equals(System.getProperty("patchcast.notebook.display"))) {
      Global.display(all);
    } else {
      System.out.println(all.text());
    }
  }

  private static Display failure(SeriesForecast forecast) {
    String text =
        forecast.id() + ": no forecast, " + forecast.status().code() + ": " + forecast.message();
    return new Display("<p>" + Display.escaped(text) + "</p>", text + "\n");
  }

  private static Quantity quantity(VariateForecast variate, SeriesForecast forecast) {
    return Quantity.ofSeries(variate.name(), forecast.id().split(",", -1));
  }

  private static String time(long epochMillis, ZoneId zone) {
    return DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)
        .format(Instant.ofEpochMilli(epochMillis).atZone(zone));
  }
}
