package io.patchcast.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelSource;
import io.patchcast.test.SharedData;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownForecastsTest {
  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void builtInModelForecastsWhatIsKnown(String backend) {
    KnownForecasts known = KnownForecasts.of("builtin");
    try (Forecaster forecaster = Forecaster.open(ModelSource.builtIn(), backend)) {
      assertThat(forecaster.model().weightsSha256()).isEqualTo(known.weightsSha256());
      assertThat(known.check(forecaster)).hasSize(4).allMatch(KnownForecasts.Result::passed);
    }
  }

  /** The values come from the scalar twin: this is how they were made, and fails when they age. */
  @Test
  void builtInValuesAreThoseOfTheScalarTwin() {
    try (Forecaster forecaster = Forecaster.open(ModelSource.builtIn(), "scalar");
        InputStreamReader reader =
            new InputStreamReader(
                KnownForecasts.class.getResourceAsStream("known-builtin.json"),
                StandardCharsets.UTF_8)) {
      JsonObject file = JsonParser.parseReader(reader).getAsJsonObject();
      for (JsonElement element : file.getAsJsonArray("cases")) {
        JsonObject known = element.getAsJsonObject();
        double[][] found =
            KnownForecasts.forecast(
                forecaster,
                known.get("name").getAsString(),
                known.get("length").getAsInt(),
                known.get("horizon").getAsInt());
        assertThat(numbers(known, "first")).containsExactly(rounded(found[0]));
        assertThat(numbers(known, "last")).containsExactly(rounded(found[1]));
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anotherModelDoesNotPass(@org.junit.jupiter.api.io.TempDir Path directory) throws Exception {
    Path other = new io.patchcast.test.RandomCheckpoint().write(directory, 1);
    try (Forecaster forecaster = Forecaster.open(ModelSource.directory(other))) {
      assertThat(KnownForecasts.of("builtin").check(forecaster))
          .filteredOn(result -> !result.passed())
          .hasSizeGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void publishedValuesOfThe4mCheckpointAreAsPublished() throws Exception {
    JsonObject published =
        JsonParser.parseString(Files.readString(SharedData.path("golden/real-4m.json")))
            .getAsJsonObject();
    try (InputStreamReader reader =
        new InputStreamReader(
            KnownForecasts.class.getResourceAsStream("known-toto-2.0-4m.json"),
            StandardCharsets.UTF_8)) {
      JsonObject shipped = JsonParser.parseReader(reader).getAsJsonObject();
      assertThat(shipped.getAsJsonArray("cases").size())
          .isEqualTo(published.getAsJsonArray("cases").size());
      for (int i = 0; i < 3; i++) {
        JsonObject expected = published.getAsJsonArray("cases").get(i).getAsJsonObject();
        JsonObject found = shipped.getAsJsonArray("cases").get(i).getAsJsonObject();
        assertThat(numbers(found, "first")).isEqualTo(numbers(expected, "first"));
        assertThat(numbers(found, "last")).isEqualTo(numbers(expected, "last"));
      }
    }
    assertThat(KnownForecasts.of("Datadog/Toto-2.0-4m").weightsSha256()).startsWith("316660d5");
    assertThat(KnownForecasts.of("someone/else")).isNull();
  }

  private static List<Double> numbers(JsonObject object, String key) {
    List<Double> numbers = new ArrayList<>();
    object.getAsJsonArray(key).forEach(number -> numbers.add(number.getAsDouble()));
    return numbers;
  }

  private static Double[] rounded(double[] values) {
    Double[] rounded = new Double[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] =
          new java.math.BigDecimal(values[i]).round(new java.math.MathContext(9)).doubleValue();
    }
    return rounded;
  }
}
