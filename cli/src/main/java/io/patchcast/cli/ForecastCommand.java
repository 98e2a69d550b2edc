package io.patchcast.cli;

import io.patchcast.cli.data.ForecastRow;
import io.patchcast.cli.data.ForecastWriter;
import io.patchcast.cli.data.SeriesBuffer;
import io.patchcast.cli.data.SeriesStore;
import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.Step;
import io.patchcast.table.AtomicFile;
import io.patchcast.table.Columns;
import io.patchcast.table.InputException;
import io.patchcast.table.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code patchcast forecast}. */
@Command(
    name = "forecast",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Forecasts the series of long-format tables: one row per series and timestamp.",
    footer = {
      "",
      "Timestamps: ISO 8601 (2026-11-22T03:03:30Z, 2026-11-22 03:03:30, 2026-11-22, 20261122;",
      "without an offset in --zone) or numbers since the epoch: below 1e11 seconds, below 1e14",
      "milliseconds, below 1e17 microseconds, else nanoseconds. Values: empty, null, NA, NaN and",
      "inf are missing.",
      "",
      "Example:",
      "  patchcast forecast cpu.csv.gz --time ts --value cpu --id host,core --horizon 24h \\",
      "      --out forecast.parquet --plot forecast.html"
    })
final class ForecastCommand implements Callable<Integer> {
  private static final int CONTEXT_SLACK = 2;

  @ParentCommand private Patchcast patchcast;
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = {
        "CSV (plain or gzip) or Parquet (uncompressed, snappy, gzip, zstd, lz4_raw), or - for CSV on",
        "the standard input. Several files are read as one table."
      })
  private List<String> files;

  @Option(
      names = "--time",
      paramLabel = "COLUMN",
      description = "Timestamp column (default: time, timestamp, ts, date, datetime or ds).")
  private String time;

  @Option(
      names = "--value",
      paramLabel = "COLUMN",
      split = ",",
      defaultValue = "value",
      description = {
        "Columns to forecast (default: ${DEFAULT-VALUE}). Several are variates of one series, which",
        "the model forecasts together."
      })
  private List<String> values;

  @Option(
      names = "--id",
      paramLabel = "COLUMN",
      split = ",",
      description = "Columns that name a series (default: all rows are one series).")
  private List<String> ids = List.of();

  @Option(
      names = "--horizon",
      paramLabel = "SPAN",
      description = "How far to forecast: steps (96) or a duration (90s, 30m, 24h, 7d).")
  private String horizon;

  @Mixin private ModelOptions model;

  @Option(
      names = "--step",
      paramLabel = "SPAN",
      description = {
        "Distance of two points: 10s, 5m, 1h, or of the calendar in --zone 1d, 1w, 1mo",
        "(default: inferred for each series)."
      })
  private String step;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      defaultValue = "UTC",
      description = {
        "Time zone of timestamps without an offset, of calendar steps and of plots, like",
        "Europe/Berlin (default: ${DEFAULT-VALUE})."
      })
  private String zone;

  @Option(
      names = "--context",
      paramLabel = "STEPS",
      defaultValue = "0",
      description = "Most steps of history the model sees (default: what suits the model).")
  private int context;

  @Option(
      names = "--quantiles",
      paramLabel = "LEVEL",
      split = ",",
      description = "Levels from 0.1 to 0.9 (default: 0.1,0.2,…,0.9; a table shows 0.1,0.5,0.9).")
  private double[] quantiles;

  @Option(
      names = "--known",
      paramLabel = "COLUMN",
      split = ",",
      description = {
        "Columns known through the horizon; the future comes as rows after the last value, with the",
        "value columns empty."
      })
  private List<String> known = List.of();

  @Option(names = "--non-negative", description = "Forecasts below zero become zero.")
  private boolean nonNegative;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = {
        "All forecasts, to .csv, .parquet or .json (also .jsonl, .ndjson: one object per line), or -",
        "for CSV on the standard output (default: a table of the first steps)."
      })
  private String out;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description = "Charts of up to 48 series, to .html (needs no other file) or .png.")
  private Path plot;

  @Option(
      names = "--holdout",
      paramLabel = "SPAN",
      description = {
        "Holds the last steps (96) or the last time (24h) of each series back and compares the",
        "forecast with it. The default of --horizon."
      })
  private String holdout;

  @Option(
      names = "--actuals",
      paramLabel = "FILE",
      description = "A table with the same columns whose values are drawn into the plot.")
  private String actuals;

  @Option(
      names = "--strict",
      description = "Exit status 1 if any series could not be forecast, not only if all could not.")
  private boolean strict;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress and no summary; errors are still told.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    Settings settings = settings();
    boolean toStandardOutput = Rows.STANDARD_INPUT.equals(out);
    Path outFile = out == null || toStandardOutput ? null : Path.of(out);
    ForecastWriter.Format format = outFile == null ? null : ForecastWriter.Format.of(outFile);
    ChartCollector.Format plotFormat = plot == null ? null : ChartCollector.Format.of(plot);
    if (actuals != null && plot == null) {
      throw usage("--actuals are drawn into a plot: give --plot as well");
    }
    try (AtomicFile outTarget = outFile == null ? null : AtomicFile.at(outFile);
        AtomicFile plotTarget = plot == null ? null : AtomicFile.at(plot);
        Forecaster forecaster = model.open(new HubDownloads(patchcast.console(), !quiet))) {
      ModelInfo info = forecaster.model();
      SeriesStore store = read(settings, info);
      ForecastColumns columns =
          new ForecastColumns(ids, values.size() > 1, settings.levels(out == null), info.name());
      Outcome outcome = new Outcome(settings, store, columns, plot != null);
      try (ForecastWriter writer =
          toStandardOutput
              ? ForecastWriter.csv(patchcast.console().out(), columns)
              : outFile == null
                  ? null
                  : ForecastWriter.open(outTarget.partial(), format, columns, info)) {
        outcome.forecast(forecaster, writer);
      }
      if (outcome.preview != null) {
        patchcast.console().print(outcome.preview.toString());
      }
      if (outTarget != null) {
        outTarget.commit();
      }
      if (plotTarget != null) {
        outcome.plot(plotTarget, plotFormat, info);
      }
      return outcome.conclude(info);
    }
  }

  /** The command line, checked before any work is done. */
  private Settings settings() {
    if (horizon == null && holdout == null) {
      throw usage("--horizon is missing: steps (96) or a duration (90s, 30m, 24h, 7d)");
    }
    ZoneId zoneId;
    try {
      zoneId = ZoneId.of(zone);
    } catch (DateTimeException e) {
      throw usage("--zone: expected a time zone like UTC or Europe/Berlin, got '" + zone + "'");
    }
    option("--model", model::source);
    try {
      Horizon heldOut = option("--holdout", () -> holdout == null ? null : Spans.horizon(holdout));
      return new Settings(
          new Columns(time, ids, values, known, zoneId),
          option("--horizon", () -> horizon == null ? heldOut : Spans.horizon(horizon)),
          heldOut,
          option("--step", () -> step == null ? null : Spans.step(step, zoneId)),
          options());
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private ForecastOptions options() {
    ForecastOptions options = ForecastOptions.defaults().withContextLength(context);
    if (quantiles != null) {
      double[] levels = quantiles.clone();
      Arrays.sort(levels);
      options = options.withQuantileLevels(levels);
    }
    return nonNegative ? options.withValueRange(ForecastOptions.ValueRange.NON_NEGATIVE) : options;
  }

  private interface Parsing<T> {
    T parse();
  }

  private <T> T option(String name, Parsing<T> parsing) {
    try {
      return parsing.parse();
    } catch (IllegalArgumentException e) {
      throw usage(name + ": " + e.getMessage());
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /**
   * What the command line says.
   *
   * @param holdout null = none
   * @param step null = inferred
   */
  private record Settings(
      Columns columns, Horizon horizon, Horizon holdout, Step step, ForecastOptions options) {

    /** The levels to write; a table for people shows three unless more were asked for. */
    double[] levels(boolean forPeople) {
      double[] levels = options.quantileLevels();
      return forPeople && Arrays.equals(levels, ForecastOptions.defaults().quantileLevels())
          ? new double[] {0.1, 0.5, 0.9}
          : levels;
    }

    /** Options that return exactly the levels to write. */
    ForecastOptions optionsFor(ForecastColumns columns) {
      return options.withQuantileLevels(columns.levels());
    }

    SeriesBuffer.Capacity capacity(ModelInfo info) {
      int contextLength =
          options.contextLength() == 0 ? info.contextLength() : options.contextLength();
      return new SeriesBuffer.Capacity(
          CONTEXT_SLACK * contextLength,
          step == null ? 0 : (long) (step.meanMillis() * contextLength),
          holdout == null ? 0 : holdout.steps(),
          holdout == null || holdout.duration() == null ? 0 : holdout.duration().toMillis());
    }
  }

  private SeriesStore read(Settings settings, ModelInfo info) {
    SeriesStore store = new SeriesStore(settings.columns, settings.capacity(info));
    try (ProgressBar progress = new ProgressBar(patchcast.console(), !quiet)) {
      for (int i = 0; i < files.size(); i++) {
        String file = files.get(i);
        int before = i;
        Rows.read(
            file,
            patchcast.console().in(),
            settings.columns,
            part -> progress.update("reading " + file, (before + part) / files.size()),
            store);
      }
    }
    if (store.series().isEmpty()) {
      throw new InputException(
          String.join(", ", files) + ": no series: there are no rows after the header");
    }
    return store;
  }

  /** Takes the forecasts of a run to where they are wanted. */
  private final class Outcome {
    private final Settings settings;
    private final SeriesStore store;
    private final ForecastColumns columns;
    private final ChartCollector charts;
    private final PreviewTable preview;
    private final Tally tally = new Tally();
    private final long start = System.nanoTime();
    private Coverage coverage = Coverage.NONE;
    private long rowsWritten;

    Outcome(Settings settings, SeriesStore store, ForecastColumns columns, boolean plotted) {
      this.settings = settings;
      this.store = store;
      this.columns = columns;
      this.charts = plotted ? new ChartCollector(settings.columns) : null;
      this.preview =
          out == null
              ? new PreviewTable(columns, store.series().size(), settings.columns.zone())
              : null;
    }

    void forecast(Forecaster forecaster, ForecastWriter writer) throws IOException {
      int count = store.series().size();
      try (ProgressBar progress = new ProgressBar(patchcast.console(), !quiet)) {
        new ForecastRun(forecaster, settings.horizon, settings.optionsFor(columns), settings.step)
            .run(
                store.series(),
                buffer ->
                    settings.holdout == null
                        ? SeriesSplit.whole(buffer, settings.columns)
                        : SeriesSplit.heldOut(buffer, settings.columns),
                (split, forecast) -> {
                  take(split, forecast, writer);
                  progress.update(
                      "forecasting " + tally.total() + " of " + count + " series",
                      (double) tally.total() / count);
                });
      }
    }

    private void take(SeriesSplit split, SeriesForecast forecast, ForecastWriter writer)
        throws IOException {
      tally.add(split, forecast);
      if (writer != null) {
        for (ForecastRow row : ForecastRow.of(List.of(split.ids()), forecast)) {
          writer.write(row);
          rowsWritten++;
        }
      }
      if (preview != null) {
        preview.add(split, forecast);
      }
      if (charts != null) {
        charts.add(split, forecast);
      }
      if (settings.holdout != null && forecast.status() == SeriesStatus.OK) {
        for (int target = 0; target < values.size(); target++) {
          coverage =
              coverage.plus(
                  Coverage.of(
                      forecast.timestamps(),
                      forecast.variates().get(target),
                      split.actual(target)));
        }
      }
    }

    void plot(AtomicFile target, ChartCollector.Format format, ModelInfo info) throws IOException {
      if (charts.isEmpty()) {
        patchcast.console().say("patchcast: no plot: no series could be forecast");
        return;
      }
      if (actuals != null) {
        Rows.read(
            actuals, patchcast.console().in(), settings.columns, part -> {}, charts.actuals());
      }
      charts.write(
          target,
          format,
          "Forecast of " + String.join(", ", values),
          List.of(
              String.join(", ", files)
                  + " · model "
                  + info.name()
                  + " on backend "
                  + info.backend()));
    }

    int conclude(ModelInfo info) {
      if (!quiet) {
        patchcast
            .console()
            .say(
                String.format(
                    Locale.ROOT,
                    "%,d series from %,d rows, forecast with %s (%s) in %.1f s%s%s",
                    tally.total(),
                    store.rows(),
                    info.name(),
                    info.backend(),
                    (System.nanoTime() - start) / 1e9,
                    out == null || Rows.STANDARD_INPUT.equals(out)
                        ? ""
                        : String.format(Locale.ROOT, "; %,d rows in %s", rowsWritten, out),
                    charts == null || charts.isEmpty() ? "" : "; charts in " + plot));
        if (settings.holdout != null) {
          patchcast
              .console()
              .say(
                  String.format(
                      Locale.ROOT,
                      "holdout: %s of %,d actual values lie in the 80 %% band",
                      coverage.percent(),
                      coverage.compared()));
        }
        if (charts != null && charts.leftOutCount() > 0) {
          patchcast.console().say("not in the plot: " + charts.leftOutCount() + " series");
        }
      }
      if (tally.failed() == 0) {
        return ExitCodes.OK;
      }
      patchcast.console().say("patchcast: " + tally.failures());
      return strict || tally.failed() == tally.total() ? ExitCodes.FAILED : ExitCodes.OK;
    }
  }
}
