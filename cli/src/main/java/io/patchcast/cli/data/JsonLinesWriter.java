package io.patchcast.cli.data;

import com.google.gson.stream.JsonWriter;
import io.patchcast.forecast.ForecastColumns;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * JSON lines: one object per row, with the columns of the table as keys; what is missing is null.
 */
final class JsonLinesWriter implements ForecastWriter {
  private final ForecastColumns columns;
  private final Writer out;

  JsonLinesWriter(OutputStream out, ForecastColumns columns) {
    this.columns = columns;
    this.out = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 16);
  }

  @Override
  public void write(ForecastRow row) throws IOException {
    // A JsonWriter holds one document, so each line gets its own; it writes through at once.
    JsonWriter json = new JsonWriter(out);
    json.beginObject();
    for (int i = 0; i < columns.ids().size(); i++) {
      json.name(columns.ids().get(i)).value(row.ids().get(i));
    }
    if (columns.hasVariate()) {
      json.name("variate").value(row.variate().isEmpty() ? null : row.variate());
    }
    boolean failed = row.epochMillis() == null;
    json.name("timestamp")
        .value(failed ? null : Instant.ofEpochMilli(row.epochMillis()).toString());
    for (int i = 0; i < columns.levels().length; i++) {
      json.name(ForecastColumns.quantileName(columns.levels()[i]));
      if (failed) {
        json.nullValue();
      } else {
        json.value(row.quantiles()[i]);
      }
    }
    json.name("status").value(row.status());
    json.name("message").value(row.message());
    json.name("model").value(columns.model());
    json.endObject();
    out.write('\n');
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
