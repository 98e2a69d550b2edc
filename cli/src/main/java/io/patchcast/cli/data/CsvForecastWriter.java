package io.patchcast.cli.data;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.patchcast.forecast.ForecastColumns;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** CSV in UTF-8 with a header line; timestamps in ISO 8601, UTC; what is missing is empty. */
final class CsvForecastWriter implements ForecastWriter {
  private final ForecastColumns columns;
  private final CsvWriter writer;

  CsvForecastWriter(OutputStream out, ForecastColumns columns) {
    this.columns = columns;
    this.writer =
        CsvWriter.builder()
            .lineDelimiter(LineDelimiter.LF)
            .bufferSize(1 << 16)
            .build(out, StandardCharsets.UTF_8);
    writer.writeRecord(columns.names());
  }

  @Override
  public void write(ForecastRow row) throws IOException {
    try {
      CsvWriter.CsvWriterRecord record = writer.writeRecord();
      row.ids().forEach(record::writeField);
      if (columns.hasVariate()) {
        record.writeField(row.variate());
      }
      record.writeField(
          row.epochMillis() == null ? "" : Instant.ofEpochMilli(row.epochMillis()).toString());
      for (int i = 0; i < columns.levels().length; i++) {
        record.writeField(row.epochMillis() == null ? "" : Double.toString(row.quantiles()[i]));
      }
      record.writeField(row.status());
      record.writeField(row.message());
      record.writeField(columns.model());
      record.endRecord();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
