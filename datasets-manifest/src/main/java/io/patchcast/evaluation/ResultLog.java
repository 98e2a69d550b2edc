package io.patchcast.evaluation;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Results as they come, one JSON object per line, so that an evaluation that was broken off goes on
 * where it stopped.
 *
 * <p>A line is {@code {"key": …, "fingerprint": …, "score": …}}: the key says what computed the
 * score (forecaster, weights, settings), the fingerprint what data it is of. A last line that is
 * not whole is forgotten.
 */
public final class ResultLog {
  static final Gson GSON =
      new GsonBuilder()
          .registerTypeAdapter(double.class, new NumberOrNull())
          .registerTypeAdapter(Double.class, new NumberOrNull())
          .serializeNulls()
          .disableHtmlEscaping()
          .create();

  /** One line. */
  private record Line(String key, String fingerprint, TaskScore score) {}

  private final Path file;
  private final Map<String, Line> lines = new LinkedHashMap<>();

  private ResultLog(Path file) {
    this.file = file;
  }

  /** Opens a log and reads what is in it; the file need not exist. */
  public static ResultLog open(Path file) {
    ResultLog log = new ResultLog(file);
    try {
      if (Files.exists(file)) {
        String text = Files.readString(file);
        int whole = text.lastIndexOf('\n') + 1;
        text.substring(0, whole).lines().forEach(log::read);
        if (whole < text.length()) {
          Files.writeString(file, text.substring(0, whole));
        }
      }
    } catch (IOException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
    return log;
  }

  private void read(String line) {
    try {
      requireFields(JsonParser.parseString(line).getAsJsonObject());
      Line read = GSON.fromJson(line, Line.class);
      lines.put(id(read.key, read.score.benchmark(), read.score.task()), read);
    } catch (JsonParseException
        | IllegalStateException
        | ClassCastException
        | NullPointerException e) {
      throw new InputException(
          file
              + ": expected lines of results of this version, found '"
              + line
              + "' ("
              + e.getMessage()
              + "); remove the file",
          e);
    }
  }

  /** What is not there would be read as 0. */
  private static void requireFields(JsonObject line) {
    JsonObject score = line.getAsJsonObject("score");
    for (RecordComponent field : TaskScore.class.getRecordComponents()) {
      if (!score.has(field.getName())) {
        throw new JsonParseException("no field " + field.getName());
      }
    }
  }

  private static String id(String key, String benchmark, String task) {
    return key + "\n" + benchmark + "\n" + task;
  }

  /** Something as JSON, null for what is no number. */
  public static String json(Object value) {
    return GSON.newBuilder().setPrettyPrinting().create().toJson(value) + "\n";
  }

  /** The score that is known already, if it is of the same data. */
  public Optional<TaskScore> find(String key, EvaluationTask task, String fingerprint) {
    return Optional.ofNullable(lines.get(id(key, task.benchmark(), task.name())))
        .filter(line -> line.fingerprint.equals(fingerprint))
        .map(Line::score);
  }

  /** Adds a score, on disk at once. */
  public void add(String key, String fingerprint, TaskScore score) {
    Line line = new Line(key, fingerprint, score);
    try {
      Files.writeString(
          file,
          GSON.toJson(line) + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
    lines.put(id(key, score.benchmark(), score.task()), line);
  }

  /**
   * JSON has no NaN: null stands for it, and is written, for what is not there would be read as 0.
   */
  private static final class NumberOrNull extends TypeAdapter<Double> {
    @Override
    public void write(JsonWriter out, Double value) throws IOException {
      if (value == null || !Double.isFinite(value)) {
        out.nullValue();
      } else {
        out.value(value);
      }
    }

    @Override
    public Double read(JsonReader in) throws IOException {
      if (in.peek() == JsonToken.NULL) {
        in.nextNull();
        return Double.NaN;
      }
      return in.nextDouble();
    }
  }
}
