package io.patchcast.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong is told with its place, what was expected and what was found. */
class BadRequestTest {
  private static final String SERIES =
      "{\"item_id\":\"a\",\"start\":0,\"step\":\"1m\",\"target\":[1,2,3]}";
  private static final String PARAMETERS = "\"parameters\":{\"horizon\":3}";

  private static ServiceProcess service;

  @BeforeAll
  static void start() throws Exception {
    service = ServiceProcess.ready();
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static String series(String body) {
    return "{\"inputs\":[" + SERIES + "," + body + "]," + PARAMETERS + "}";
  }

  private static String parameters(String body) {
    return "{\"inputs\":[" + SERIES + "],\"parameters\":" + body + "}";
  }

  static Stream<Arguments> badBodies() {
    return Stream.of(
        arguments("", 400, "invalid_request", "", "expected an object with inputs and parameters"),
        arguments("[]", 400, "invalid_request", "", "found a list"),
        arguments("7", 400, "invalid_request", "", "found the number 7"),
        arguments("{", 400, "invalid_json", null, "line 1, column"),
        arguments("{\"inputs\":[" + SERIES, 400, "invalid_json", null, "line 1, column"),
        arguments("nonsense", 400, "invalid_json", null, "nonsense"),
        arguments(series(SERIES.replace("3]", "NaN]")), 400, "invalid_json", null, "NaN"),
        arguments(series(SERIES.replace("3]", "03]")), 400, "invalid_json", null, "eading zero"),
        arguments(
            series(SERIES.replace("3]", "9".repeat(500) + "]")),
            400,
            "invalid_json",
            null,
            "Number value length"),
        arguments(
            series("[".repeat(5000)), 400, "invalid_request", "/inputs/1", "expected an object"),
        arguments(
            series("{\"item_id\":\"b\",\"target\":" + "[".repeat(5000)),
            400,
            "invalid_request",
            "/inputs/1/target/0",
            "expected a number or null, found a list"),
        arguments("{\"inputs\":[]," + PARAMETERS + "}", 400, "invalid_request", "/inputs", "none"),
        arguments("{" + PARAMETERS + "}", 400, "invalid_request", "", "'inputs'"),
        arguments("{\"inputs\":[" + SERIES + "]}", 400, "invalid_request", "", "'parameters'"),
        arguments(parameters("{}"), 400, "invalid_request", "/parameters", "'horizon'"),
        arguments(
            series("{\"item_id\":\"b\",\"targt\":[1]}"),
            400,
            "unknown_field",
            "/inputs/1/targt",
            "expected one of the fields [item_id, known_covariates, start, step, target,"
                + " timestamps, zone], found 'targt'"),
        arguments(
            parameters("{\"horizon\":3,\"prediction_length\":4}"),
            400,
            "unknown_field",
            "/parameters/prediction_length",
            "[context_length, horizon, non_negative, quantiles, timeout]"),
        arguments(
            "{\"nothing\":1}", 400, "unknown_field", "/nothing", "[inputs, model, parameters]"),
        arguments(
            "{\"inputs\":[" + SERIES + "]," + PARAMETERS + "," + PARAMETERS + "}",
            400,
            "invalid_json",
            null,
            "Duplicate field 'parameters'"),
        arguments(
            "{\"inputs\":[" + SERIES + "]," + PARAMETERS + "} {}",
            400,
            "invalid_json",
            null,
            "expected the end"),
        arguments(
            series("{\"item_id\":7,\"start\":0,\"step\":\"1m\",\"target\":[1]}"),
            400,
            "invalid_request",
            "/inputs/1/item_id",
            "expected a string, found the number 7"),
        arguments(
            series("{\"item_id\":\"b\",\"start\":0,\"step\":\"1m\",\"target\":[1,\"2\"]}"),
            400,
            "invalid_request",
            "/inputs/1/target/1",
            "expected a number or null, found a string"),
        arguments(
            series("{\"item_id\":\"b\",\"start\":0,\"step\":\"1m\",\"target\":[[1],[2]]}"),
            400,
            "invalid_request",
            "/inputs/1/target/0",
            "found a list"),
        arguments(
            series("{\"item_id\":\"b\",\"start\":0,\"step\":\"1m\",\"target\":5}"),
            400,
            "invalid_request",
            "/inputs/1/target",
            "expected a list of numbers, or an object"),
        arguments(
            series("{\"item_id\":\"b\",\"start\":1.5,\"step\":\"1m\",\"target\":[5]}"),
            400,
            "invalid_request",
            "/inputs/1/start",
            "milliseconds since the epoch, found the number 1.5"),
        arguments(
            series("{\"item_id\":\"b\",\"target\":[5]}"),
            400,
            "invalid_request",
            "/inputs/1",
            "either start and step or timestamps"),
        arguments(
            series("{\"item_id\":\"b\",\"start\":0,\"target\":[5]}"),
            400,
            "invalid_request",
            "/inputs/1",
            "'step'"),
        arguments(
            series("{\"start\":0,\"step\":\"1m\",\"target\":[5]}"),
            400,
            "invalid_request",
            "/inputs/1",
            "'item_id'"),
        arguments(
            parameters("{\"horizon\":0}"), 400, "invalid_request", "/parameters/horizon", "0"),
        arguments(
            parameters("{\"horizon\":1e2}"), 400, "invalid_request", "/parameters/horizon", "1e2"),
        arguments(
            parameters("{\"horizon\":99999999999}"),
            400,
            "invalid_request",
            "/parameters/horizon",
            "below 2147483648"),
        arguments(
            parameters("{\"horizon\":\"soon\"}"),
            400,
            "invalid_request",
            "/parameters/horizon",
            "got 'soon'"),
        arguments(
            parameters("{\"horizon\":3,\"quantiles\":[0.5,0.99]}"),
            400,
            "invalid_request",
            "/parameters",
            "between 0.1 and 0.9"),
        arguments(
            parameters("{\"horizon\":3,\"quantiles\":[0.5,0.4]}"),
            400,
            "invalid_request",
            "/parameters",
            "must ascend"),
        arguments(
            parameters("{\"horizon\":3,\"quantiles\":[]}"),
            400,
            "invalid_request",
            "/parameters",
            "at least one"),
        arguments(
            parameters("{\"horizon\":3,\"context_length\":-1}"),
            400,
            "invalid_request",
            "/parameters",
            "contextLength must be 0 or more"),
        arguments(
            parameters("{\"horizon\":3,\"non_negative\":\"yes\"}"),
            400,
            "invalid_request",
            "/parameters/non_negative",
            "true or false"),
        arguments(
            parameters("{\"horizon\":3,\"timeout\":\"5\"}"),
            400,
            "invalid_request",
            "/parameters",
            "timeout must be a duration"),
        arguments(
            "{\"model\":\"none\",\"inputs\":[" + SERIES + "]," + PARAMETERS + "}",
            404,
            "unknown_model",
            null,
            "expected one of the models [builtin], found 'none'"),
        arguments(
            parameters("{\"horizon\":1025}"), 422, "horizon_too_long", null, "at most 1024 steps"),
        arguments(
            "{\"inputs\":["
                + Stream.generate(() -> SERIES).limit(65).reduce((a, b) -> a + "," + b).get()
                + "],"
                + PARAMETERS
                + "}",
            422,
            "too_many_series",
            null,
            "at most 64 series"),
        arguments(
            series(SERIES.replace("3]", "0" + ",0".repeat(100_000) + "]")),
            422,
            "too_many_points",
            null,
            "at most 100000 numbers"),
        arguments(
            "{\"inputs\":["
                + Stream.iterate(0, i -> i + 1)
                    .limit(12)
                    .map(i -> SERIES.replace("\"a\"", "\"" + i + "\""))
                    .reduce((a, b) -> a + "," + b)
                    .get()
                + "],\"parameters\":{\"horizon\":1000}}",
            422,
            "too_many_points",
            null,
            "at most 100000 quantile values in an answer, found 108000"),
        arguments(
            " ".repeat(1 << 20) + "{}", 413, "body_too_large", null, "at most 1048576 bytes"));
  }

  @ParameterizedTest
  @MethodSource("badBodies")
  void tellsWhatIsWrong(String body, int status, String code, String pointer, String detail)
      throws Exception {
    assertProblem(service.forecast(body), status, code, pointer, detail);
    // And goes on.
    assertThat(service.forecast(parameters("{\"horizon\":3}")).statusCode()).isEqualTo(200);
  }

  static JsonObject assertProblem(
      HttpResponse<String> response, int status, String code, String pointer, String detail) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    JsonObject problem = JsonParser.parseString(response.body()).getAsJsonObject();
    assertThat(problem.get("code").getAsString()).isEqualTo(code);
    assertThat(problem.get("type").getAsString()).isEqualTo("urn:patchcast:problem:" + code);
    assertThat(problem.get("status").getAsInt()).isEqualTo(status);
    assertThat(problem.get("detail").getAsString()).contains(detail);
    assertThat(problem.has("pointer") ? problem.get("pointer").getAsString() : null)
        .isEqualTo(pointer);
    OpenApiTest.assertValid("Problem", response.body());
    OpenApiTest.assertDocumented(response);
    return problem;
  }

  @Test
  void readsNoMoreOfAChunkedBodyThanAllowed() throws Exception {
    byte[] long1 = " ".repeat((1 << 20) + 1).getBytes(StandardCharsets.UTF_8);
    assertProblem(
        service.send(
            service
                .request("/v1/forecast")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(long1)))
                .build()),
        413,
        "body_too_large",
        null,
        "at most 1048576 bytes");
  }

  @Test
  void refusesWhatIsNotUtf8() throws Exception {
    byte[] body = series(SERIES.replace("\"a\"", "\"?\"")).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < body.length; i++) {
      body[i] = body[i] == '?' ? (byte) 0xC3 : body[i];
    }
    assertProblem(
        service.send(
            service
                .request("/v1/forecast")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build()),
        400,
        "invalid_json",
        null,
        "UTF-8");
  }

  @Test
  void refusesMediaTypesItDoesNotKnow() throws Exception {
    for (String type :
        new String[] {"text/csv", "application/json; charset=latin1", "application/jsonx", ""}) {
      assertProblem(
          service.send(
              service
                  .request("/v1/forecast")
                  .header("Content-Type", type)
                  .POST(BodyPublishers.ofString("{}"))
                  .build()),
          415,
          "unsupported_media_type",
          null,
          "expected");
    }
    assertProblem(
        service.send(service.forecastRequest("{}").header("Content-Encoding", "gzip").build()),
        415,
        "unsupported_media_type",
        null,
        "without Content-Encoding, found 'gzip'");
    assertProblem(
        service.send(service.forecastRequest("{}").header("Accept", "text/html").build()),
        406,
        "not_acceptable",
        null,
        "text/html");
  }

  @Test
  void refusesQueryParametersWithJson() throws Exception {
    assertProblem(
        service.send(
            service
                .request("/v1/forecast?horizon=5")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}"))
                .build()),
        400,
        "unknown_field",
        null,
        "'horizon'");
  }
}
