package io.patchcast.cli;

import io.patchcast.cli.data.SeriesBuffer;
import io.patchcast.cli.data.SeriesStore;
import io.patchcast.datasets.DatasetSeries;
import io.patchcast.datasets.Frequency;
import io.patchcast.evaluation.BundleTasks;
import io.patchcast.evaluation.EvaluationTask;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.RegularSeries;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.table.Columns;
import io.patchcast.table.InputException;
import io.patchcast.table.Rows;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code evaluate --data}, and the tasks that they make of a file. */
final class OwnData {
  private static final String BENCHMARK = "own data";

  /** Rows of a series that are kept: all of them. */
  private static final int ALL_ROWS = Integer.MAX_VALUE / 8;

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
        "Columns to forecast (default: ${DEFAULT-VALUE}); several are variates of one series, see",
        "--variates."
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
      defaultValue = "24h",
      description = "How far each window looks: steps (96) or a duration (default: 24h).")
  private String horizon;

  @Option(
      names = "--windows",
      paramLabel = "COUNT",
      defaultValue = "20",
      description = {
        "Windows of each series, one after the other up to its end (default: ${DEFAULT-VALUE})."
      })
  private int windows;

  @Option(
      names = "--season",
      paramLabel = "STEPS",
      defaultValue = "0",
      description = {
        "Steps of a season, for MASE and the seasonal naive (default: a day of minutes or hours, a",
        "year of months, an hour of seconds, else 1)."
      })
  private int season;

  @Option(
      names = "--step",
      paramLabel = "SPAN",
      description = "Distance of two points (default: inferred for each series).")
  private String step;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      defaultValue = "UTC",
      description = "Time zone of timestamps without an offset (default: ${DEFAULT-VALUE}).")
  private String zone;

  /**
   * What a file makes.
   *
   * @param tasks one per step that its series have
   * @param faults series that cannot be laid on a grid, with the reason
   */
  record Tasks(List<BundleTasks.Loadable> tasks, Map<String, String> faults) {}

  Tasks read(String file, Console console, CommandSpec spec, boolean shown) {
    ZoneId zoneId;
    Horizon ahead;
    Step wanted;
    Columns columns;
    try {
      zoneId = ZoneId.of(zone);
      ahead = Spans.horizon(horizon);
      wanted = step == null ? null : Spans.step(step, zoneId);
      columns = new Columns(time, ids, values, List.of(), zoneId);
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    if (windows < 1 || season < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--windows must be at least 1 and --season 0 or more, got " + windows + " and " + season);
    }
    SeriesStore store = new SeriesStore(columns, new SeriesBuffer.Capacity(ALL_ROWS, 0, 0, 0));
    try (ProgressBar bar = new ProgressBar(console, shown)) {
      Rows.read(file, console.in(), columns, part -> bar.update("reading " + file, part), store);
    }
    if (store.series().isEmpty()) {
      throw new InputException(file + ": no series: there are no rows after the header");
    }
    Map<Step, List<DatasetSeries>> byStep = new LinkedHashMap<>();
    Map<String, String> faults = new LinkedHashMap<>();
    for (SeriesBuffer buffer : store.series()) {
      add(buffer, wanted, zoneId, byStep, faults);
    }
    List<BundleTasks.Loadable> tasks = new ArrayList<>();
    byStep.forEach((of, series) -> tasks.add(task(file, of, ahead, series)));
    return new Tasks(tasks, faults);
  }

  private void add(
      SeriesBuffer buffer,
      Step wanted,
      ZoneId zoneId,
      Map<Step, List<DatasetSeries>> byStep,
      Map<String, String> faults) {
    String id = ids.isEmpty() ? "all rows" : String.join(", ", buffer.ids());
    TimeSeries.Builder builder =
        TimeSeries.builder(id).timestamps(buffer.timestamps()).step(wanted).zone(zoneId);
    for (int i = 0; i < values.size(); i++) {
      builder.target(values.get(i), buffer.column(i));
    }
    RegularSeries regular = RegularSeries.of(builder.build());
    if (regular.status() != SeriesStatus.OK) {
      faults.put("series " + id, regular.status().code() + ": " + regular.message());
      return;
    }
    List<DatasetSeries> series = byStep.computeIfAbsent(regular.step(), key -> new ArrayList<>());
    String group = values.size() == 1 ? "" : "series " + series.size();
    for (int i = 0; i < values.size(); i++) {
      series.add(
          new DatasetSeries(
              values.size() == 1 ? id : id + ": " + values.get(i),
              Map.of(),
              regular.startMillis(),
              regular.step(),
              regular.targets()[i],
              group));
    }
  }

  private BundleTasks.Loadable task(
      String file, Step of, Horizon ahead, List<DatasetSeries> series) {
    long steps =
        ahead.duration() == null
            ? ahead.steps()
            : (long) Math.ceil(ahead.duration().toMillis() / of.meanMillis());
    if (steps > Integer.MAX_VALUE / Math.max(1, windows)) {
      throw new InputException(
          file
              + ": "
              + windows
              + " windows of "
              + steps
              + " steps are more than a series can have");
    }
    int seasonal = season == 0 ? Frequency.of(of).season() : season;
    return new BundleTasks.Loadable(
        EvaluationTask.rolling(
            BENCHMARK,
            Path.of(file).getFileName() + "/" + of.text() + "/" + steps,
            (int) steps,
            seasonal,
            windows),
        () -> series);
  }
}
