package io.patchcast.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example of the README: compiled, run, and the same as there. */
class ReadmeExampleTest {
  @Test
  void exampleRuns() {
    try (Forecaster forecaster = Forecaster.open(ModelSource.builtIn())) {
      Instant start = Instant.parse("2026-11-22T00:00:00Z");
      double[] requests = {120, 131, 129, 140, Double.NaN, 152, 149, 161, 158, 170};
      TimeSeries series =
          TimeSeries.of("requests", start, Step.of(Duration.ofMinutes(5)), requests);

      SeriesForecast forecast = forecaster.forecast(series, Horizon.of(Duration.ofHours(1)));

      double[] median = forecast.median();
      double[] low = forecast.quantile(0.1);
      double[] high = forecast.quantile(0.9);
      assertThat(median).hasSize(12);
      for (int i = 0; i < median.length; i++) {
        assertThat(median[i]).isBetween(low[i], high[i]);
      }
    }
  }

  @Test
  void readmeShowsTheSameLines() throws Exception {
    String source =
        compact(text(Path.of("src/test/java/io/patchcast/forecast/ReadmeExampleTest.java")));
    String readme = text(Path.of("../README.md"));
    String example = readme.substring(readme.indexOf("```java") + 7);
    List<String> statements =
        List.of(example.substring(0, example.indexOf("for (int i")).split("(?<=;)|(?<=\\{)", -1));

    assertThat(statements).hasSizeGreaterThan(7);
    assertThat(statements).allSatisfy(statement -> assertThat(source).contains(compact(statement)));
  }

  /** Without white space: lines may be broken elsewhere. */
  private static String compact(String code) {
    return code.replaceAll("\\s+", "");
  }

  private static String text(Path file) throws java.io.IOException {
    return Files.readString(file);
  }
}
