package io.patchcast.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Tables of forecasts of a {@link Fleet}, made comparable. */
final class Forecasts {
  private Forecasts() {}

  /** The rows in the order of host, core and timestamp. */
  static List<Row> sorted(Dataset<Row> rows) {
    List<Row> list = new ArrayList<>(rows.collectAsList());
    list.sort(
        Comparator.comparing(
                (Row row) -> row.getString(0), Comparator.nullsFirst(String::compareTo))
            .thenComparing(row -> row.getInt(1))
            .thenComparing(
                row -> row.getTimestamp(2), Comparator.nullsFirst(Timestamp::compareTo)));
    return list;
  }

  /** Two jobs of one session, at the same time, have these rows each. */
  static void assertTwoJobsAtATime(Supplier<Dataset<Row>> forecast, List<Row> expected)
      throws InterruptedException, ExecutionException {
    // Threads of their own: Parquet's readers want those of the common pool.
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Callable<List<Row>> job = () -> sorted(forecast.get());
      for (Future<List<Row>> done : threads.invokeAll(List.of(job, job))) {
        assertThat(done.get()).isEqualTo(expected);
      }
    } finally {
      threads.shutdown();
    }
  }

  /** Every series of the fleet is there, each as the core forecasts it, to the last bit. */
  static void assertSameAsCore(List<Row> rows, Fleet fleet, int horizon) {
    Map<String, List<Row>> bySeries = new HashMap<>();
    for (Row row : rows) {
      bySeries
          .computeIfAbsent(row.getString(0) + "/" + row.getInt(1), any -> new ArrayList<>())
          .add(row);
    }
    assertThat(bySeries).hasSize(fleet.metrics().size());
    try (Forecaster core = Forecaster.open(ModelSource.builtIn())) {
      ForecastRequest request =
          ForecastRequest.of(
              fleet.metrics().stream().map(metric -> metric.series(null)).toList(),
              Horizon.steps(horizon));
      for (SeriesForecast forecast : core.forecast(request).series()) {
        assertSame(bySeries.get(forecast.id()), forecast);
      }
    }
  }

  private static void assertSame(List<Row> rows, SeriesForecast forecast) {
    double[] levels = ForecastOptions.defaults().quantileLevels();
    int steps = forecast.timestamps().length;
    assertThat(rows).as(forecast.id()).hasSize(Math.max(1, steps));
    for (int step = 0; step < rows.size(); step++) {
      Row row = rows.get(step);
      assertThat(row.getString(row.fieldIndex("status"))).isEqualTo(forecast.status().code());
      assertThat(row.getString(row.fieldIndex("message"))).isEqualTo(forecast.message());
      assertThat(row.getString(row.fieldIndex("model"))).isEqualTo("builtin");
      assertThat(row.isNullAt(2)).isEqualTo(steps == 0);
      if (steps > 0) {
        assertThat(row.getTimestamp(2).getTime()).isEqualTo(forecast.timestamps()[step]);
      }
      for (int i = 0; i < levels.length; i++) {
        assertThat(row.<Double>getAs(3 + i))
            .isEqualTo(
                steps == 0 ? null : (Double) forecast.variates().get(0).value(step, levels[i]));
      }
    }
  }
}
