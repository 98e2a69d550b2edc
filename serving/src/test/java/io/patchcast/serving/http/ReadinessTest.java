package io.patchcast.serving.http;

import static io.patchcast.serving.http.BadRequestTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.forecast.Forecaster;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ready only if the models forecast what they should. */
class ReadinessTest {
  private static final String REQUEST = TestSeries.request(TestSeries.list(1, 1, 100), 10, "60s");

  @TempDir Path folder;

  @BeforeEach
  void copyCheckpoint() throws Exception {
    for (String file : List.of("config.json", "model.safetensors")) {
      try (InputStream in = Forecaster.class.getResourceAsStream("builtin/" + file)) {
        Files.copy(in, folder.resolve(file));
      }
    }
  }

  @Test
  void isReadyWithASoundCheckpoint() throws Exception {
    try (ServiceProcess service = new ServiceProcess(List.of(), folder.toString(), "builtin")) {
      service.awaitLog(line -> line.contains("event=ready"));
      assertThat(service.get("/health/ready").statusCode()).isEqualTo(200);
      String own = service.forecast(REQUEST).body();
      String builtIn =
          service.forecast(REQUEST.replaceFirst("\\{", "{\"model\":\"builtin\",")).body();
      assertThat(own).contains("\"name\":\"" + folder);
      assertThat(builtIn).contains("\"name\":\"builtin\"");
      assertThat(own.substring(own.indexOf("\"forecasts\"")))
          .isEqualTo(builtIn.substring(builtIn.indexOf("\"forecasts\"")));
    }
  }

  @Test
  void isNotReadyWithDamagedWeights() throws Exception {
    Path weights = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    // Numbers of 3.4e38, which are finite but whose sums are not: no number at all is found at
    // once.
    Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + 4_096, (byte) 0x7F);
    Files.write(weights, bytes);
    try (ServiceProcess service = new ServiceProcess(List.of(), folder.toString())) {
      service.awaitLog(line -> line.contains("event=not_ready"));
      assertProblem(service.get("/health/ready"), 503, "not_ready", null, "could not be forecast");
      assertProblem(service.forecast(REQUEST), 503, "not_ready", null, folder.toString());
      assertThat(service.get("/health/live").statusCode()).isEqualTo(200);
      assertThat(service.get("/metrics").body()).contains("patchcast_ready 0.0");
    }
  }
}
