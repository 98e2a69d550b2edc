package io.patchcast.spark;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A job that forecasts a table of metrics, for those who need no code of their own.
 *
 * <pre>{@code
 * spark-submit --class io.patchcast.spark.ForecastJob patchcast-spark.jar \
 *     metrics.parquet forecasts.parquet id=host time=ts value=cpu horizon=24h
 * }</pre>
 *
 * <p>Input and output are Parquet, or CSV with a header where the name ends in {@code .csv} or
 * {@code .csv.gz}. What is there at the output is replaced. The rest are options as {@link
 * ForecastTableOptions.Builder#options} takes them.
 */
public final class ForecastJob {
  private ForecastJob() {}

  /** Runs the job in the session that {@code spark-submit} describes. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 2) {
      throw new IllegalArgumentException(
          "expected INPUT OUTPUT [key=value …], got " + String.join(" ", arguments));
    }
    ForecastTableOptions options =
        ForecastTableOptions.builder().options(options(arguments)).build();
    try (SparkSession spark =
        SparkSession.builder().appName("Patchcast " + arguments[0]).getOrCreate()) {
      Dataset<Row> forecasts = Patchcast.forecast(read(spark, arguments[0]), options);
      String output = arguments[1];
      if (isCsv(output)) {
        forecasts.write().mode("overwrite").option("header", true).csv(output);
      } else {
        forecasts.write().mode("overwrite").parquet(output);
      }
    }
  }

  private static Dataset<Row> read(SparkSession spark, String input) {
    return isCsv(input)
        ? spark.read().option("header", true).option("inferSchema", true).csv(input)
        : spark.read().parquet(input);
  }

  private static boolean isCsv(String path) {
    return path.endsWith(".csv") || path.endsWith(".csv.gz");
  }

  private static Map<String, String> options(String[] arguments) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 2; i < arguments.length; i++) {
      int equals = arguments[i].indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("expected key=value, got '" + arguments[i] + "'");
      }
      options.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
    }
    return options;
  }
}
