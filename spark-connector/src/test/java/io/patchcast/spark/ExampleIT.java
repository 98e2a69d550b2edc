package io.patchcast.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs the line of the example's README as it is written there. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the example is a shell script")
class ExampleIT {
  private static final Path OUT =
      Packaged.root().resolve("spark-connector/target/forecasts.parquet");

  @TempDir Path folder;

  @Test
  void forecastsTheDemo() throws Exception {
    String readme = Files.readString(Packaged.root().resolve("examples/spark/README.md"), UTF_8);
    String line = readme.split("```sh\n", -1)[1].split("```", -1)[0];
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", "-c", line).directory(Packaged.root().toFile()).inheritIO();
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process process = builder.start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isZero();
    try (SparkSession spark = LocalSpark.open(folder)) {
      Dataset<Row> forecasts = spark.read().parquet(OUT.toString());
      assertThat(forecasts.columns()).startsWith("series", "timestamp", "q10");
      assertThat(forecasts.select("series").distinct().count()).isEqualTo(38);
      assertThat(forecasts.where("status = 'ok' AND q10 <= q50 AND q50 <= q90").count())
          .isEqualTo(forecasts.count())
          .isGreaterThan(38);
    }
  }
}
