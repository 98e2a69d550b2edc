package io.patchcast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./patchcast serve} as packaged: the same forecasts as {@code ./patchcast forecast}. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
class ServeIT {
  private static final Path ROOT =
      Path.of(System.getProperty("patchcast.root", "..")).toAbsolutePath().normalize();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path folder;

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("patchcast").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("JAVA_OPTS");
    builder.environment().remove("PATCHCAST_OPTS");
    return builder.start();
  }

  @Test
  void forecastsLikeTheForecastCommandAndEndsWithStatusZero() throws Exception {
    StringBuilder csv = new StringBuilder("time,value\n");
    StringBuilder target = new StringBuilder();
    for (int i = 0; i < 150; i++) {
      double value = 10 + 3 * Math.sin(i / 5.0) + i % 7 / 3.0;
      csv.append(Instant.EPOCH.plusSeconds(60L * i)).append(',').append(value).append('\n');
      target.append(i == 0 ? "" : ",").append(value);
    }
    Path in = Files.writeString(folder.resolve("in.csv"), csv);
    Path out = folder.resolve("out.csv");
    Process forecast =
        start("forecast", in.toString(), "--horizon", "20", "--out", out.toString(), "-q");
    assertThat(forecast.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(forecast.exitValue()).isZero();

    Path token = Files.writeString(folder.resolve("token"), "secret\n");
    Process serve = start("serve", "--port", "0", "--token-file", token.toString());
    try {
      BufferedReader log = serve.errorReader(StandardCharsets.UTF_8);
      String url = null;
      for (String line; (line = log.readLine()) != null && !line.contains("event=ready"); ) {
        url = line.contains("listening at http") ? line.substring(line.indexOf("http")) : url;
      }
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(url + "/v1/forecast"))
              .timeout(PATIENCE)
              .header("Content-Type", "application/json")
              .POST(
                  BodyPublishers.ofString(
                      "{\"inputs\":[{\"item_id\":\"a\",\"start\":0,\"step\":\"1m\",\"target\":["
                          + target
                          + "]}],\"parameters\":{\"horizon\":20}}"));
      HttpClient client = HttpClient.newHttpClient();
      assertThat(client.send(request.build(), BodyHandlers.discarding()).statusCode())
          .isEqualTo(401);
      HttpResponse<String> answer =
          client.send(
              request.header("Authorization", "Bearer secret").build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      JsonObject quantiles =
          JsonParser.parseString(answer.body())
              .getAsJsonObject()
              .getAsJsonArray("forecasts")
              .get(0)
              .getAsJsonObject()
              .getAsJsonObject("quantiles");
      List<String> rows = Files.readAllLines(out);
      assertThat(rows).hasSize(21);
      for (int step = 0; step < 20; step++) {
        String[] cells = rows.get(step + 1).split(",", -1);
        for (int level = 1; level <= 9; level++) {
          JsonArray values = quantiles.getAsJsonArray("0." + level);
          assertThat(values.get(step).getAsDouble()).isEqualTo(Double.parseDouble(cells[level]));
        }
      }
      // Not the process's own method: that would close its log as well.
      serve.toHandle().destroy();
      assertThat(serve.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(serve.exitValue()).isZero();
      assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains("event=stopped"));
    } finally {
      serve.destroyForcibly();
    }
  }
}
