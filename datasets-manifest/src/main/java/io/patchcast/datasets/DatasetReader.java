package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import io.patchcast.table.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;

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
    LONG,
    /** One row per series, its values in lists, Arrow or Parquet: see {@link NestedDataset}. */
    NESTED;

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

  /**
   * How to read.
   *
   * @param columns of a nested table; none = its target
   * @param step of series that do not say it; may be null
   * @param progress gets the part that has been read, from 0 to 1
   */
  public record Options(List<String> columns, Step step, DoubleConsumer progress) {
    public Options {
      columns = List.copyOf(columns);
    }

    /** The target; what the data say; nobody watches. */
    public static Options defaults() {
      return new Options(List.of(), null, part -> {});
    }

    private Options between(double from, double to) {
      return new Options(columns, step, part -> progress.accept(from + part * (to - from)));
    }
  }

  private DatasetReader() {}

  /**
   * Reads a file; a long table must have columns {@code series} (or none), {@code variate} (or
   * none), {@code timestamp} or another of the usual names, and {@code value}. Nested tables are
   * read series by series, of all others the whole file is in memory.
   *
   * @return columns of lists that were left out
   */
  public static Set<String> read(Path file, Format format, Options options, SeriesVisitor visitor) {
    if (format == Format.NESTED) {
      return NestedDataset.of(file)
          .read(options.columns(), options.step(), options.progress(), visitor);
    }
    if (!options.columns().isEmpty()) {
      throw new InputException(
          file + ": columns are chosen of nested tables only, found the format " + format);
    }
    read(file, format, options.step()).forEach(visitor::series);
    options.progress().accept(1);
    return Set.of();
  }

  private static List<List<TimedSeries>> read(Path file, Format format, Step step) {
    return switch (format) {
      case WIDE -> timed(WideCsv.read(file, step, WideCsv.Spacing.EVEN));
      case RAGGED -> timed(RaggedCsv.read(file, step));
      case TSF -> timed(TsfFile.read(file));
      case NAB -> List.of(List.of(NabFiles.rows(file, file.getFileName().toString())));
      case LONG -> TimedSeries.ofTable(file, null, ids(file), "value");
      case NESTED -> throw new IllegalArgumentException("read series by series");
    };
  }

  /** Columns that name the series of a table in the canonical layout. */
  private static List<String> ids(Path file) {
    List<String> header = Rows.header(file);
    return Stream.of("series", "variate").filter(header::contains).toList();
  }

  private static List<List<TimedSeries>> timed(List<DatasetSeries> series) {
    return series.stream().map(one -> List.of(TimedSeries.of(one))).toList();
  }

  /**
   * Reads all nested tables and {@code .tsf} files in a directory and below. Where it has several
   * data sets, series are called {@code data set/id}, but for those of the directory itself, and
   * one that cannot be read fails no other: it is told as a fault.
   *
   * @return columns of lists that were left out
   */
  public static Set<String> readDirectory(Path directory, Options options, SeriesVisitor visitor) {
    List<NestedDataset> nested = NestedDataset.below(directory);
    List<Path> tsf = files(directory).stream().filter(file -> is(file, ".tsf")).toList();
    int count = nested.size() + tsf.size();
    if (count == 0) {
      throw new InputException(
          directory
              + ": expected data sets as Arrow or Parquet files with one row per series, or .tsf"
              + " files, there or below; found none");
    }
    Set<String> left = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      Options part = options.between((double) i / count, (i + 1.0) / count);
      boolean isNested = i < nested.size();
      Path file = isNested ? null : tsf.get(i - nested.size());
      String name =
          isNested
              ? nested.get(i).name()
              : directory.relativize(file).toString().replaceFirst("\\.tsf$", "");
      SeriesVisitor below = count == 1 || name.isEmpty() ? visitor : below(name, visitor);
      try {
        left.addAll(
            isNested
                ? nested.get(i).read(part.columns(), part.step(), part.progress(), below)
                : read(file, Format.TSF, part, below));
      } catch (InputException e) {
        if (count == 1) {
          throw e;
        }
        visitor.fault(name, "data set not read to its end: " + e.getMessage());
      }
    }
    return left;
  }

  /** Files that a directory's series are read from. */
  public static List<Path> dataFiles(Path directory) {
    return Stream.concat(
            NestedDataset.below(directory).stream().flatMap(one -> one.files().stream()),
            files(directory).stream().filter(file -> is(file, ".tsf")))
        .toList();
  }

  private static List<Path> files(Path directory) {
    try {
      return FileTree.files(directory);
    } catch (IOException e) {
      throw new InputException(directory + ": " + e.getMessage(), e);
    }
  }

  private static boolean is(Path file, String suffix) {
    return file.toString().endsWith(suffix);
  }

  private static SeriesVisitor below(String name, SeriesVisitor visitor) {
    return new SeriesVisitor() {
      @Override
      public void series(List<TimedSeries> variates) {
        visitor.series(variates.stream().map(variate -> variate.below(name)).toList());
      }

      @Override
      public void fault(String series, String reason) {
        visitor.fault(name + "/" + series, reason);
      }
    };
  }

  /** The format of a file, by its name and its header. */
  public static Format detect(Path file) {
    String name = file.toString();
    if (name.endsWith(".tsf")) {
      return Format.TSF;
    }
    if (name.endsWith(".parquet")) {
      return NestedDataset.isNested(file) ? Format.NESTED : Format.LONG;
    }
    if (NestedDataset.isArrow(file)) {
      return Format.NESTED;
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

  /**
   * All target series of a data set whose files are in a directory.
   *
   * @return columns of lists that were left out
   */
  public static Set<String> read(
      DatasetEntry entry, Path directory, Options options, SeriesVisitor visitor) {
    if (entry.files().isEmpty()) {
      return readDirectory(directory, options, visitor);
    }
    if (!options.columns().isEmpty()) {
      throw new InputException(
          "data set "
              + entry.name()
              + ": columns are chosen of nested tables only; its entry names its targets");
    }
    Step step = entry.step() == null ? options.step() : Step.parse(entry.step(), ZoneOffset.UTC);
    Set<String> left = new LinkedHashSet<>();
    for (DatasetEntry.DataFile file : entry.files()) {
      if (file.format().equals("labels")) {
        continue;
      }
      Path path = directory.resolve(file.path());
      switch (Format.of(file.format())) {
        case NAB -> visitor.series(List.of(NabFiles.rows(path, file.path())));
        case LONG ->
            TimedSeries.ofTable(
                    path,
                    entry.columns().timestamp(),
                    entry.columns().series() == null
                        ? List.of()
                        : List.of(entry.columns().series()),
                    entry.columns().target().get(0))
                .forEach(visitor::series);
        case WIDE ->
            read(path, Format.WIDE, step).stream()
                .filter(one -> entry.columns().target().contains(one.get(0).id()))
                .forEach(visitor::series);
        case RAGGED -> read(path, Format.RAGGED, step).forEach(visitor::series);
        case TSF -> read(path, Format.TSF, step).forEach(visitor::series);
        case NESTED ->
            left.addAll(
                NestedDataset.of(path).read(entry.columns().target(), step, part -> {}, visitor));
      }
    }
    return left;
  }
}
