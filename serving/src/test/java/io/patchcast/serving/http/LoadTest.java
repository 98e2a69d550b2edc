package io.patchcast.serving.http;

import static io.patchcast.serving.http.BadRequestTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Many clients at a time, more than there is room for, and the end of the service. */
class LoadTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** 60 series that take the service a while. */
  private static final String LONG_REQUEST =
      TestSeries.request(TestSeries.list(7, 60, 700), 32, "60s");

  private static List<CompletableFuture<HttpResponse<String>>> send(
      ServiceProcess service, String... bodies) {
    List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
    for (String body : bodies) {
      sent.add(
          service
              .client()
              .sendAsync(service.forecastRequest(body).build(), BodyHandlers.ofString()));
    }
    return sent;
  }

  private static HttpResponse<String> await(CompletableFuture<HttpResponse<String>> future)
      throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static String[] repeated(String body, int count) {
    return java.util.Collections.nCopies(count, body).toArray(new String[0]);
  }

  @Test
  void answersManyClientsAtATimeLikeTheCore() throws Exception {
    int clientCount = 64;
    List<List<TimeSeries>> inputs = new ArrayList<>();
    String[] bodies = new String[clientCount];
    for (int i = 0; i < clientCount; i++) {
      inputs.add(TestSeries.list(i, 1 + i % 5, 100 + 5 * i));
      bodies[i] = TestSeries.request(inputs.get(i), i % 3 == 0 ? 40 : 96, "60s");
    }
    try (ServiceProcess service = ServiceProcess.ready();
        Forecaster forecaster = Forecaster.open(ModelSource.builtIn())) {
      List<CompletableFuture<HttpResponse<String>>> sent = send(service, bodies);
      for (int i = 0; i < clientCount; i++) {
        HttpResponse<String> response = await(sent.get(i));
        assertThat(response.statusCode()).isEqualTo(200);
        JsonArray forecasts =
            JsonParser.parseString(response.body()).getAsJsonObject().getAsJsonArray("forecasts");
        List<SeriesForecast> expected =
            forecaster
                .forecast(ForecastRequest.of(inputs.get(i), Horizon.steps(i % 3 == 0 ? 40 : 96)))
                .series();
        assertThat(forecasts).hasSize(expected.size());
        for (int k = 0; k < expected.size(); k++) {
          JsonObject found = forecasts.get(k).getAsJsonObject();
          JsonArray values = found.getAsJsonObject("quantiles").getAsJsonArray("0.7");
          double[] wanted = expected.get(k).quantile(0.7);
          assertThat(found.get("item_id").getAsString()).isEqualTo(expected.get(k).id());
          assertThat(values).hasSize(wanted.length);
          for (int step = 0; step < wanted.length; step++) {
            assertThat(values.get(step).getAsDouble()).isEqualTo(wanted[step]);
          }
        }
      }
      // Batches had series of several requests in them.
      assertThat(metric(service, "patchcast_batch_requests_max")).isGreaterThan(1);
    }
  }

  @Test
  void turnsAwayWhatItHasNoRoomForAndLosesNothing() throws Exception {
    try (ServiceProcess service = ServiceProcess.ready("-Dservice.queue=3")) {
      int full = 0;
      List<CompletableFuture<HttpResponse<String>>> sent =
          send(service, repeated(LONG_REQUEST, 12));
      for (CompletableFuture<HttpResponse<String>> one : sent) {
        HttpResponse<String> response = await(one);
        if (response.statusCode() != 200) {
          full++;
          assertProblem(response, 429, "queue_full", null, "(of 3)");
          assertThat(Integer.parseInt(response.headers().firstValue("Retry-After").orElseThrow()))
              .isBetween(1, 300);
        }
      }
      assertThat(full).isBetween(1, 9);
      assertThat(metric(service, "patchcast_queue_requests")).isZero();
      assertThat(metric(service, "patchcast_queue_points")).isZero();
      assertThat(await(send(service, LONG_REQUEST).get(0)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void countsPointsAndLetsALoneLargeRequestIn() throws Exception {
    try (ServiceProcess service = ServiceProcess.ready("-Dservice.queue.points=10")) {
      assertThat(await(send(service, LONG_REQUEST).get(0)).statusCode()).isEqualTo(200);
      int full = 0;
      for (CompletableFuture<HttpResponse<String>> one : send(service, repeated(LONG_REQUEST, 8))) {
        full += await(one).statusCode() == 429 ? 1 : 0;
      }
      assertThat(full).isBetween(1, 7);
    }
  }

  @Test
  void givesUpWhenTheTimeIsOver() throws Exception {
    try (ServiceProcess service = ServiceProcess.ready()) {
      List<CompletableFuture<HttpResponse<String>>> others =
          send(service, repeated(LONG_REQUEST, 4));
      HttpResponse<String> late = service.forecast(LONG_REQUEST.replace("\"60s\"", "\"1ms\""));
      assertProblem(late, 503, "timed_out", null, "within 1 ms");
      assertThat(late.headers().firstValue("Retry-After")).isPresent();
      for (CompletableFuture<HttpResponse<String>> other : others) {
        assertThat(await(other).statusCode()).isEqualTo(200);
      }
      assertThat(metric(service, "patchcast_queue_requests")).isZero();
    }
  }

  @Test
  void finishesWhatItHasWhenToldToEnd() throws Exception {
    try (ServiceProcess service = ServiceProcess.ready()) {
      List<CompletableFuture<HttpResponse<String>>> sent = send(service, repeated(LONG_REQUEST, 8));
      awaitOpen(service, 4);
      service.terminate();
      service.awaitLog(line -> line.contains("event=draining"));
      assertProblem(service.get("/health/ready"), 503, "draining", null, "finishes what it has");
      assertProblem(service.forecast(LONG_REQUEST), 503, "draining", null, "finishes");
      assertThat(service.get("/health/live").statusCode()).isEqualTo(200);
      int done = 0;
      for (CompletableFuture<HttpResponse<String>> one : sent) {
        int status = await(one).statusCode();
        assertThat(status).isIn(200, 503); // the last may have come after the signal
        done += status == 200 ? 1 : 0;
      }
      assertThat(done).isGreaterThanOrEqualTo(4);
      assertThat(service.exitStatus()).isZero();
      assertThat(service.awaitLog(line -> line.contains("event=stopped")))
          .contains("0 requests left without an answer");
    }
  }

  @Test
  void endsWhenDrainingTakesTooLong() throws Exception {
    try (ServiceProcess service = ServiceProcess.ready("-Dservice.drain=1")) {
      List<CompletableFuture<HttpResponse<String>>> sent = send(service, repeated(LONG_REQUEST, 8));
      awaitOpen(service, 6);
      service.terminate();
      assertThat(service.exitStatus()).isBetween(1, 8);
      assertThat(sent).isNotEmpty();
    }
  }

  private static void awaitOpen(ServiceProcess service, int count) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (metric(service, "patchcast_queue_requests") < count) {
      if (System.nanoTime() > end) {
        throw new TimeoutException("never " + count + " requests at a time");
      }
    }
  }

  private static double metric(ServiceProcess service, String name) throws Exception {
    Matcher line =
        Pattern.compile("(?m)^" + name + " (\\S+)$").matcher(service.get("/metrics").body());
    assertThat(line.find()).as(name).isTrue();
    return Double.parseDouble(line.group(1));
  }
}
