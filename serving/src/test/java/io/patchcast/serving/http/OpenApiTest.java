package io.patchcast.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelSource;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ServedModels;
import io.patchcast.serving.ServiceSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The interface is what its document says. */
class OpenApiTest {
  private static JsonObject document() {
    try (InputStream in = OpenApiTest.class.getResourceAsStream("openapi.json")) {
      return JsonParser.parseString(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Holds a document against a schema of the interface. */
  static void assertValid(String schema, String json) {
    JsonObject root = new JsonObject();
    root.addProperty("$ref", "#/components/schemas/" + schema);
    root.add("components", document().get("components"));
    assertThat(
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(root.toString())
                .validate(json, InputFormat.JSON))
        .as(json)
        .isEmpty();
  }

  /** The answer has a status and a media type that the document knows for its path. */
  static void assertDocumented(HttpResponse<?> response) {
    JsonObject operation =
        document()
            .getAsJsonObject("paths")
            .getAsJsonObject(response.request().uri().getPath())
            .getAsJsonObject(response.request().method().toLowerCase(Locale.ROOT));
    JsonObject documented =
        operation
            .getAsJsonObject("responses")
            .getAsJsonObject(Integer.toString(response.statusCode()));
    assertThat(documented)
        .as("%s %s: %s", response.request().method(), response.uri(), response.statusCode())
        .isNotNull();
    if (documented.has("$ref")) {
      String[] path = documented.get("$ref").getAsString().split("/", -1);
      documented =
          document()
              .getAsJsonObject("components")
              .getAsJsonObject("responses")
              .getAsJsonObject(path[path.length - 1]);
    }
    String type = response.headers().firstValue("Content-Type").orElseThrow().split(";", 2)[0];
    assertThat(documented.getAsJsonObject("content").keySet()).contains(type);
    assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
  }

  @Test
  void documentsEveryRouteAndNoOther() {
    Set<String> documented = new TreeSet<>();
    document()
        .getAsJsonObject("paths")
        .entrySet()
        .forEach(
            path ->
                path.getValue().getAsJsonObject().keySet().stream()
                    .filter(method -> !method.equals("parameters"))
                    .forEach(
                        method ->
                            documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    try (Forecaster forecaster = Forecaster.open(ModelSource.builtIn());
        ForecastServer server =
            ForecastServer.start(
                ServiceSettings.local(),
                new ServedModels(List.of(forecaster)),
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))) {
      assertThat(server.routes()).containsExactlyInAnyOrderElementsOf(documented);
    }
  }

  @Test
  void listsEveryProblemCode() {
    List<String> codes =
        document()
            .getAsJsonObject("components")
            .getAsJsonObject("schemas")
            .getAsJsonObject("Problem")
            .getAsJsonObject("properties")
            .getAsJsonObject("code")
            .getAsJsonArray("enum")
            .asList()
            .stream()
            .map(JsonElement::getAsString)
            .toList();
    assertThat(codes)
        .containsExactlyElementsOf(
            Arrays.stream(ProblemCode.values()).map(ProblemCode::code).toList());
  }

  @Test
  void examplesAreValidAndWork() throws Exception {
    JsonObject operation =
        document().getAsJsonObject("paths").getAsJsonObject("/v1/forecast").getAsJsonObject("post");
    String request = example(operation.getAsJsonObject("requestBody"));
    assertValid("ForecastRequest", request);
    assertValid(
        "ForecastAnswer", example(operation.getAsJsonObject("responses").getAsJsonObject("200")));
    try (ServiceProcess service = ServiceProcess.ready()) {
      HttpResponse<String> answer = service.forecast(request);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertValid("ForecastAnswer", answer.body());
      assertDocumented(answer);
      for (Map.Entry<String, String> get :
          Map.of("/v1/models", "Models", "/health/live", "Health", "/health/ready", "Health")
              .entrySet()) {
        HttpResponse<String> found = service.get(get.getKey());
        assertThat(found.statusCode()).isEqualTo(200);
        assertValid(get.getValue(), found.body());
        assertDocumented(found);
      }
      HttpResponse<String> own = service.get("/openapi.json");
      assertDocumented(own);
      assertThat(JsonParser.parseString(own.body())).isEqualTo(document());
      HttpResponse<String> metrics = service.get("/metrics");
      assertDocumented(metrics);
      assertThat(metrics.body())
          .contains("patchcast_ready 1.0")
          .contains("patchcast_series_total{status=\"ok\"} 2.0")
          .contains(
              "patchcast_http_requests_seconds_count{method=\"POST\",route=\"/v1/forecast\",status=\"200\"} 1")
          .contains("patchcast_batch_series_count", "patchcast_queue_points 0.0")
          .contains("patchcast_arrow_memory_bytes 0.0", "jvm_memory_used_bytes");
    }
  }

  private static String example(JsonObject body) {
    return body.getAsJsonObject("content")
        .getAsJsonObject("application/json")
        .get("example")
        .toString();
  }
}
