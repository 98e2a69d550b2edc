package io.patchcast.spark;

import com.sun.management.OperatingSystemMXBean;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;

/**
 * How much of the core's throughput is left in Spark: Parquet to Parquet on {@code local[2]}
 * against batches of series in memory on two threads, one after the other, in one JVM.
 *
 * <p>Prints one JSON line. Arguments: number of series (20,000), repetitions (3), a folder.
 */
final class ThroughputBenchmark {
  private static final int CONTEXT = 512;
  private static final int HORIZON = 96;
  private static final int THREADS = 2;
  private static final int SERIES_PER_BATCH = 64;
  private static final Step MINUTE = Step.of(Duration.ofMinutes(1));
  private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");

  private final int count;
  private final Path folder;

  private ThroughputBenchmark(int count, Path folder) {
    this.count = count;
    this.folder = folder;
  }

  /** Runs the benchmark. */
  public static void main(String[] arguments) throws IOException {
    int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
    int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    Path folder =
        arguments.length > 2
            ? Path.of(arguments[2])
            : Files.createTempDirectory("patchcast-benchmark");
    new ThroughputBenchmark(count, folder).run(repetitions);
  }

  private void run(int repetitions) throws IOException {
    try (SparkSession spark =
            LocalSpark.builder(folder).config("spark.sql.shuffle.partitions", 200).getOrCreate();
        Forecaster forecaster = Forecaster.open(ModelSource.builtIn())) {
      Path in = folder.resolve("in-" + count);
      if (!Files.exists(in)) {
        write(spark, in);
      }
      List<TimeSeries> series = series();
      inMemory(forecaster, series.subList(0, Math.min(count, 2_000)));
      throughSpark(spark, in, 0.1);
      double[] core = new double[repetitions];
      double[] connector = new double[repetitions];
      double[] shares = new double[repetitions];
      double[] cpuShares = new double[repetitions];
      for (int i = 0; i < repetitions; i++) {
        Cost ofCore = inMemory(forecaster, series);
        Cost ofSpark = throughSpark(spark, in, 1);
        core[i] = count / ofCore.seconds();
        connector[i] = count / ofSpark.seconds();
        shares[i] = ofCore.seconds() / ofSpark.seconds();
        cpuShares[i] = ofCore.cpuSeconds() / ofSpark.cpuSeconds();
        System.err.printf(
            Locale.ROOT,
            "core %.0f series/s (%.1f s of CPU), Spark %.0f series/s (%.1f s of CPU), share %.3f%n",
            core[i],
            ofCore.cpuSeconds(),
            connector[i],
            ofSpark.cpuSeconds(),
            shares[i]);
      }
      System.out.printf(
          Locale.ROOT,
          "{\"figure\":\"spark_throughput_share\",\"value\":%.3f,\"cpu_share\":%.3f,"
              + "\"core_series_per_second\":%.0f,\"spark_series_per_second\":%.0f,"
              + "\"series\":%d,\"context\":%d,\"horizon\":%d,\"threads\":%d,\"repetitions\":%d}%n",
          median(shares),
          median(cpuShares),
          median(core),
          median(connector),
          count,
          CONTEXT,
          HORIZON,
          THREADS,
          repetitions);
    }
  }

  /**
   * What something took.
   *
   * @param seconds on the clock
   * @param cpuSeconds of all threads of this process, which others on the machine hardly change
   */
  private record Cost(double seconds, double cpuSeconds) {
    static Cost of(Runnable work) {
      OperatingSystemMXBean system =
          ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
      long start = System.nanoTime();
      long cpuStart = system.getProcessCpuTime();
      work.run();
      return new Cost(
          (System.nanoTime() - start) / 1e9, (system.getProcessCpuTime() - cpuStart) / 1e9);
    }
  }

  private static double[] values(int index) {
    Random random = new Random(index);
    double level = 100 * random.nextDouble();
    double[] values = new double[CONTEXT];
    for (int i = 0; i < values.length; i++) {
      values[i] = level + 10 * Math.sin(i / 10.0) + random.nextGaussian();
    }
    return values;
  }

  private List<TimeSeries> series() {
    List<TimeSeries> series = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      series.add(TimeSeries.of("host-" + i, START, MINUTE, values(i)));
    }
    return series;
  }

  /** The same series as a table in long format. */
  private void write(SparkSession spark, Path in) {
    UDF1<Long, double[]> udf = index -> values(index.intValue());
    spark.udf().register("series_values", udf, arrayType());
    spark
        .range(0, count, 1, 2)
        .selectExpr("concat('host-', id) AS host", "posexplode(series_values(id)) AS (i, value)")
        .selectExpr(
            "host", "timestamp_millis(" + START.toEpochMilli() + " + 60000L * i) AS time", "value")
        .write()
        .parquet(in.toString());
  }

  private static org.apache.spark.sql.types.DataType arrayType() {
    return org.apache.spark.sql.types.DataTypes.createArrayType(
        org.apache.spark.sql.types.DataTypes.DoubleType);
  }

  /** Series in memory, in batches. */
  private static Cost inMemory(Forecaster forecaster, List<TimeSeries> series) {
    ForecastOptions options = ForecastOptions.defaults().withMaxThreads(THREADS);
    int batchSize = THREADS * SERIES_PER_BATCH;
    return Cost.of(
        () -> {
          for (int from = 0; from < series.size(); from += batchSize) {
            List<TimeSeries> batch =
                series.subList(from, Math.min(series.size(), from + batchSize));
            for (SeriesForecast forecast :
                forecaster
                    .forecast(new ForecastRequest(batch, Horizon.steps(HORIZON), options))
                    .series()) {
              if (forecast.status() != SeriesStatus.OK) {
                throw new IllegalStateException(forecast.id() + ": " + forecast.message());
              }
            }
          }
        });
  }

  /** From Parquet to Parquet. */
  private Cost throughSpark(SparkSession spark, Path in, double share) {
    Dataset<Row> all = spark.read().parquet(in.toString());
    Dataset<Row> table =
        share < 1 ? all.where("abs(hash(host)) % 100 < " + (int) (100 * share)) : all;
    ForecastTableOptions options =
        ForecastTableOptions.builder()
            .id("host")
            .time("time")
            .value("value")
            .horizon(Horizon.steps(HORIZON))
            .build();
    return Cost.of(
        () ->
            Patchcast.forecast(table, options)
                .write()
                .mode("overwrite")
                .parquet(folder.resolve("out").toString()));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
