package io.patchcast.datasets;

import io.patchcast.table.Columns;
import io.patchcast.table.Rows;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One variate with a timestamp for each value, regular or not.
 *
 * @param id names the series; unique within the data set, together with the variate
 * @param variate which of the series' variates this is; empty where it has one only
 * @param timestamps milliseconds since the epoch, ascending
 * @param values one per timestamp, NaN = missing
 */
public record TimedSeries(String id, String variate, long[] timestamps, double[] values) {

  /** A series of one variate. */
  public TimedSeries(String id, long[] timestamps, double[] values) {
    this(id, "", timestamps, values);
  }

  /** The series under the name of its data set: {@code prefix/id}. */
  TimedSeries below(String prefix) {
    return new TimedSeries(prefix + "/" + id, variate, timestamps, values);
  }

  /** The series with ascending timestamps; itself if they are. */
  TimedSeries inOrder() {
    boolean ascending = true;
    for (int t = 1; t < timestamps.length; t++) {
      ascending &= timestamps[t - 1] <= timestamps[t];
    }
    if (ascending) {
      return this;
    }
    Integer[] order = new Integer[timestamps.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Long.compare(timestamps[a], timestamps[b]));
    long[] sortedTimes = new long[order.length];
    double[] sortedValues = new double[order.length];
    for (int i = 0; i < order.length; i++) {
      sortedTimes[i] = timestamps[order[i]];
      sortedValues[i] = values[order[i]];
    }
    return new TimedSeries(id, variate, sortedTimes, sortedValues);
  }

  /** A regular series with its clock spelled out. */
  public static TimedSeries of(DatasetSeries series) {
    long[] timestamps = new long[series.values().length];
    for (int t = 0; t < timestamps.length; t++) {
      timestamps[t] = series.instantOf(t);
    }
    return new TimedSeries(series.id(), timestamps, series.values());
  }

  /**
   * The series of a long table, CSV or Parquet, each with its variates; rows may come in any order.
   *
   * @param ids columns that name the series and, second, the variate; none = all rows are one
   */
  static List<List<TimedSeries>> ofTable(Path file, String time, List<String> ids, String value) {
    Map<String, Map<String, Growing>> growing = new LinkedHashMap<>();
    Columns columns = new Columns(time, ids, List.of(value), List.of(), ZoneOffset.UTC);
    Rows.read(
        file.toString(),
        InputStream.nullInputStream(),
        columns,
        part -> {},
        (names, millis, values) ->
            growing
                .computeIfAbsent(
                    names.length == 0 ? value : names[0], name -> new LinkedHashMap<>())
                .computeIfAbsent(names.length < 2 ? "" : names[1], name -> new Growing())
                .add(millis, values[0]));
    List<List<TimedSeries>> all = new ArrayList<>();
    growing.forEach(
        (name, variates) -> {
          List<TimedSeries> series = new ArrayList<>();
          variates.forEach((variate, rows) -> series.add(rows.asTheyCame(name, variate).inOrder()));
          all.add(series);
        });
    return all;
  }

  /** Rows of a series as they come. */
  static final class Growing {
    private static final int FIRST_CAPACITY = 64;

    private long[] timestamps = new long[FIRST_CAPACITY];
    private double[] values = new double[FIRST_CAPACITY];
    private int count;

    void add(long timestamp, double value) {
      if (count == timestamps.length) {
        timestamps = Arrays.copyOf(timestamps, 2 * count);
        values = Arrays.copyOf(values, 2 * count);
      }
      timestamps[count] = timestamp;
      values[count++] = value;
    }

    int count() {
      return count;
    }

    TimedSeries asTheyCame(String id, String variate) {
      return new TimedSeries(
          id, variate, Arrays.copyOf(timestamps, count), Arrays.copyOf(values, count));
    }
  }
}
