package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.Backend;
import io.patchcast.backend.cuda.Rig.Setting;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole forecasts against the scalar twin: long rows, caches, fallback and cap. */
class CudaForecastTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"cuda:f32", "cuda:bf16"})
  void longRowsBlocksFallbackAndCapDoWhatTheScalarTwinDoes(String name) throws Exception {
    Rig.start();
    Rig.set(Setting.CHECKS, 1);
    requireAgreement(name, directory);
    assertThat(Rig.held()).isZero();
  }

  /**
   * Rows of more keys than the kernel takes at once, more variates than that too, values that start
   * late, quantiles beyond the cap, and a horizon of several blocks.
   */
  static void requireAgreement(String name, Path directory) throws IOException {
    Checkpoint checkpoint =
        Checkpoint.open(
            new RandomCheckpoint()
                .with("d_model", 32)
                .with("num_heads", 1)
                .with("num_groups", 1)
                .with("d_ff", 64)
                .with("num_layers", 2)
                .with("layer_group_size", 2)
                .write(directory, 1));
    List<SeriesInput> batch =
        List.of(series(1, 1, 90 * 32, 0), series(2, 3, 300, 100), series(3, 70, 70, 20));
    DecodeOptions options = new DecodeOptions(64, 50, 0.05);
    List<double[][]> expected = forecast("scalar", checkpoint, batch, options);
    List<double[][]> found = forecast(name, checkpoint, batch, options);
    double tolerance = name.equals("cuda:bf16") ? 5e-2 : 1e-5;
    for (int s = 0; s < batch.size(); s++) {
      for (int target = 0; target < expected.get(s).length; target++) {
        double[] reference = expected.get(s)[target];
        double range =
            Arrays.stream(reference).max().orElse(0) - Arrays.stream(reference).min().orElse(0);
        double difference = 0;
        for (int i = 0; i < reference.length; i++) {
          difference = Math.max(difference, Math.abs(found.get(s)[target][i] - reference[i]));
        }
        assertThat(difference / range)
            .as("error of series %d, target %d on %s", s, target, name)
            .isLessThan(tolerance);
      }
    }
  }

  private static List<double[][]> forecast(
      String name, Checkpoint checkpoint, List<SeriesInput> batch, DecodeOptions options) {
    try (Backend backend = Backends.open(name);
        Toto2 model = new Toto2(checkpoint, backend)) {
      return model.forecast(batch, options, 1);
    }
  }

  /** Variates of which nothing is seen before {@code start}. */
  private static SeriesInput series(int seed, int variates, int contextLength, int start) {
    Random random = new Random(seed);
    double[][] values = new double[variates][contextLength];
    boolean[][] observed = new boolean[variates][contextLength];
    for (int v = 0; v < variates; v++) {
      // Rare spikes: most of the forecast lies beyond the other end of the range, and meets the
      // cap.
      double spike = seed != 2 ? 0 : v == 1 ? 6 : -6;
      Arrays.setAll(
          values[v],
          t ->
              spike == 0
                  ? 20 + 3 * Math.sin(t / 9.0) + random.nextGaussian()
                  : 20 + (t % 40 == 0 ? spike : 0));
      Arrays.fill(observed[v], start, contextLength, true);
    }
    return new SeriesInput(values, observed, new long[variates], variates, contextLength, 150);
  }
}
