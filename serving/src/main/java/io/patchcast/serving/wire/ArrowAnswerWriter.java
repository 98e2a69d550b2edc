package io.patchcast.serving.wire;

import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.VariateForecast;
import io.patchcast.serving.ForecastAnswer;
import io.patchcast.serving.RequestedSeries.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes an answer as an Arrow stream, a table in long format: the {@linkplain ForecastColumns
 * columns of every front} with {@code item_id} for the id; one row for each series, variate and
 * step, in the order of the request.
 *
 * <p>A series that could not be forecast has one row, with its status and message and null for all
 * else. Timestamps are in milliseconds, UTC. The metadata of the schema has {@code model}, {@code
 * revision}, {@code weights_sha256} and {@code backend}.
 */
public final class ArrowAnswerWriter {
  private static final int ROWS_PER_BATCH = 16_384;

  private final ForecastAnswer answer;
  private final double[] levels;
  private final VectorSchemaRoot root;
  private final ArrowStreamWriter writer;
  private final VarCharVector ids;
  private final VarCharVector variates;
  private final TimeStampMilliTZVector times;
  private final List<Float8Vector> quantiles = new ArrayList<>();
  private final VarCharVector statuses;
  private final VarCharVector messages;
  private final VarCharVector models;
  private int row;

  private ArrowAnswerWriter(ForecastAnswer answer, VectorSchemaRoot root, OutputStream out) {
    this.answer = answer;
    this.levels = answer.call().parameters().quantileLevels();
    this.root = root;
    this.writer = new ArrowStreamWriter(root, null, Channels.newChannel(out));
    this.ids = (VarCharVector) root.getVector("item_id");
    this.variates = (VarCharVector) root.getVector("variate");
    this.times = (TimeStampMilliTZVector) root.getVector("timestamp");
    for (double level : levels) {
      quantiles.add((Float8Vector) root.getVector(ForecastColumns.quantileName(level)));
    }
    this.statuses = (VarCharVector) root.getVector("status");
    this.messages = (VarCharVector) root.getVector("message");
    this.models = (VarCharVector) root.getVector("model");
  }

  /**
   * Writes a whole answer; leaves {@code out} open.
   *
   * @param allocator for the time of the call; nothing is left in it
   */
  public static void write(ForecastAnswer answer, OutputStream out, BufferAllocator allocator)
      throws IOException {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(schema(answer), allocator)) {
      new ArrowAnswerWriter(answer, root, out).write();
    }
  }

  private static Schema schema(ForecastAnswer answer) {
    boolean hasVariate =
        answer.call().series().stream().anyMatch(series -> series.shape() == Shape.MULTIVARIATE);
    ModelInfo model = answer.model();
    ForecastColumns columns =
        new ForecastColumns(
            List.of("item_id"),
            hasVariate,
            answer.call().parameters().quantileLevels(),
            model.name());
    ArrowType number = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
    List<Field> fields = new ArrayList<>();
    for (String name : columns.names()) {
      ArrowType type =
          switch (name) {
            case "item_id", "variate", "status", "message", "model" -> ArrowType.Utf8.INSTANCE;
            case "timestamp" -> new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC");
            default -> number;
          };
      fields.add(new Field(name, FieldType.nullable(type), null));
    }
    return new Schema(
        fields,
        Map.of(
            "model",
            model.name(),
            "revision",
            model.revision(),
            "weights_sha256",
            model.weightsSha256(),
            "backend",
            model.backend()));
  }

  private void write() throws IOException {
    writer.start();
    byte[] model = utf8(answer.model().name());
    for (SeriesForecast forecast : answer.forecasts()) {
      byte[] id = utf8(forecast.id());
      byte[] status = utf8(forecast.status().code());
      byte[] message = utf8(forecast.message());
      if (forecast.variates().isEmpty()) {
        labels(id, status, message, model);
        endRow();
      }
      for (VariateForecast variate : forecast.variates()) {
        byte[] name = utf8(variate.name());
        for (int step = 0; step < variate.horizon(); step++) {
          labels(id, status, message, model);
          if (variates != null) {
            variates.setSafe(row, name);
          }
          times.setSafe(row, forecast.timestamps()[step]);
          for (int level = 0; level < levels.length; level++) {
            quantiles.get(level).setSafe(row, variate.value(step, levels[level]));
          }
          endRow();
        }
      }
    }
    if (row > 0) {
      writeBatch();
    }
    writer.end();
  }

  private void labels(byte[] id, byte[] status, byte[] message, byte[] model) {
    ids.setSafe(row, id);
    statuses.setSafe(row, status);
    messages.setSafe(row, message);
    models.setSafe(row, model);
  }

  private void endRow() throws IOException {
    if (++row == ROWS_PER_BATCH) {
      writeBatch();
    }
  }

  private void writeBatch() throws IOException {
    root.setRowCount(row);
    writer.writeBatch();
    row = 0;
    root.getFieldVectors().forEach(FieldVector::reset);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
