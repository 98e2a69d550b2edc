package io.patchcast.spark;

import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Metrics of machines, as they are recorded: ragged, and one series in a hundred hostile.
 *
 * @param metrics in the order of their ids
 */
record Fleet(List<Metric> metrics) {
  static final Step MINUTE = Step.of(Duration.ofMinutes(1));

  private static final long START = 1_764_000_000_000L;
  private static final int HOSTILE_EVERY = 100;

  /**
   * One series.
   *
   * @param host may be null
   * @param values NaN = null in the table
   */
  record Metric(String host, int core, long[] times, double[] values) {
    /** What the core is given: the same rows in order, of equal times the greatest value last. */
    TimeSeries series(Step step) {
      Integer[] order = new Integer[times.length];
      Arrays.setAll(order, i -> i);
      Arrays.sort(
          order,
          (a, b) ->
              times[a] != times[b]
                  ? Long.compare(times[a], times[b])
                  : Double.compare(values[a], values[b]));
      return TimeSeries.builder(host + "/" + core)
          .timestamps(Arrays.stream(order).mapToLong(i -> times[i]).toArray())
          .step(step)
          .target("cpu", Arrays.stream(order).mapToDouble(i -> values[i]).toArray())
          .build();
    }
  }

  /** A fleet of so many series. */
  static Fleet of(int count, long seed) {
    Random random = new Random(seed);
    List<Metric> metrics = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Metric metric = regular("host-" + i / 4, i % 4, 20 + random.nextInt(80), random);
      metrics.add(i % HOSTILE_EVERY == 7 ? hostile(i / HOSTILE_EVERY, metric, random) : metric);
    }
    return new Fleet(List.copyOf(metrics));
  }

  private static Metric regular(String host, int core, int length, Random random) {
    long[] times = new long[length];
    double[] values = new double[length];
    double level = 10 + 90 * random.nextDouble();
    for (int i = 0; i < length; i++) {
      times[i] = START + 60_000L * i;
      values[i] = level + 5 * Math.sin(i / 6.0) + random.nextGaussian();
      if (random.nextInt(40) == 0) {
        values[i] = Double.NaN;
      }
    }
    return new Metric(host, core, times, values);
  }

  private static Metric hostile(int kind, Metric from, Random random) {
    long[] times = from.times().clone();
    double[] values = from.values().clone();
    switch (kind % 9) {
      case 0 -> Arrays.fill(values, Double.NaN);
      case 1 -> {
        return new Metric(from.host(), from.core(), new long[] {START}, new double[] {1});
      }
      case 2 -> {
        // Every second row has the time of the one before it, and a greater value.
        for (int i = 1; i < times.length; i += 2) {
          times[i] = times[i - 1];
          values[i] = Math.abs(values[i - 1]) + 1;
        }
      }
      case 3 -> {
        for (int i = times.length - 1; i > 0; i--) {
          int other = random.nextInt(i + 1);
          long time = times[i];
          times[i] = times[other];
          times[other] = time;
        }
      }
      case 4 -> {
        values[1] = Double.POSITIVE_INFINITY;
        values[times.length - 1] = Double.NEGATIVE_INFINITY;
      }
      case 5 -> {
        return new Metric(null, from.core() + 10 * kind, times, values);
      }
      case 6 -> Arrays.fill(values, 42);
      case 7 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = 1e300 * (i % 2 == 0 ? 1 : -1);
        }
      }
      default -> {
        // Gaps of all lengths.
        for (int i = 1; i < times.length; i++) {
          times[i] = times[i - 1] + 60_000L * (1 + random.nextInt(5));
        }
      }
    }
    return new Metric(from.host(), from.core(), times, values);
  }

  /** The table, its rows in the order of the series, those of a series as they are. */
  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Metric metric : metrics) {
      for (int i = 0; i < metric.times().length; i++) {
        double value = metric.values()[i];
        rows.add(
            RowFactory.create(
                metric.host(),
                metric.core(),
                new java.sql.Timestamp(metric.times()[i]),
                Double.isNaN(value) ? null : value));
      }
    }
    return rows;
  }

  /** The table, its rows in an order that means nothing. */
  List<Row> shuffledRows(long seed) {
    List<Row> rows = rows();
    Collections.shuffle(rows, new Random(seed));
    return rows;
  }

  static Dataset<Row> table(SparkSession spark, List<Row> rows) {
    return spark.createDataFrame(
        rows,
        new StructType()
            .add("host", DataTypes.StringType)
            .add("core", DataTypes.IntegerType)
            .add("ts", DataTypes.TimestampType)
            .add("cpu", DataTypes.DoubleType));
  }
}
