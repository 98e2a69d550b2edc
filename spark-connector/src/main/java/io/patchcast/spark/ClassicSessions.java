package io.patchcast.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Sessions that plan in this JVM, as opposed to those of Spark Connect, which plan elsewhere. */
final class ClassicSessions {
  private ClassicSessions() {}

  static org.apache.spark.sql.classic.SparkSession of(SparkSession session) {
    if (session instanceof org.apache.spark.sql.classic.SparkSession classic) {
      return classic;
    }
    throw unsupported(session);
  }

  static org.apache.spark.sql.classic.Dataset<Row> of(Dataset<Row> rows) {
    if (rows instanceof org.apache.spark.sql.classic.Dataset<Row> classic) {
      return classic;
    }
    throw unsupported(rows);
  }

  private static IllegalArgumentException unsupported(Object found) {
    return new IllegalArgumentException(
        "expected a session that runs in this JVM, found " + found.getClass().getName());
  }
}
