package io.patchcast.serving.http;

import static io.patchcast.serving.http.BadRequestTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens, request ids, the log, and what is wrong with HTTP itself. */
class ProtocolTest {
  @TempDir private static Path folder;
  private static Path tokens;
  private static ServiceProcess service;

  @BeforeAll
  static void start() throws Exception {
    tokens = folder.resolve("tokens");
    Files.writeString(tokens, "old\n  new  \n\n");
    service = ServiceProcess.ready("-Dservice.tokens=" + tokens);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static HttpResponse<String> models(String authorization) throws Exception {
    HttpRequest.Builder request = service.request("/v1/models");
    return service.send(
        (authorization == null ? request : request.header("Authorization", authorization)).build());
  }

  @Test
  void asksForATokenEverywhereButForHealth() throws Exception {
    for (String path : new String[] {"/v1/models", "/metrics", "/openapi.json"}) {
      HttpResponse<String> refused = service.get(path);
      assertProblem(refused, 401, "unauthorized", null, "found none");
      assertThat(refused.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    }
    assertProblem(service.forecast("{}"), 401, "unauthorized", null, "found none");
    assertThat(service.get("/nowhere").statusCode()).isEqualTo(401);
    for (String wrong : new String[] {"Bearer", "Bearer ", "Bearer ne", "Basic new", "new"}) {
      assertProblem(models(wrong), 401, "unauthorized", null, "found another");
    }
    assertThat(models("Bearer new").statusCode()).isEqualTo(200);
    assertThat(models("bearer  old ").statusCode()).isEqualTo(200);
    assertThat(service.get("/health/live").statusCode()).isEqualTo(200);
    assertThat(service.get("/health/ready").statusCode()).isEqualTo(200);

    Files.writeString(tokens, "new\nnewer\n");
    Files.setLastModifiedTime(tokens, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    assertThat(models("Bearer old").statusCode()).isEqualTo(401);
    assertThat(models("Bearer newer").statusCode()).isEqualTo(200);
    Files.delete(tokens);
    assertThat(models("Bearer new").statusCode()).isEqualTo(200);
  }

  @Test
  void keepsSaneRequestIdsAndLogsThem() throws Exception {
    HttpResponse<String> named =
        service.send(service.request("/nowhere").header("X-Request-Id", "job-7/a").build());
    assertThat(named.headers().firstValue("X-Request-Id")).contains("job-7/a");
    assertThat(
            JsonParser.parseString(named.body()).getAsJsonObject().get("request_id").getAsString())
        .isEqualTo("job-7/a");
    assertThat(service.awaitLog(line -> line.contains("job-7/a")))
        .matches(
            "ts=\\S+Z level=info event=request method=GET path=/nowhere status=401 ms=[\\d.]+"
                + " problem=unauthorized request_id=job-7/a");
    for (String odd : new String[] {"a b", "x".repeat(129), "\"quoted\""}) {
      HttpResponse<String> unnamed =
          service.send(service.request("/health/live").header("X-Request-Id", odd).build());
      assertThat(unnamed.headers().firstValue("X-Request-Id").orElseThrow())
          .matches("[0-9a-f-]{36}");
    }
  }

  @Test
  void tellsWhatIsWrongWithHttpAsProblems() throws Exception {
    HttpRequest.Builder nowhere = service.request("/v2/forecast");
    assertThat(service.send(nowhere.header("Authorization", "Bearer new").build()).body())
        .contains("\"code\":\"not_found\"");
    HttpResponse<String> method =
        service.send(service.request("/health/live").POST(BodyPublishers.ofString("x")).build());
    assertThat(method.statusCode()).isEqualTo(405);
    assertThat(method.body()).contains("\"code\":\"method_not_allowed\"");
    OpenApiTest.assertValid("Problem", method.body());

    HttpResponse<String> headers =
        service.send(service.request("/health/live").header("X", "x".repeat(20_000)).build());
    assertThat(headers.statusCode()).isEqualTo(431);
    assertThat(headers.body()).contains("\"code\":\"headers_too_large\"");
    OpenApiTest.assertValid("Problem", headers.body());

    for (String raw :
        new String[] {
          "NONSENSE\r\n\r\n",
          "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
          "GET / HTTP/1.1\r\nBad Header\u0001: x\r\n\r\n"
        }) {
      String answer = raw(raw);
      assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
      OpenApiTest.assertValid("Problem", answer.substring(answer.indexOf("\r\n\r\n")).strip());
    }
  }

  @Test
  void countsMethodsOfItsOwnOnly() throws Exception {
    for (String method : new String[] {"HEAD", "MADEUP"}) {
      service.send(service.request("/health/live").method(method, BodyPublishers.noBody()).build());
    }
    String metrics =
        service
            .send(service.request("/metrics").header("Authorization", "Bearer new").build())
            .body();
    assertThat(metrics)
        .contains("{method=\"HEAD\",route=\"none\",status=\"200\"}")
        .contains("{method=\"other\",route=\"none\",status=\"405\"}")
        .doesNotContain("MADEUP");
  }

  private static String raw(String request) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
