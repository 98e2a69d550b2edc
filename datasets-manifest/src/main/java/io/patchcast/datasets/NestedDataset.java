package io.patchcast.datasets;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import io.patchcast.table.SeriesTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleConsumer;
import java.util.stream.Collectors;

/**
 * A data set of tables with one row per series ({@link NestedLayout}): the files of one directory,
 * read one after the other.
 *
 * <p>A directory that Hugging Face's {@code save_to_disk} wrote names its files in {@code
 * state.json}: {@code {"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}}. Without one,
 * all Arrow files of a directory are a data set, or all its Parquet files; files called {@code
 * train-00000-of-00002.parquet} are one data set per word before the numbers.
 *
 * @param name path of the directory below the one that was searched, empty for itself; with the
 *     word of the files where there are several
 * @param files in their order
 */
public record NestedDataset(String name, List<Path> files) {
  private static final String STATE = "state.json";
  private static final String SHARD = "-\\d+-of-\\d+\\.\\w+$";

  public NestedDataset {
    files = List.copyOf(files);
  }

  /** One file as a data set. */
  public static NestedDataset of(Path file) {
    return new NestedDataset("", List.of(file));
  }

  /** Whether a file is called as Arrow files are. */
  static boolean isArrow(Path file) {
    return file.toString().matches("(?s).*\\.(arrow|feather|ipc)");
  }

  /** Whether a file is a table with one row per series. */
  public static boolean isNested(Path file) {
    try (SeriesTable table = SeriesTable.open(file)) {
      return NestedLayout.fits(table);
    }
  }

  /** The data sets in a directory and below, by name; what is hidden is passed over. */
  public static List<NestedDataset> below(Path directory) {
    List<NestedDataset> found = new ArrayList<>();
    try {
      FileTree.files(directory).stream()
          .collect(Collectors.groupingBy(file -> directory.relativize(file).resolveSibling("")))
          .forEach((below, files) -> found.addAll(at(directory.resolve(below), below, files)));
    } catch (IOException e) {
      throw new InputException(directory + ": " + e.getMessage(), e);
    }
    found.sort(Comparator.comparing(NestedDataset::name));
    return found;
  }

  private static List<NestedDataset> at(Path directory, Path below, List<Path> files) {
    String name = below.toString().replace('\\', '/');
    if (files.contains(directory.resolve(STATE))) {
      return List.of(new NestedDataset(name, saved(directory)));
    }
    List<Path> arrow = files.stream().filter(NestedDataset::isArrow).toList();
    List<Path> tables =
        !arrow.isEmpty()
            ? arrow
            : files.stream()
                .filter(file -> file.toString().endsWith(".parquet") && mayBeNested(file))
                .toList();
    Map<String, List<Path>> splits = new TreeMap<>();
    for (Path table : tables) {
      splits
          .computeIfAbsent(
              table.getFileName().toString().replaceFirst(SHARD, ""), word -> new ArrayList<>())
          .add(table);
    }
    if (splits.size() <= 1 || tables.stream().noneMatch(NestedDataset::isShard)) {
      return tables.isEmpty() ? List.of() : List.of(new NestedDataset(name, tables));
    }
    List<NestedDataset> datasets = new ArrayList<>();
    splits.forEach(
        (word, shards) ->
            datasets.add(new NestedDataset(name.isEmpty() ? word : name + "/" + word, shards)));
    return datasets;
  }

  /** A damaged file may have been one; what it is says who reads it. */
  private static boolean mayBeNested(Path file) {
    try {
      return isNested(file);
    } catch (InputException e) {
      return true;
    }
  }

  private static boolean isShard(Path file) {
    String name = file.getFileName().toString();
    return !name.replaceFirst(SHARD, "").equals(name);
  }

  static boolean isWithin(Path directory, String name) {
    Path absolute = directory.toAbsolutePath().normalize();
    return absolute.resolve(name).normalize().startsWith(absolute);
  }

  private static List<Path> saved(Path directory) {
    Path state = directory.resolve(STATE);
    try {
      JsonObject object = JsonParser.parseString(Files.readString(state)).getAsJsonObject();
      JsonElement selection = object.get("_indices_data_files");
      if (selection != null && !selection.isJsonNull() && !selection.getAsJsonArray().isEmpty()) {
        throw new InputException(
            state
                + ": expected all rows of the files, found a selection (_indices_data_files); save"
                + " the data set again after flatten_indices()");
      }
      List<Path> files = new ArrayList<>();
      for (JsonElement file : object.getAsJsonArray("_data_files")) {
        String name = file.getAsJsonObject().get("filename").getAsString();
        Path path = directory.resolve(name);
        if (!isWithin(directory, name)) {
          throw new InputException(state + ": '" + name + "' leads out of the directory");
        }
        if (!Files.isRegularFile(path)) {
          throw new InputException(state + ": names the file '" + name + "', which is not there");
        }
        files.add(path);
      }
      return files;
    } catch (IOException e) {
      throw new InputException(state + ": " + e.getMessage(), e);
    } catch (JsonParseException
        | IllegalStateException
        | UnsupportedOperationException
        | NullPointerException
        | ClassCastException e) {
      throw new InputException(
          state + ": expected {\"_data_files\": [{\"filename\": …}]}: " + e.getMessage(), e);
    }
  }

  /**
   * Reads all series.
   *
   * @param wanted columns to read; none = the target
   * @param step of series that do not say it; may be null
   * @param progress gets the part of the files that has been read, from 0 to 1
   * @return columns of lists that were left out
   */
  public Set<String> read(
      List<String> wanted, Step step, DoubleConsumer progress, SeriesVisitor visitor) {
    return visit(
        wanted,
        step,
        progress,
        new NestedLayout.Visitor() {
          @Override
          public void series(NestedLayout.Series series) {
            List<TimedSeries> variates;
            try {
              variates = timed(series, visitor);
            } catch (DateTimeException | ArithmeticException e) {
              visitor.fault(
                  series.id(),
                  "expected a start whose instants milliseconds can tell: " + e.getMessage());
              return;
            }
            if (!variates.isEmpty()) {
              visitor.series(variates);
            }
          }

          @Override
          public void fault(String id, String reason) {
            visitor.fault(id, reason);
          }
        });
  }

  /** Its variates but those without values, which are told. */
  private static List<TimedSeries> timed(NestedLayout.Series series, SeriesVisitor visitor) {
    long[] timestamps =
        series.frequency() == null
            ? series.timestamps()
            : series.frequency().instants(series.startMillis(), series.longest());
    List<TimedSeries> variates = new ArrayList<>();
    for (int i = 0; i < series.values().size(); i++) {
      String variate = series.variates().get(i);
      double[] values = series.values().get(i);
      if (values.length == 0) {
        visitor.fault(series.id(), empty(variate));
        continue;
      }
      long[] own =
          values.length == timestamps.length
              ? timestamps
              : Arrays.copyOf(timestamps, values.length);
      variates.add(new TimedSeries(series.id(), variate, own, values).inOrder());
    }
    return variates;
  }

  private static String empty(String variate) {
    return "variate '" + variate + "': expected at least one value, found none";
  }

  /**
   * All series as GIFT-Eval has them for models of one variate: each variate alone, called {@code
   * id_dim0} … where there are several, on the grid that start and frequency give. The variates of
   * a row are a group.
   *
   * @throws InputException if any series cannot be used, or has timestamps instead
   */
  List<DatasetSeries> regular() {
    List<DatasetSeries> all = new ArrayList<>();
    visit(
        List.of(),
        null,
        part -> {},
        new NestedLayout.Visitor() {
          @Override
          public void series(NestedLayout.Series series) {
            Frequency frequency = series.frequency();
            if (frequency == null) {
              fault(series.id(), "expected the columns start and freq, found timestamps");
              return;
            }
            String group = series.values().size() == 1 ? "" : "row " + all.size();
            for (int i = 0; i < series.values().size(); i++) {
              String variate = series.variates().get(i);
              if (series.values().get(i).length == 0) {
                fault(series.id(), empty(variate));
              }
              all.add(
                  new DatasetSeries(
                      variate.isEmpty() ? series.id() : series.id() + "_dim" + i,
                      Map.of("freq", frequency.toString()),
                      series.startMillis(),
                      frequency.step(),
                      series.values().get(i),
                      group));
            }
          }

          @Override
          public void fault(String id, String reason) {
            throw new InputException(where() + ": series '" + id + "': " + reason);
          }
        });
    if (all.isEmpty()) {
      throw new InputException(where() + ": expected at least one series, found none");
    }
    return all;
  }

  private String where() {
    return files.isEmpty()
        ? "data set " + name
        : files.get(0).toAbsolutePath().getParent().toString();
  }

  private Set<String> visit(
      List<String> wanted, Step step, DoubleConsumer progress, NestedLayout.Visitor visitor) {
    Set<String> left = new LinkedHashSet<>();
    for (int i = 0; i < files.size(); i++) {
      double before = i;
      left.addAll(
          NestedLayout.read(
              files.get(i),
              wanted,
              step,
              part -> progress.accept((before + part) / files.size()),
              visitor));
    }
    return left;
  }
}
