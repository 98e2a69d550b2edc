package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads the files of data sets in the layouts that benchmarks use. */
public final class DatasetReader {

  /** Layouts. */
  public enum Format {
    /** {@link WideCsv}. */
    WIDE,
    /** {@link RaggedCsv}. */
    RAGGED,
    /** {@link TsfFile}. */
    TSF,
    /**
     * Two columns, {@code timestamp,value}, irregular: one series per file, see {@link NabFiles}.
     */
    NAB,
    /** One row per series and timestamp, CSV or Parquet. */
    LONG;

    /** The format of a name in lower case. */
    public static Format of(String name) {
      for (Format format : values()) {
        if (format.toString().equals(name)) {
          return format;
        }
      }
      throw new InputException(
          "expected one of the formats " + List.of(values()) + ", got '" + name + "'");
    }

    /** The name in lower case. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private DatasetReader() {}

  /**
   * Reads a file; a long table must have columns {@code series} (or none), {@code timestamp} or
   * another of the usual names, and {@code value}.
   *
   * @param step of files that do not say it; may be null
   */
  public static List<TimedSeries> read(Path file, Format format, Step step) {
    return switch (format) {
      case WIDE -> timed(WideCsv.read(file, step, WideCsv.Spacing.EVEN));
      case RAGGED -> timed(RaggedCsv.read(file, step));
      case TSF -> timed(TsfFile.read(file));
      case NAB -> List.of(NabFiles.rows(file, file.getFileName().toString()));
      case LONG -> TimedSeries.ofTable(file, null, "series", "value");
    };
  }

  private static List<TimedSeries> timed(List<DatasetSeries> series) {
    return series.stream().map(TimedSeries::of).toList();
  }

  /** The format of a file, by its name and its header. */
  public static Format detect(Path file) {
    String name = file.toString();
    if (name.endsWith(".tsf")) {
      return Format.TSF;
    }
    if (name.endsWith(".parquet")) {
      return Format.LONG;
    }
    if (name.endsWith(".arrow")) {
      throw new InputException(file + ": Arrow files are not read yet; convert them to Parquet");
    }
    try (CsvTable table = CsvTable.open(file)) {
      List<String> header = table.header();
      if (header.contains("series_id") && header.contains("values")) {
        return Format.RAGGED;
      }
      if (header.contains("series") && header.contains("value")) {
        return Format.LONG;
      }
      return header.equals(List.of("timestamp", "value")) ? Format.NAB : Format.WIDE;
    }
  }

  /** All target series of a data set whose files are in a directory. */
  public static List<TimedSeries> read(DatasetEntry entry, Path directory) {
    Step step = entry.step() == null ? null : Step.parse(entry.step(), ZoneOffset.UTC);
    List<TimedSeries> series = new ArrayList<>();
    for (DatasetEntry.DataFile file : entry.files()) {
      if (file.format().equals("labels")) {
        continue;
      }
      Path path = directory.resolve(file.path());
      switch (Format.of(file.format())) {
        case NAB -> series.add(NabFiles.rows(path, file.path()));
        case LONG ->
            series.addAll(
                TimedSeries.ofTable(
                    path,
                    entry.columns().timestamp(),
                    entry.columns().series(),
                    entry.columns().target().get(0)));
        case WIDE ->
            read(path, Format.WIDE, step).stream()
                .filter(one -> entry.columns().target().contains(one.id()))
                .forEach(series::add);
        case RAGGED -> series.addAll(read(path, Format.RAGGED, step));
        case TSF -> series.addAll(read(path, Format.TSF, step));
      }
    }
    return series;
  }
}
