package io.patchcast.spark;

import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ForecastOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Forecasts a table with the columns {@code id}, {@code timestamp} and {@code value} (CSV or
 * Parquet; regular series) through SQL and through the Dataset API, for comparison with other
 * fronts.
 *
 * <p>Arguments: input, horizon in steps, CSV for SQL, CSV for the Dataset API. The columns written
 * are {@code id,timestamp,q10 … q90}: ISO 8601 and doubles in full.
 */
final class BothWays {
  private BothWays() {}

  /** Runs both. */
  public static void main(String[] arguments) throws IOException {
    String input = arguments[0];
    int horizon = Integer.parseInt(arguments[1]);
    try (SparkSession spark = LocalSpark.open(Files.createTempDirectory("patchcast-spark"))) {
      Dataset<Row> table =
          input.endsWith(".csv")
              ? spark
                  .read()
                  .option("header", true)
                  .schema("id string, timestamp timestamp, value double")
                  .csv(input)
              : spark.read().parquet(input);
      write(Path.of(arguments[2]), throughSql(spark, table, horizon));
      write(Path.of(arguments[3]), throughDataset(table, horizon));
    }
  }

  private static Dataset<Row> throughSql(SparkSession spark, Dataset<Row> table, int horizon) {
    PatchcastFunctions.register(spark);
    table.createOrReplaceTempView("metrics");
    return spark.sql(
        "WITH series AS (SELECT id, transform(array_sort(collect_list(struct(timestamp, value))),"
            + " point -> point.value) AS v, max(unix_millis(timestamp)) AS last,"
            + " (max(unix_millis(timestamp)) - min(unix_millis(timestamp))) DIV (count(*) - 1)"
            + " AS step FROM metrics GROUP BY id)"
            + " SELECT id, timestamp_millis(last + (i + 1) * step) AS timestamp, q.* FROM"
            + " (SELECT id, last, step, posexplode(forecast(v, "
            + horizon
            + ")) AS (i, q) FROM series) ORDER BY id, timestamp");
  }

  private static Dataset<Row> throughDataset(Dataset<Row> table, int horizon) {
    return Patchcast.forecast(
            table,
            ForecastTableOptions.builder()
                .id("id")
                .time("timestamp")
                .value("value")
                .horizon("" + horizon)
                .build())
        .drop("status", "message", "model")
        .orderBy("id", "timestamp");
  }

  private static void write(Path file, Dataset<Row> forecasts) throws IOException {
    List<String> names = new ArrayList<>(List.of("id", "timestamp"));
    for (double level : ForecastOptions.defaults().quantileLevels()) {
      names.add(ForecastColumns.quantileName(level));
    }
    List<String> lines = new ArrayList<>(List.of(String.join(",", names)));
    for (Row row : forecasts.collectAsList()) {
      List<String> cells = new ArrayList<>();
      cells.add(row.getString(0));
      Timestamp timestamp = row.getTimestamp(1);
      cells.add(timestamp == null ? "" : timestamp.toInstant().toString());
      for (int i = 2; i < names.size(); i++) {
        cells.add(row.isNullAt(i) ? "" : Double.toString(row.getDouble(i)));
      }
      lines.add(String.join(",", cells));
    }
    Files.write(file, lines);
  }
}
