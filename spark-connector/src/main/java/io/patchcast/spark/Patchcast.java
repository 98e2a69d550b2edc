package io.patchcast.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Forecasts tables of metrics.
 *
 * <pre>{@code
 * Dataset<Row> forecasts =
 *     Patchcast.forecast(
 *         spark.read().parquet("metrics"),
 *         ForecastTableOptions.builder()
 *             .id("host", "core")
 *             .time("ts")
 *             .value("cpu")
 *             .horizon("24h")
 *             .build());
 * }</pre>
 */
public final class Patchcast {
  private Patchcast() {}

  /**
   * The forecasts of all series of a table in long format, one row per series and timestamp.
   *
   * <p>Columns: the ids with their names and types, {@code variate} where there are several value
   * columns, {@code timestamp}, one column per quantile level ({@code q10}, {@code q50}), {@code
   * status}, {@code message}, {@code model}. One row per step; one row, with a status other than
   * {@code ok} and nulls, for a series that cannot be forecast: it never fails the others. A null
   * id is an id like any other.
   *
   * <p>Rows may lie in any order and any partition: they are grouped by their ids, and the result
   * is the same to the last bit. Of rows with the same ids and time the one with the greatest value
   * counts, as a table has no order. Of very long series the newest rows are used, twice the
   * context. Rows without a time are left out and counted in the message.
   *
   * <p>Nothing runs until the result is used. A model that a task cannot open fails the job.
   *
   * @param rows a table of a session that runs in this JVM; not a stream
   * @throws IllegalArgumentException if a column is missing or has a type that does not fit
   */
  public static Dataset<Row> forecast(Dataset<Row> rows, ForecastTableOptions options) {
    if (rows.isStreaming()) {
      throw new IllegalArgumentException("expected a table, found a stream");
    }
    ExecutorModels.closeAtEndOf(ClassicSessions.of(rows).sparkSession().sparkContext());
    PackedColumns columns = PackedColumns.of(rows, options);
    Dataset<Row> packed =
        InternalRows.mapPartitions(
            columns.uniform(rows, options),
            columns.packedSchema(),
            new SeriesPacking(options, columns));
    Column[] ids = columns.idColumns(packed);
    Dataset<Row> exchanged = ids.length == 0 ? packed.repartition(1) : packed.repartition(ids);
    List<Column> order = new ArrayList<>(Arrays.asList(ids));
    order.add(packed.col("first"));
    SeriesForecasting forecasting = new SeriesForecasting(options, columns);
    return InternalRows.mapPartitions(
        exchanged.sortWithinPartitions(order.toArray(new Column[0])),
        forecasting.schema(),
        forecasting);
  }
}
