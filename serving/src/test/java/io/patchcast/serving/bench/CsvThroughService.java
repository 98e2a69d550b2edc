package io.patchcast.serving.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/**
 * Sends the series of a CSV through a running service, as JSON or as Arrow, and writes the
 * forecasts as CSV: {@code CsvThroughService URL json|arrow IN OUT HORIZON [STEP]}.
 *
 * <p>In: a header, then id, timestamp in ISO 8601 and value; an empty value is a gap. Out: {@code
 * item_id, timestamp, q10 … q90} with all digits, in the order in which the series appear. Without
 * a step it is inferred for each series. Ends with an error where a series could not be forecast.
 */
public final class CsvThroughService {
  private static final int LEVEL_COUNT = 9;

  private CsvThroughService() {}

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    List<TimeSeries> list = read(Path.of(arguments[2]), arguments.length > 5 ? arguments[5] : null);
    int horizon = Integer.parseInt(arguments[4]);
    List<String> rows =
        switch (arguments[1]) {
          case "json" -> ofJson(ask(arguments[0], Bodies.JSON, Bodies.json(list, horizon)));
          case "arrow" ->
              ofArrow(
                  ask(
                      arguments[0]
                          + "?horizon="
                          + horizon
                          + (arguments.length > 5 ? "&step=" + arguments[5] : ""),
                      Bodies.ARROW,
                      Bodies.arrow(list)));
          default -> throw new IllegalArgumentException("expected json or arrow");
        };
    rows.add(0, "item_id,timestamp,q10,q20,q30,q40,q50,q60,q70,q80,q90");
    Files.write(Path.of(arguments[3]), rows, StandardCharsets.UTF_8);
  }

  private static List<TimeSeries> read(Path file, String step) throws IOException {
    Map<String, List<String[]>> rows = new LinkedHashMap<>();
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      rows.computeIfAbsent(cells[0], id -> new ArrayList<>()).add(cells);
    }
    List<TimeSeries> list = new ArrayList<>();
    rows.forEach(
        (id, own) ->
            list.add(
                TimeSeries.builder(id)
                    .timestamps(
                        own.stream()
                            .mapToLong(cells -> Instant.parse(cells[1]).toEpochMilli())
                            .toArray())
                    .step(step == null ? null : Step.parse(step, ZoneOffset.UTC))
                    .target(
                        "target",
                        own.stream()
                            .mapToDouble(
                                cells ->
                                    cells[2].isEmpty() ? Double.NaN : Double.parseDouble(cells[2]))
                            .toArray())
                    .build()));
    return list;
  }

  private static byte[] ask(String url, String type, byte[] body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", type)
            .header("Accept", type)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    HttpResponse<byte[]> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new IOException(
          response.statusCode() + ": " + new String(response.body(), StandardCharsets.UTF_8));
    }
    return response.body();
  }

  private static List<String> ofJson(byte[] answer) {
    List<String> rows = new ArrayList<>();
    JsonObject parsed =
        JsonParser.parseString(new String(answer, StandardCharsets.UTF_8)).getAsJsonObject();
    for (JsonElement element : parsed.getAsJsonArray("forecasts")) {
      JsonObject forecast = element.getAsJsonObject();
      if (!forecast.has("quantiles")) {
        throw new IllegalStateException("no forecast: " + forecast);
      }
      JsonArray times = forecast.getAsJsonArray("timestamps");
      for (int step = 0; step < times.size(); step++) {
        StringBuilder row =
            new StringBuilder(forecast.get("item_id").getAsString())
                .append(',')
                .append(times.get(step).getAsString());
        for (Map.Entry<String, JsonElement> level :
            forecast.getAsJsonObject("quantiles").entrySet()) {
          row.append(',').append(level.getValue().getAsJsonArray().get(step).getAsDouble());
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }

  private static List<String> ofArrow(byte[] answer) throws IOException {
    List<String> rows = new ArrayList<>();
    try (BufferAllocator memory = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(answer), memory)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      TimeStampMilliTZVector times = (TimeStampMilliTZVector) root.getVector("timestamp");
      while (reader.loadNextBatch()) {
        for (int row = 0; row < root.getRowCount(); row++) {
          if (times.isNull(row)) {
            throw new IllegalStateException(
                "no forecast: " + root.getVector("message").getObject(row));
          }
          StringBuilder text =
              new StringBuilder(root.getVector("item_id").getObject(row).toString())
                  .append(',')
                  .append(Instant.ofEpochMilli(times.get(row)));
          for (int level = 1; level <= LEVEL_COUNT; level++) {
            text.append(',').append(root.getVector("q" + 10 * level).getObject(row));
          }
          rows.add(text.toString());
        }
      }
    }
    return rows;
  }
}
