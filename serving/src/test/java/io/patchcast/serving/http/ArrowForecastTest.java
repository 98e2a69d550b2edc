package io.patchcast.serving.http;

import static io.patchcast.serving.http.BadRequestTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.gson.JsonParser;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.forecast.VariateForecast;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.TimeStampNanoVector;
import org.apache.arrow.vector.TimeStampSecTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Forecasts in Arrow equal those of the core to the last bit; hostile streams do no harm. */
class ArrowForecastTest {
  private static final String ARROW = "application/vnd.apache.arrow.stream";

  private static ServiceProcess service;
  private static Forecaster forecaster;
  private static BufferAllocator memory;

  @BeforeAll
  static void start() throws Exception {
    service = ServiceProcess.ready();
    forecaster = Forecaster.open(ModelSource.builtIn());
    memory = new RootAllocator();
  }

  @AfterAll
  static void stop() throws Exception {
    assertThat(service.get("/metrics").body()).contains("patchcast_arrow_memory_bytes 0.0");
    service.close();
    forecaster.close();
    memory.close();
  }

  private static HttpRequest.Builder request(String query, byte[] body) {
    return service
        .request("/v1/forecast?" + query)
        .header("Content-Type", ARROW)
        .POST(BodyPublishers.ofByteArray(body));
  }

  /** A table of rows in the order given; ids may be null. */
  private static byte[] table(String[] ids, long[] times, double[]... targets) throws Exception {
    try (VarCharVector id = new VarCharVector("item_id", memory);
        BigIntVector time = new BigIntVector("timestamp", memory)) {
      List<FieldVector> columns = new java.util.ArrayList<>(List.of(id, time));
      for (int row = 0; row < ids.length; row++) {
        if (ids[row] != null) {
          id.setSafe(row, ids[row].getBytes(StandardCharsets.UTF_8));
        }
        time.setSafe(row, times[row]);
      }
      for (int i = 0; i < targets.length; i++) {
        Float8Vector target = new Float8Vector(i == 0 ? "target" : "target" + i, memory);
        for (int row = 0; row < ids.length; row++) {
          if (Double.isNaN(targets[i][row]) && row % 2 == 0) {
            target.setNull(row);
          } else {
            target.setSafe(row, targets[i][row]);
          }
        }
        columns.add(target);
      }
      return stream(columns, ids.length, null);
    }
  }

  private static byte[] stream(List<FieldVector> columns, int rowCount, DictionaryProvider provider)
      throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    columns.forEach(column -> column.setValueCount(rowCount));
    try (VectorSchemaRoot root = new VectorSchemaRoot(columns);
        ArrowStreamWriter writer = new ArrowStreamWriter(root, provider, out)) {
      root.setRowCount(rowCount);
      writer.start();
      writer.writeBatch();
      writer.end();
    }
    return out.toByteArray();
  }

  private static byte[] table(List<TimeSeries> list) throws Exception {
    int rows = list.stream().mapToInt(series -> series.timestamps().length).sum();
    String[] ids = new String[rows];
    long[] times = new long[rows];
    double[] values = new double[rows];
    int row = 0;
    for (TimeSeries series : list) {
      for (int i = 0; i < series.timestamps().length; i++) {
        ids[row] = series.id();
        times[row] = series.timestamps()[i];
        values[row++] = series.targets().get(0).values()[i];
      }
    }
    return table(ids, times, values);
  }

  @Test
  void equalsTheCoreToTheLastBit() throws Exception {
    List<TimeSeries> list = TestSeries.list(3, 9, 300);
    list.get(4).targets().get(0).values()[7] = Double.NaN;
    list.get(4).targets().get(0).values()[8] = Double.NaN;
    byte[] body = table(list);
    String query = "horizon=50&quantiles=0.1,0.125,0.9&step=5m&model=builtin";
    HttpResponse<byte[]> response =
        service
            .client()
            .send(request(query, body).header("Accept", ARROW).build(), BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).isEqualTo(200);
    OpenApiTest.assertDocumented(response);
    List<SeriesForecast> expected =
        forecaster.forecast(ForecastRequest.of(list, Horizon.steps(50))).series();
    try (ArrowStreamReader reader =
        new ArrowStreamReader(new ByteArrayInputStream(response.body()), memory)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      assertThat(root.getFieldVectors())
          .extracting(FieldVector::getName)
          .containsExactly(
              "item_id", "timestamp", "q10", "q12_5", "q90", "status", "message", "model");
      assertThat(root.getSchema().getCustomMetadata())
          .containsEntry("weights_sha256", forecaster.model().weightsSha256());
      assertThat(reader.loadNextBatch()).isTrue();
      assertThat(root.getRowCount()).isEqualTo(9 * 50);
      for (int row = 0; row < root.getRowCount(); row++) {
        SeriesForecast forecast = expected.get(row / 50);
        int step = row % 50;
        assertThat(root.getVector("item_id").getObject(row)).hasToString(forecast.id());
        assertThat(root.getVector("timestamp").getObject(row))
            .isEqualTo(forecast.timestamps()[step]);
        assertThat(root.getVector("q10").getObject(row)).isEqualTo(forecast.quantile(0.1)[step]);
        assertThat(root.getVector("q12_5").getObject(row))
            .isEqualTo(forecast.quantile(0.125)[step]);
        assertThat(root.getVector("q90").getObject(row)).isEqualTo(forecast.quantile(0.9)[step]);
        assertThat(root.getVector("status").getObject(row)).hasToString("ok");
      }
      assertThat(reader.loadNextBatch()).isFalse();
    }
    // The same in JSON.
    String json = service.send(request(query, body).build()).body();
    OpenApiTest.assertValid("ForecastAnswer", json);
    assertThat(
            JsonParser.parseString(json)
                .getAsJsonObject()
                .getAsJsonArray("forecasts")
                .get(8)
                .getAsJsonObject()
                .getAsJsonObject("quantiles")
                .getAsJsonArray("0.9")
                .get(49)
                .getAsDouble())
        .isEqualTo(expected.get(8).quantile(0.9)[49]);
  }

  @Test
  void takesVariatesInAnyOrderOfRowsAndTellsOfFailures() throws Exception {
    // Rows of two series by turns, the last first.
    String[] ids = new String[81];
    long[] times = new long[81];
    double[] first = TestSeries.values(1, 81);
    double[] second = TestSeries.values(2, 81);
    for (int i = 0; i < 80; i++) {
      ids[i] = i % 2 == 0 ? "even" : "odd";
      times[i] = 60_000L * (40 - i / 2);
    }
    ids[80] = "lone";
    HttpResponse<byte[]> response =
        service
            .client()
            .send(
                request(
                        "horizon=5&target=target,target1&non_negative=true&context_length=32",
                        table(ids, times, first, second))
                    .header("Accept", ARROW)
                    .build(),
                BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).isEqualTo(200);
    TimeSeries.Builder even = TimeSeries.builder("even");
    double[][] values = new double[2][40];
    long[] own = new long[40];
    for (int i = 0; i < 40; i++) {
      own[i] = times[2 * i];
      values[0][i] = first[2 * i];
      values[1][i] = second[2 * i];
    }
    VariateForecast expected =
        forecaster
            .forecast(
                new ForecastRequest(
                    List.of(
                        even.timestamps(own)
                            .target("target", values[0])
                            .target("target1", values[1])
                            .build()),
                    Horizon.steps(5),
                    ForecastOptions.defaults()
                        .withContextLength(32)
                        .withValueRange(ForecastOptions.ValueRange.NON_NEGATIVE)))
            .series()
            .get(0)
            .variate("target1");
    try (ArrowStreamReader reader =
        new ArrowStreamReader(new ByteArrayInputStream(response.body()), memory)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      assertThat(reader.loadNextBatch()).isTrue();
      assertThat(root.getRowCount()).isEqualTo(2 * 2 * 5 + 1);
      assertThat(root.getVector("variate").getObject(5)).hasToString("target1");
      assertThat(root.getVector("q70").getObject(6)).isEqualTo(expected.quantile(0.7)[1]);
      assertThat(root.getVector("item_id").getObject(20)).hasToString("lone");
      assertThat(root.getVector("status").getObject(20)).hasToString("too_short");
      assertThat(root.getVector("message").getObject(20).toString()).contains("give a step");
      assertThat(root.getVector("q70").isNull(20)).isTrue();
      assertThat(root.getVector("timestamp").isNull(20)).isTrue();
    }
  }

  @Test
  void takesTypesOfOtherWriters() throws Exception {
    TimeSeries series = TestSeries.list(5, 1, 64).get(0);
    double[] values = series.targets().get(0).values();
    float[] floats = new float[64];
    double[] exact = new double[64];
    for (int i = 0; i < 64; i++) {
      floats[i] = (float) values[i];
      exact[i] = floats[i];
    }
    double expected =
        forecaster.forecast(
                TimeSeries.of("s0", TestSeries.START, TestSeries.STEP, exact), Horizon.steps(4))
            .median()[3];

    byte[] large;
    LargeVarCharVector id = new LargeVarCharVector("item_id", memory);
    TimeStampNanoVector nanos = new TimeStampNanoVector("timestamp", memory);
    Float4Vector target = new Float4Vector("target", memory);
    for (int i = 0; i < 64; i++) {
      id.setSafe(i, "s0".getBytes(StandardCharsets.UTF_8));
      nanos.setSafe(i, series.timestamps()[i] * 1_000_000);
      target.setSafe(i, floats[i]);
    }
    large = stream(List.of(id, nanos, target), 64, null);

    byte[] encoded;
    try (VarCharVector texts = new VarCharVector("texts", memory);
        VarCharVector plain = new VarCharVector("item_id", memory)) {
      texts.setSafe(0, "other".getBytes(StandardCharsets.UTF_8));
      texts.setSafe(1, "s0".getBytes(StandardCharsets.UTF_8));
      texts.setValueCount(2);
      for (int i = 0; i < 64; i++) {
        plain.setSafe(i, "s0".getBytes(StandardCharsets.UTF_8));
      }
      plain.setValueCount(64);
      Dictionary dictionary = new Dictionary(texts, new DictionaryEncoding(7, false, null));
      FieldVector indices = (FieldVector) DictionaryEncoder.encode(plain, dictionary);
      TimeStampSecTZVector seconds = new TimeStampSecTZVector("timestamp", memory, "UTC");
      Float4Vector again = new Float4Vector("target", memory);
      for (int i = 0; i < 64; i++) {
        seconds.setSafe(i, series.timestamps()[i] / 1_000);
        again.setSafe(i, floats[i]);
      }
      encoded =
          stream(
              List.of(again, indices, seconds),
              64,
              new DictionaryProvider.MapDictionaryProvider(dictionary));
    }
    for (byte[] body : List.of(large, encoded)) {
      HttpResponse<String> response =
          service.send(request("horizon=4&quantiles=0.5", body).build());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(response.body()).contains(expected + "]}").contains("\"item_id\":\"s0\"");
    }
  }

  static Stream<Arguments> badRequests() throws Exception {
    byte[] good = table(TestSeries.list(1, 2, 40));
    byte[] second = table(new String[] {"a", "a"}, new long[2], new double[2], new double[2]);
    return Stream.of(
        arguments("", good, "invalid_request", "'horizon' found none"),
        arguments("horizon=x", good, "invalid_request", "'horizon' as a number of steps"),
        arguments("horizon=5&horizon=6", good, "invalid_request", "found it 2 times"),
        arguments("horizon=5&quantiles=0.1,x", good, "invalid_request", "levels with commas"),
        arguments("horizon=5&quantiles=0.1,1", good, "invalid_request", "between 0.1 and 0.9"),
        arguments("horizon=5&context_length=-1", good, "invalid_request", "0 or more"),
        arguments("horizon=5&non_negative=1", good, "invalid_request", "true or false"),
        arguments("horizon=5&steps=5m", good, "unknown_field", "found 'steps'"),
        arguments(
            "horizon=5&target=cpu",
            good,
            "unknown_field",
            "expected the columns [item_id, timestamp, cpu], found [item_id, timestamp, target]"),
        arguments(
            "horizon=5", second, "unknown_field", "found [item_id, timestamp, target, target1]"),
        arguments("horizon=5&target=target,target", good, "invalid_request", "different names"),
        arguments(
            "horizon=5",
            table(new String[] {"a", null}, new long[2], new double[2]),
            "invalid_request",
            "found null in row 1"),
        arguments("horizon=5", table(List.of()), "invalid_request", "at least one row"),
        arguments("horizon=5", new byte[0], "invalid_arrow", "found an empty body"),
        arguments("horizon=5", new byte[3], "invalid_arrow", "found the end of the stream"),
        arguments(
            "horizon=5",
            "{\"inputs\":[]}".getBytes(StandardCharsets.UTF_8),
            "invalid_arrow",
            "found metadata of"),
        arguments("horizon=5", Arrays.copyOf(good, good.length / 2), "invalid_arrow", "expected"),
        arguments(
            "horizon=5", edited(good, b -> b.putInt(4, 0x7FFFFFF0)), "invalid_arrow", "2147483632"),
        arguments("horizon=5", edited(good, b -> b.putInt(4, -5)), "invalid_arrow", "-5 bytes"),
        arguments("horizon=5", edited(good, b -> b.putInt(8, -5)), "invalid_arrow", "expected"));
  }

  private static byte[] edited(byte[] stream, Consumer<ByteBuffer> edit) {
    byte[] copy = stream.clone();
    edit.accept(ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN));
    return copy;
  }

  @ParameterizedTest
  @MethodSource("badRequests")
  void tellsWhatIsWrong(String query, byte[] body, String code, String detail) throws Exception {
    assertProblem(service.send(request(query, body).build()), 400, code, null, detail);
  }

  @Test
  void survivesStreamsWithAnyByteChanged() throws Exception {
    byte[] good = table(TestSeries.list(1, 3, 50));
    Random random = new Random(17);
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      byte[] bad = good.clone();
      // Mostly in the metadata, where lengths and offsets are.
      int at = random.nextInt(i % 4 == 0 ? bad.length : 1_000);
      bad[at] = (byte) random.nextInt(256);
      bad[Math.min(bad.length - 1, at + random.nextInt(8))] =
          (byte) (random.nextBoolean() ? 0xFF : 0x7F);
      HttpResponse<String> response = service.send(request("horizon=5", bad).build());
      assertThat(response.statusCode())
          .as("change %d at %d: %s", i, at, response.body())
          .isIn(200, 400, 422);
      refused += response.statusCode() == 200 ? 0 : 1;
    }
    assertThat(refused).isGreaterThan(100);
    assertThat(service.get("/metrics").body()).contains("patchcast_arrow_memory_bytes 0.0");
    assertThat(service.send(request("horizon=5", good).build()).statusCode()).isEqualTo(200);
  }
}
