package io.patchcast.datasets;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import io.patchcast.table.Numbers;
import io.patchcast.table.Timestamps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads the files of the Numenta Anomaly Benchmark: {@code <category>/<name>.csv} with the columns
 * {@code timestamp,value}, and {@code combined_windows.json}, which maps each file to its labelled
 * windows, {@code [[first, last], …]}.
 *
 * <p>NAB is AGPL-3.0: read it for evaluation, ship nothing of it.
 */
public final class NabFiles {
  private static final String LABELS = "combined_windows.json";

  private NabFiles() {}

  /**
   * A file with its labels.
   *
   * @param name as the labels call it, {@code realTweets/Twitter_volume_AAPL.csv}
   * @param timestamps of the rows, milliseconds since the epoch
   * @param series the rows in their order; their timestamps may be irregular
   * @param windows labelled anomalies, first and last millisecond
   */
  public record Labelled(
      String name, long[] timestamps, DatasetSeries series, List<long[]> windows) {}

  /** Reads every labelled file that is there, in the order of their names. */
  public static List<Labelled> read(Path directory) {
    Path labels = directory.resolve(LABELS);
    List<Labelled> files = new ArrayList<>();
    try {
      JsonObject all = JsonParser.parseString(Files.readString(labels)).getAsJsonObject();
      for (Map.Entry<String, JsonElement> entry : all.entrySet()) {
        Path file = directory.resolve(entry.getKey()).normalize();
        if (!file.startsWith(directory.normalize())) {
          throw new InputException(
              labels + ": '" + entry.getKey() + "' leads out of the directory");
        }
        if (Files.isRegularFile(file)) {
          files.add(read(file, entry.getKey(), windows(entry.getValue().getAsJsonArray())));
        }
      }
    } catch (IOException e) {
      throw new InputException(
          directory + ": expected NAB's files with " + LABELS + ": " + e.getMessage(), e);
    } catch (JsonParseException
        | IllegalStateException
        | UnsupportedOperationException
        | DateTimeException e) {
      throw new InputException(
          labels + ": expected an object of file names and windows: " + e.getMessage(), e);
    }
    if (files.isEmpty()) {
      throw new InputException(
          directory + ": none of the files that " + LABELS + " names is there");
    }
    files.sort(java.util.Comparator.comparing(Labelled::name));
    return files;
  }

  private static List<long[]> windows(JsonArray windows) {
    Timestamps timestamps = new Timestamps(ZoneOffset.UTC);
    List<long[]> bounds = new ArrayList<>();
    for (JsonElement window : windows) {
      JsonArray pair = window.getAsJsonArray();
      bounds.add(
          new long[] {
            timestamps.parse(pair.get(0).getAsString()), timestamps.parse(pair.get(1).getAsString())
          });
    }
    return bounds;
  }

  private static Labelled read(Path file, String name, List<long[]> windows) {
    TimedSeries rows = rows(file, name);
    // Irregular here and there: the distance that most rows have.
    long[] gaps = new long[rows.timestamps().length - 1];
    for (int i = 0; i < gaps.length; i++) {
      gaps[i] = rows.timestamps()[i + 1] - rows.timestamps()[i];
    }
    Arrays.sort(gaps);
    Step step = Step.of(Duration.ofMillis(Math.max(1, gaps[gaps.length / 2])));
    return new Labelled(
        name,
        rows.timestamps(),
        new DatasetSeries(name, Map.of(), rows.timestamps()[0], step, rows.values()),
        windows);
  }

  /** The rows of one file, in their order. */
  static TimedSeries rows(Path file, String name) {
    TimedSeries.Growing rows = new TimedSeries.Growing();
    try (CsvTable table = CsvTable.open(file)) {
      Timestamps timestamps = new Timestamps(ZoneOffset.UTC);
      while (table.next()) {
        try {
          rows.add(timestamps.parse(table.field("timestamp")), Numbers.parse(table.field("value")));
        } catch (DateTimeException | NumberFormatException e) {
          throw table.fault("expected a timestamp and a number: " + e.getMessage());
        }
      }
    }
    if (rows.count() < 2) {
      throw new InputException(file + ": expected at least two rows, found " + rows.count());
    }
    return rows.asTheyCame(name, "");
  }
}
