package io.patchcast.serving.bench;

import com.google.gson.stream.JsonWriter;
import io.patchcast.forecast.TimeSeries;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;

/** Series with one target each as the bodies of requests. */
final class Bodies {
  static final String JSON = "application/json";
  static final String ARROW = "application/vnd.apache.arrow.stream";

  private Bodies() {}

  static byte[] json(List<TimeSeries> list, int horizon) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonWriter json = new JsonWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8))) {
      json.beginObject().name("inputs").beginArray();
      for (TimeSeries series : list) {
        json.beginObject().name("item_id").value(series.id());
        if (series.step() == null) {
          json.name("timestamps").beginArray();
          for (long time : series.timestamps()) {
            json.value(Instant.ofEpochMilli(time).toString());
          }
          json.endArray();
        } else {
          json.name("start").value(Instant.ofEpochMilli(series.timestamps()[0]).toString());
          json.name("step").value(series.step().text());
        }
        json.name("target").beginArray();
        for (double value : series.targets().get(0).values()) {
          if (Double.isFinite(value)) {
            json.value(value);
          } else {
            json.nullValue();
          }
        }
        json.endArray().endObject();
      }
      json.endArray().name("parameters").beginObject().name("horizon").value(horizon).endObject();
      json.endObject();
    }
    return out.toByteArray();
  }

  static byte[] arrow(List<TimeSeries> list) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (BufferAllocator memory = new RootAllocator();
        VarCharVector ids = new VarCharVector("item_id", memory);
        BigIntVector times = new BigIntVector("timestamp", memory);
        Float8Vector targets = new Float8Vector("target", memory);
        VectorSchemaRoot root = VectorSchemaRoot.of(ids, times, targets);
        ArrowStreamWriter writer = new ArrowStreamWriter(root, null, out)) {
      int row = 0;
      for (TimeSeries series : list) {
        byte[] id = series.id().getBytes(StandardCharsets.UTF_8);
        double[] values = series.targets().get(0).values();
        for (int i = 0; i < values.length; i++) {
          ids.setSafe(row, id);
          times.setSafe(row, series.timestamps()[i]);
          targets.setSafe(row++, values[i]);
        }
      }
      root.setRowCount(row);
      writer.start();
      writer.writeBatch();
      writer.end();
    }
    return out.toByteArray();
  }
}
