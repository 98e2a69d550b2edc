package io.patchcast.datasets;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import io.patchcast.table.SeriesTable;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;

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
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path at, BasicFileAttributes attributes)
                throws IOException {
              if (!at.equals(directory) && at.getFileName().toString().startsWith(".")) {
                return FileVisitResult.SKIP_SUBTREE;
              }
              found.addAll(at(directory, at));
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new InputException(directory + ": " + e.getMessage(), e);
    }
    found.sort(java.util.Comparator.comparing(NestedDataset::name));
    return found;
  }

  private static List<NestedDataset> at(Path root, Path directory) throws IOException {
    String name = root.relativize(directory).toString().replace('\\', '/');
    if (Files.isRegularFile(directory.resolve(STATE))) {
      return List.of(new NestedDataset(name, saved(directory)));
    }
    List<Path> files;
    try (Stream<Path> listed = Files.list(directory)) {
      files =
          listed
              .filter(file -> !file.getFileName().toString().startsWith("."))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
    }
    List<Path> arrow = files.stream().filter(NestedDataset::isArrow).toList();
    List<Path> tables =
        !arrow.isEmpty()
            ? arrow
            : files.stream()
                .filter(file -> file.toString().endsWith(".parquet") && isNested(file))
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

  private static boolean isShard(Path file) {
    String name = file.getFileName().toString();
    return !name.replaceFirst(SHARD, "").equals(name);
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
        Path path = directory.resolve(name).normalize();
        if (!path.startsWith(directory.normalize())) {
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
            for (int i = 0; i < series.values().size(); i++) {
              variate(series, i, visitor);
            }
          }

          @Override
          public void fault(String id, String reason) {
            visitor.fault(id, reason);
          }
        });
  }

  private static void variate(NestedLayout.Series series, int index, SeriesVisitor visitor) {
    String variate = series.variates().get(index);
    double[] values = series.values().get(index);
    if (values.length == 0) {
      visitor.fault(
          series.id(), "variate '" + variate + "': expected at least one value, found none");
      return;
    }
    if (series.frequency() != null) {
      visitor.series(
          new TimedSeries(
              series.id(),
              variate,
              series.frequency().instants(series.startMillis(), values.length),
              values));
      return;
    }
    visitor.series(
        new TimedSeries(
                series.id(), variate, Arrays.copyOf(series.timestamps(), values.length), values)
            .inOrder());
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
    return files.isEmpty() ? "data set " + name : files.get(0).getParent().toString();
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
