package io.patchcast.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Tables of metrics on a real session, held against the core. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PatchcastTest {
  private static final int HORIZON = 24;
  private static final ForecastTableOptions OPTIONS =
      ForecastTableOptions.builder()
          .id("host", "core")
          .time("ts")
          .value("cpu")
          .horizon(Horizon.steps(HORIZON))
          .build();

  @TempDir static Path folder;

  private final Fleet fleet = Fleet.of(5_000, 7);
  private SparkSession spark;
  private List<Row> forecasts;

  @BeforeAll
  void forecast() {
    spark = LocalSpark.open(folder);
    Fleet.table(spark, fleet.shuffledRows(1)).write().parquet(folder.resolve("in").toString());
    forecasts = sorted(Patchcast.forecast(table(), OPTIONS));
  }

  @AfterAll
  void close() {
    spark.stop();
  }

  private Dataset<Row> table() {
    return spark.read().parquet(folder.resolve("in").toString());
  }

  private static List<Row> sorted(Dataset<Row> rows) {
    List<Row> list = new ArrayList<>(rows.collectAsList());
    list.sort(
        Comparator.comparing(
                (Row row) -> row.getString(0), Comparator.nullsFirst(String::compareTo))
            .thenComparing(row -> row.getInt(1))
            .thenComparing(
                row -> row.getTimestamp(2), Comparator.nullsFirst(Timestamp::compareTo)));
    return list;
  }

  @Test
  void losesNothingAndEqualsTheCoreToTheLastBit() {
    Map<String, List<Row>> bySeries = new HashMap<>();
    for (Row row : forecasts) {
      bySeries
          .computeIfAbsent(row.getString(0) + "/" + row.getInt(1), any -> new ArrayList<>())
          .add(row);
    }
    assertThat(bySeries).hasSize(fleet.metrics().size());
    Map<String, Integer> statuses = new HashMap<>();
    try (Forecaster core = Forecaster.open(ModelSource.builtIn())) {
      List<SeriesForecast> expected =
          core.forecast(
                  ForecastRequest.of(
                      fleet.metrics().stream().map(metric -> metric.series(null)).toList(),
                      Horizon.steps(HORIZON)))
              .series();
      for (SeriesForecast forecast : expected) {
        assertSame(bySeries.get(forecast.id()), forecast);
        statuses.merge(forecast.status().code(), 1, Integer::sum);
      }
    }
    assertThat(statuses).containsOnlyKeys("ok", "too_short", "all_missing", "invalid");
    assertThat(statuses.get("ok")).isEqualTo(fleet.metrics().size() - 17);
  }

  static void assertSame(List<Row> rows, SeriesForecast forecast) {
    double[] levels = ForecastOptions.defaults().quantileLevels();
    int steps = forecast.timestamps().length;
    assertThat(rows).as(forecast.id()).hasSize(Math.max(1, steps));
    for (int step = 0; step < rows.size(); step++) {
      Row row = rows.get(step);
      assertThat(row.getString(row.fieldIndex("status"))).isEqualTo(forecast.status().code());
      assertThat(row.getString(row.fieldIndex("message"))).isEqualTo(forecast.message());
      assertThat(row.getString(row.fieldIndex("model"))).isEqualTo("builtin");
      if (steps == 0) {
        assertThat(row.isNullAt(2)).isTrue();
        assertThat(row.isNullAt(3)).isTrue();
        continue;
      }
      assertThat(row.getTimestamp(2).getTime()).isEqualTo(forecast.timestamps()[step]);
      for (int i = 0; i < levels.length; i++) {
        assertThat(row.getDouble(3 + i))
            .isEqualTo(forecast.variates().get(0).value(step, levels[i]));
      }
    }
  }

  @Test
  void hasTheColumnsOfTheCommandLine() {
    assertThat(Patchcast.forecast(table(), OPTIONS).schema().simpleString())
        .isEqualTo(
            "struct<host:string,core:int,timestamp:timestamp,q10:double,q20:double,q30:double,"
                + "q40:double,q50:double,q60:double,q70:double,q80:double,q90:double,"
                + "status:string,message:string,model:string>");
  }

  @Test
  void doesNotMindPartitionsAndOrder() {
    for (int partitions : new int[] {1, 3, 11}) {
      Dataset<Row> other =
          Fleet.table(spark, fleet.shuffledRows(partitions)).repartition(partitions);
      assertThat(sorted(Patchcast.forecast(other, OPTIONS))).isEqualTo(forecasts);
    }
    Dataset<Row> byTime = table().repartitionByRange(5, org.apache.spark.sql.functions.col("ts"));
    assertThat(sorted(Patchcast.forecast(byTime, OPTIONS))).isEqualTo(forecasts);
  }

  @Test
  void explainsOneExchangeAndOneSort() {
    String plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) Patchcast.forecast(table(), OPTIONS))
            .queryExecution()
            .executedPlan()
            .toString();
    assertThat(plan.lines().filter(line -> line.contains("Exchange "))).as(plan).hasSize(1);
    assertThat(plan.lines().filter(line -> line.contains("Sort "))).as(plan).hasSize(1);
    assertThat(plan.lines().filter(line -> line.contains("MapPartitions "))).as(plan).hasSize(2);
    assertThat(plan).doesNotContain("Join", "Cartesian", "Aggregate", "Window");
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(
            () ->
                Patchcast.forecast(
                    table(),
                    ForecastTableOptions.builder().value("mem").horizon("3").time("ts").build()))
        .hasMessage("no one column 'mem' (value); the columns are: host, core, ts, cpu");
  }
}
