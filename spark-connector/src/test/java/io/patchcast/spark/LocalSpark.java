package io.patchcast.spark;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** Spark in this JVM: two cores, loopback, no pages. */
final class LocalSpark {
  private LocalSpark() {}

  static SparkSession.Builder builder(Path folder) {
    return SparkSession.builder()
        .master("local[2]")
        .appName("patchcast-tests")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 4)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.local.dir", folder.resolve("local").toString())
        .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString());
  }

  static SparkSession open(Path folder) {
    return builder(folder).getOrCreate();
  }
}
