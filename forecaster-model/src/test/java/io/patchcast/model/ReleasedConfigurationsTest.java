package io.patchcast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.backend.Backend;
import io.patchcast.forecast.Backends;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.test.SharedData;
import io.patchcast.weights.Checkpoint;
import io.patchcast.weights.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The five released configurations load and forecast: with random weights where they are small; of
 * the big ones, the matrices between the first and the last layer are zeros, holes in a sparse file
 * of full size (9.8 GB for 2.5B, so most tensors lie beyond two gigabytes).
 */
class ReleasedConfigurationsTest {
  private static final long MOST_RANDOM_BYTES = 100_000_000;

  @TempDir Path directory;

  /** Measurements need no download: they run on these shapes. */
  @ParameterizedTest
  @ValueSource(strings = {"4m", "22m", "313m", "1B", "2.5B"})
  void theShapeIsKnownWithoutTheFile(String size) throws IOException {
    Path config = SharedData.path("golden/configs/Toto-2.0-" + size + ".config.json");
    Files.copy(config, directory.resolve("config.json"));
    RandomCheckpoint.writeTensors(
        directory.resolve("model.safetensors"), Map.of(), (name, count) -> null);
    assertThat(ModelConfig.released(size)).isEqualTo(Checkpoint.open(directory).config());
  }

  @ParameterizedTest
  @CsvSource({"4m, 4144448", "22m, 21915584"})
  void smallOneLoadsAndForecastsAsTheScalarTwinDoes(String size, long parameterCount)
      throws Exception {
    Path checkpoint = write(size);
    assertThat(Checkpoint.open(checkpoint).parameterCount()).isEqualTo(parameterCount);
    double[] fast = forecast(checkpoint, "vector");
    double[] exact = forecast(checkpoint, "scalar");

    double range = range(exact);
    for (int i = 0; i < exact.length; i++) {
      assertThat(Math.abs(fast[i] - exact[i]) / range).isLessThan(2e-5);
    }
  }

  @Tag("big")
  @ParameterizedTest
  @CsvSource({"313m, 312684608, 2", "1B, 1041033024, 6", "2.5B, 2454281792, 12"})
  void bigOneLoadsAndForecasts(String size, long parameterCount, int heapGigabytes)
      throws Exception {
    assumeThat(Runtime.getRuntime().maxMemory() >> 30)
        .as("gigabytes of heap (weights of %s take more)", size)
        .isGreaterThanOrEqualTo(heapGigabytes);
    Path checkpoint = write(size);
    assertThat(Checkpoint.open(checkpoint).parameterCount()).isEqualTo(parameterCount);
    double[] forecast = forecast(checkpoint, "vector");

    assertThat(range(forecast)).isGreaterThan(0).isFinite();
    for (int i = 0; i < forecast.length; i++) {
      assertThat(forecast[i]).isFinite();
      assertThat(i % 9 == 0 || forecast[i] >= forecast[i - 1]).isTrue();
    }
  }

  private Path write(String size) throws IOException {
    Path config = SharedData.path("golden/configs/Toto-2.0-" + size + ".config.json");
    RandomCheckpoint checkpoint = new RandomCheckpoint();
    JsonObject keys = JsonParser.parseString(Files.readString(config)).getAsJsonObject();
    for (Map.Entry<String, JsonElement> key : keys.entrySet()) {
      checkpoint.with(key.getKey(), value(key.getValue()));
    }
    int last = keys.get("num_layers").getAsInt() - 1;
    Path target = directory.resolve(size);
    Files.createDirectories(target);
    Files.copy(config, target.resolve("config.json"));
    Random random = new Random(11);
    Map<String, long[]> tensors = checkpoint.tensors();
    long bytes = 4 * parameterCount(tensors);
    RandomCheckpoint.writeTensors(
        target.resolve("model.safetensors"),
        tensors,
        (name, count) -> {
          boolean kept =
              bytes < MOST_RANDOM_BYTES
                  || count < 100_000
                  || name.startsWith("patch_proj")
                  || name.startsWith("output_head")
                  || name.contains("layers." + last + ".");
          if (!kept) {
            return null;
          }
          float[] values = new float[count];
          for (int i = 0; i < count; i++) {
            values[i] = name.endsWith("_tau") ? 0.3f : (float) random.nextGaussian();
          }
          return values;
        });
    return target;
  }

  private static Object value(JsonElement element) {
    String text = element.toString();
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    double number = element.getAsDouble();
    return number == Math.rint(number) ? (Object) (int) number : (Object) number;
  }

  private static long parameterCount(Map<String, long[]> tensors) {
    long count = 0;
    for (long[] shape : tensors.values()) {
      long size = 1;
      for (long extent : shape) {
        size *= extent;
      }
      count += size;
    }
    return count;
  }

  private static double[] forecast(Path checkpoint, String backendName) {
    double[] values = RandomSeries.walk(new Random(13), 130);
    try (Backend backend = Backends.open(backendName);
        Toto2 model = new Toto2(Checkpoint.open(checkpoint), backend)) {
      return model.forecast(List.of(SeriesInput.univariate(values, 40)), DecodeOptions.plain())
          .get(0)[0];
    }
  }

  private static double range(double[] values) {
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
    return greatest - least;
  }
}
