package io.patchcast.cli;

import io.patchcast.cli.data.ForecastRow;
import io.patchcast.cli.data.ForecastWriter;
import io.patchcast.cli.data.SeriesBuffer;
import io.patchcast.cli.data.SeriesStore;
import io.patchcast.cli.data.TextTable;
import io.patchcast.cli.plot.FanChart.Line;
import io.patchcast.cli.plot.Quantity;
import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.VariateForecast;
import io.patchcast.table.AtomicFile;
import io.patchcast.table.Columns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code patchcast demo}: the way of a forecast from recorded data to a file, with no argument. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Forecasts the last half hour of a recorded data set that comes with Patchcast (CPU, memory,",
      "disk, garbage collection and request latency of a build machine, every 10 s) and compares it",
      "with what came."
    })
final class DemoCommand implements Callable<Integer> {
  private static final Duration HOLDOUT = Duration.ofMinutes(30);
  private static final int MOST_ROWS = 8192;

  @ParentCommand private Patchcast patchcast;

  @Option(
      names = "--dir",
      paramLabel = "DIRECTORY",
      defaultValue = "patchcast-demo",
      description = "Where the files go (default: ./${DEFAULT-VALUE}).")
  private Path directory;

  @Mixin private ModelOptions model;

  private final Columns columns = RecordedMachine.columns();

  @Override
  public Integer call() throws IOException {
    long start = System.nanoTime();
    Files.createDirectories(directory);
    Path parquet = directory.resolve("forecast.parquet");
    Path html = directory.resolve("forecast.html");
    // None of the recorded metrics can be negative.
    ForecastOptions options =
        ForecastOptions.defaults().withValueRange(ForecastOptions.ValueRange.NON_NEGATIVE);
    CompletableFuture<SeriesStore> read = CompletableFuture.supplyAsync(this::read);
    try (AtomicFile parquetFile = AtomicFile.at(parquet);
        AtomicFile htmlFile = AtomicFile.at(html);
        Forecaster forecaster = model.open(new HubDownloads(patchcast.console(), true))) {
      ModelInfo info = forecaster.model();
      SeriesStore store = read.join();
      Report report = new Report();
      List<ForecastRow> rows = new ArrayList<>();
      new ForecastRun(forecaster, Horizon.of(HOLDOUT), options, null)
          .run(
              store.series(),
              buffer -> SeriesSplit.heldOut(buffer, columns),
              (split, forecast) -> {
                report.add(split, forecast);
                rows.addAll(ForecastRow.of(List.of(split.ids()), forecast));
              });
      // Both take as long as the forecast itself where nothing is compiled yet.
      CompletableFuture<Void> parquetWritten =
          CompletableFuture.runAsync(() -> writeParquet(parquetFile, rows, info));
      report.writeHtml(htmlFile, info);
      parquetWritten.join();
      patchcast.console().print(report.text(info, store.rows()));
      patchcast
          .console()
          .print(
              String.format(
                  Locale.ROOT,
                  "Wrote %s and %s (%.1f s).%n",
                  parquet,
                  html,
                  (System.nanoTime() - start) / 1e9));
      return report.tally.failed() == 0 ? ExitCodes.OK : ExitCodes.FAILED;
    }
  }

  private void writeParquet(AtomicFile file, List<ForecastRow> rows, ModelInfo info) {
    ForecastColumns output =
        new ForecastColumns(
            columns.ids(), false, ForecastOptions.defaults().quantileLevels(), info.name());
    try {
      try (ForecastWriter writer =
          ForecastWriter.open(file.partial(), ForecastWriter.Format.PARQUET, output, info)) {
        for (ForecastRow row : rows) {
          writer.write(row);
        }
      }
      file.commit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SeriesStore read() {
    SeriesStore store =
        new SeriesStore(columns, new SeriesBuffer.Capacity(MOST_ROWS, 0, 0, HOLDOUT.toMillis()));
    RecordedMachine.read(store);
    return store;
  }

  /** The table and the sums of the demo. */
  private final class Report {
    private final TextTable table =
        new TextTable(
            "series",
            ">last value",
            ">median in 30 min",
            ">80 % band",
            ">actual",
            ">actuals in band");
    private final ChartCollector charts = new ChartCollector(columns);
    private final Tally tally = new Tally();
    private Coverage coverage = Coverage.NONE;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis = Long.MIN_VALUE;

    void add(SeriesSplit split, SeriesForecast forecast) {
      tally.add(split, forecast);
      charts.add(split, forecast);
      if (forecast.status() != SeriesStatus.OK) {
        table.row(split.name(), "", "", "", "", forecast.status().code());
        return;
      }
      VariateForecast variate = forecast.variates().get(0);
      Line context = split.context(0);
      Line actual = split.actual(0);
      Coverage held = Coverage.of(forecast.timestamps(), variate, actual);
      coverage = coverage.plus(held);
      int last = variate.horizon() - 1;
      long lastStep = forecast.timestamps()[last];
      int at = Arrays.binarySearch(actual.times(), lastStep);
      Quantity quantity = Quantity.ofSeries(variate.name(), split.ids());
      table.row(
          split.name(),
          quantity.format(context.values()[context.values().length - 1]),
          quantity.format(variate.value(last, 0.5)),
          quantity.format(variate.value(last, 0.1))
              + " … "
              + quantity.format(variate.value(last, 0.9)),
          at < 0 ? "–" : quantity.format(actual.values()[at]),
          held.percent());
      firstMillis = Math.min(firstMillis, context.times()[0]);
      lastMillis = Math.max(lastMillis, lastStep);
    }

    void writeHtml(AtomicFile file, ModelInfo info) throws IOException {
      charts.write(
          file,
          ChartCollector.Format.HTML,
          "Patchcast demo: a build machine, half an hour ahead",
          List.of(
              "Recorded every 10 s; the last 30 minutes were held back. Model "
                  + info.name()
                  + ", backend "
                  + info.backend()
                  + ". "
                  + coverageSentence()));
    }

    private String coverageSentence() {
      return String.format(
          Locale.ROOT,
          "%s of %,d actual values lie in the 80 %% band.",
          coverage.percent(),
          coverage.compared());
    }

    String text(ModelInfo info, long rows) {
      DateTimeFormatter format =
          DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(columns.zone());
      return String.format(
          Locale.ROOT,
          "%d series, %,d rows from %s to %s UTC; the last 30 minutes are held back and forecast"
              + " with %s (%s).%n%n%s%n%s%n",
          tally.total(),
          rows,
          format.format(Instant.ofEpochMilli(firstMillis)),
          format.format(Instant.ofEpochMilli(lastMillis)),
          info.name(),
          info.backend(),
          table,
          coverageSentence());
    }
  }
}
