package io.patchcast.cli.data;

import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.table.ParquetRecordWriter;
import java.io.IOException;
import java.nio.file.Path;
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
 * Parquet with zstd: text columns, {@code timestamp} as INT64 milliseconds in UTC, quantiles as
 * doubles. Name, weights hash and backend of the model are in the file's key-value metadata.
 */
final class ParquetForecastWriter implements ForecastWriter {
  private final ForecastColumns columns;
  private final List<String> names;
  private final ParquetRecordWriter<ForecastRow> writer;
  private RecordConsumer consumer;
  private int next;

  ParquetForecastWriter(Path file, ForecastColumns columns, ModelInfo model) throws IOException {
    this.columns = columns;
    this.names = columns.names();
    this.writer =
        new ParquetRecordWriter<>(
            file,
            schema(columns),
            Map.of(
                "patchcast.model", model.name(),
                "patchcast.weights.sha256", model.weightsSha256(),
                "patchcast.backend", model.backend()),
            this::fields);
  }

  @Override
  public void write(ForecastRow row) throws IOException {
    writer.write(row);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static MessageType schema(ForecastColumns columns) {
    Types.MessageTypeBuilder schema = Types.buildMessage();
    List<String> names = columns.names();
    int timestamp = names.indexOf("timestamp");
    for (int i = 0; i < names.size(); i++) {
      if (i == timestamp) {
        schema
            .optional(PrimitiveTypeName.INT64)
            .as(LogicalTypeAnnotation.timestampType(true, TimeUnit.MILLIS))
            .named(names.get(i));
      } else if (i > timestamp && i <= timestamp + columns.levels().length) {
        schema.optional(PrimitiveTypeName.DOUBLE).named(names.get(i));
      } else {
        schema
            .optional(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(names.get(i));
      }
    }
    return schema.named("forecast");
  }

  private void fields(ForecastRow row, RecordConsumer to) {
    consumer = to;
    next = 0;
    row.ids().forEach(this::text);
    if (columns.hasVariate()) {
      text(row.variate().isEmpty() ? null : row.variate());
    }
    if (row.epochMillis() == null) {
      next += 1 + columns.levels().length;
    } else {
      start();
      consumer.addLong(row.epochMillis());
      end();
      for (double quantile : row.quantiles()) {
        start();
        consumer.addDouble(quantile);
        end();
      }
    }
    text(row.status());
    text(row.message());
    text(columns.model());
  }

  private void text(String value) {
    if (value == null) {
      next++;
      return;
    }
    start();
    consumer.addBinary(Binary.fromString(value));
    end();
  }

  private void start() {
    consumer.startField(names.get(next), next);
  }

  private void end() {
    consumer.endField(names.get(next), next++);
  }
}
