package io.patchcast.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.Horizon;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
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
    forecasts = Forecasts.sorted(Patchcast.forecast(table(), OPTIONS));
  }

  @AfterAll
  void close() {
    spark.stop();
  }

  private Dataset<Row> table() {
    return spark.read().parquet(folder.resolve("in").toString());
  }

  @Test
  void losesNothingAndEqualsTheCoreToTheLastBit() {
    Forecasts.assertSameAsCore(forecasts, fleet, HORIZON);
    Map<String, Long> statuses = new TreeMap<>();
    Patchcast.forecast(table(), OPTIONS)
        .select("host", "core", "status")
        .distinct()
        .groupBy("status")
        .count()
        .collectAsList()
        .forEach(row -> statuses.put(row.getString(0), row.getLong(1)));
    // Of 50 hostile series 6 have no value and 6 one point; the others can be forecast.
    assertThat(statuses)
        .isEqualTo(Map.of("ok", 4_983L, "all_missing", 6L, "too_short", 6L, "invalid", 5L));
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
      assertThat(Forecasts.sorted(Patchcast.forecast(other, OPTIONS))).isEqualTo(forecasts);
    }
    Dataset<Row> byTime = table().repartitionByRange(5, org.apache.spark.sql.functions.col("ts"));
    assertThat(Forecasts.sorted(Patchcast.forecast(byTime, OPTIONS))).isEqualTo(forecasts);
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
  void retriesATaskThatIsKilledWithTheSameResult() {
    AtomicLong killedTask = new AtomicLong(-1);
    CompletableFuture<String> end = new CompletableFuture<>();
    SparkListener killer =
        new SparkListener() {
          @Override
          public void onTaskStart(SparkListenerTaskStart start) {
            // A task of the second stage: it forecasts, and asks between batches.
            if (start.stageId() > firstStage
                && killedTask.compareAndSet(-1, start.taskInfo().taskId())) {
              spark.sparkContext().killTaskAttempt(killedTask.get(), false, "test");
            }
          }

          private int firstStage = Integer.MAX_VALUE;

          @Override
          public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
            firstStage = Math.min(firstStage, submitted.stageInfo().stageId());
          }

          @Override
          public void onTaskEnd(SparkListenerTaskEnd ended) {
            if (ended.taskInfo().taskId() == killedTask.get()) {
              end.complete(ended.reason().toString());
            }
          }
        };
    spark.sparkContext().addSparkListener(killer);
    try {
      assertThat(Forecasts.sorted(Patchcast.forecast(table(), OPTIONS))).isEqualTo(forecasts);
    } finally {
      spark.sparkContext().removeSparkListener(killer);
    }
    assertThat(end.orTimeout(10, TimeUnit.SECONDS).join()).startsWith("TaskKilled(test");
  }

  @Test
  void runsTwoJobsAtATime() throws Exception {
    Forecasts.assertTwoJobsAtATime(() -> Patchcast.forecast(table(), OPTIONS), forecasts);
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
