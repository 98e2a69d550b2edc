package io.patchcast.datasets;

import io.patchcast.table.AtomicFile;
import io.patchcast.table.ParquetRecordWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/**
 * The canonical layout: Parquet, long, one row per series and step, sorted by series and time.
 *
 * <table>
 * <caption>Columns</caption>
 * <tr><td>{@code series}</td><td>text</td><td>id of the series</td></tr>
 * <tr><td>{@code timestamp}</td><td>INT64, milliseconds, UTC</td><td>start of the step; counted
 * from 1970 where the source has no clock</td></tr>
 * <tr><td>{@code value}</td><td>double</td><td>null = missing</td></tr>
 * </table>
 *
 * <p>Where the data come from stands in the file's key-value metadata under {@code
 * patchcast.dataset.…}: name, title, source, licence, step, citation, and the hashes of the files
 * read.
 */
public final class CanonicalParquet {
  private static final MessageType SCHEMA =
      Types.buildMessage()
          .required(PrimitiveTypeName.BINARY)
          .as(LogicalTypeAnnotation.stringType())
          .named("series")
          .required(PrimitiveTypeName.INT64)
          .as(LogicalTypeAnnotation.timestampType(true, TimeUnit.MILLIS))
          .named("timestamp")
          .optional(PrimitiveTypeName.DOUBLE)
          .named("value")
          .named("dataset");

  private CanonicalParquet() {}

  private record Row(Binary series, long epochMillis, double value) {}

  /**
   * Writes series; the file appears whole or not at all.
   *
   * @param provenance metadata of the file
   * @return rows written
   */
  public static long write(Path file, List<TimedSeries> series, Map<String, String> provenance)
      throws IOException {
    long rows = 0;
    try (AtomicFile target = AtomicFile.at(file)) {
      try (ParquetRecordWriter<Row> writer =
          new ParquetRecordWriter<>(
              target.partial(), SCHEMA, provenance, CanonicalParquet::fields)) {
        for (TimedSeries one :
            series.stream().sorted(Comparator.comparing(TimedSeries::id)).toList()) {
          Binary id = Binary.fromString(one.id());
          for (int t = 0; t < one.values().length; t++) {
            writer.write(new Row(id, one.timestamps()[t], one.values()[t]));
          }
          rows += one.values().length;
        }
      }
      target.commit();
    }
    return rows;
  }

  private static void fields(Row row, RecordConsumer consumer) {
    consumer.startField("series", 0);
    consumer.addBinary(row.series);
    consumer.endField("series", 0);
    consumer.startField("timestamp", 1);
    consumer.addLong(row.epochMillis);
    consumer.endField("timestamp", 1);
    if (!Double.isNaN(row.value)) {
      consumer.startField("value", 2);
      consumer.addDouble(row.value);
      consumer.endField("value", 2);
    }
  }
}
