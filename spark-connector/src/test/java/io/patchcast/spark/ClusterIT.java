package io.patchcast.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.Horizon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A real cluster whose executors have nothing but Spark and the jar that the build has made. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterIT {
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
  private StandaloneCluster cluster;
  private SparkSession spark;
  private List<Row> forecasts;

  @BeforeAll
  void forecast() throws IOException {
    cluster = new StandaloneCluster(folder);
    spark =
        LocalSpark.builder(folder)
            .master(cluster.master())
            .config("spark.executor.memory", "700m")
            .config("spark.jars", Packaged.jar().toString())
            .getOrCreate();
    Fleet.table(spark, fleet.rows()).coalesce(1).write().parquet(in().toString());
    forecasts = Forecasts.sorted(Patchcast.forecast(table(), OPTIONS));
  }

  @AfterAll
  void close() throws IOException {
    spark.stop();
    cluster.close();
  }

  private static Path in() {
    return folder.resolve("in");
  }

  private Dataset<Row> table() {
    return spark.read().parquet(in().toString());
  }

  @Test
  void equalsTheCoreToTheLastBit() {
    Forecasts.assertSameAsCore(forecasts, fleet, HORIZON);
  }

  @Test
  void equalsTheCommandLineOnTheSameFile() throws Exception {
    Path out = folder.resolve("cli.parquet");
    Path file;
    try (Stream<Path> files = Files.list(in())) {
      file = files.filter(any -> any.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    List<String> command =
        List.of(
            Packaged.java(),
            "-Xmx1g",
            "--add-modules=jdk.incubator.vector",
            "-jar",
            Packaged.root().resolve("cli/target/dist/patchcast.jar").toString(),
            "forecast",
            file.toString(),
            "--time=ts",
            "--value=cpu",
            "--id=host,core",
            "--horizon=" + HORIZON,
            "--quiet",
            "--out=" + out);
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isZero();
    Dataset<Row> written =
        spark
            .read()
            .parquet(out.toString())
            .withColumn("host", functions.expr("nullif(host, '')"))
            .withColumn("core", functions.col("core").cast("int"));
    assertThat(Forecasts.sorted(written)).isEqualTo(forecasts);
  }

  @Test
  void opensTheModelOncePerExecutorOnTheVectorBackend() {
    Patchcast.forecast(table(), OPTIONS).count();
    assertThat(cluster.executorLogs())
        .isNotEmpty()
        .allSatisfy(
            log ->
                assertThat(log.lines().filter(line -> line.contains("opened model")))
                    .hasSizeLessThanOrEqualTo(1)
                    .allMatch(line -> line.endsWith("opened model builtin on backend vector")));
    assertThat(cluster.executorLogs()).anyMatch(log -> log.contains("opened model builtin"));
  }

  @Test
  void callsTheSqlFunctions() {
    PatchcastFunctions.register(spark);
    table().createOrReplaceTempView("metrics");
    Row row =
        spark
            .sql(
                "SELECT count(*), count(forecast(v, 3)), count_if(forecast_status(v, 3).status = 'ok')"
                    + " FROM (SELECT collect_list(cpu) v FROM metrics GROUP BY host, core)")
            .head();
    assertThat(row.getLong(0)).isEqualTo(fleet.metrics().size());
    assertThat(row.getLong(1)).isEqualTo(row.getLong(2)).isBetween(4_900L, 4_999L);
  }

  @Test
  void survivesTheEndOfAnExecutor() throws Exception {
    AtomicBoolean killed = new AtomicBoolean();
    CountDownLatch removed = new CountDownLatch(1);
    SparkListener killer =
        new SparkListener() {
          @Override
          public void onTaskStart(SparkListenerTaskStart start) {
            if (killed.compareAndSet(false, true)) {
              cluster.killExecutors();
            }
          }

          @Override
          public void onExecutorRemoved(SparkListenerExecutorRemoved executor) {
            removed.countDown();
          }
        };
    spark.sparkContext().addSparkListener(killer);
    try {
      assertThat(Forecasts.sorted(Patchcast.forecast(table(), OPTIONS))).isEqualTo(forecasts);
      assertThat(removed.await(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      spark.sparkContext().removeSparkListener(killer);
    }
  }

  @Test
  void runsTwoJobsAtATime() throws Exception {
    Forecasts.assertTwoJobsAtATime(() -> Patchcast.forecast(table(), OPTIONS), forecasts);
  }

  @Test
  void saysThatAModelIsMissingOnAnExecutor() {
    ForecastTableOptions missing =
        ForecastTableOptions.builder()
            .id("host", "core")
            .time("ts")
            .value("cpu")
            .horizon("3")
            .model("models/nowhere/22m")
            .build();
    assertThatThrownBy(() -> Patchcast.forecast(table(), missing).count())
        .hasStackTraceContaining("got 'models/nowhere/22m'")
        .hasStackTraceContaining("a directory must exist on every executor");
  }
}
