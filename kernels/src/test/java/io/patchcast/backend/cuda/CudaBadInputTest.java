package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.patchcast.backend.Backend;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Series that no forecast can be made of, beside others that share their tiles. */
class CudaBadInputTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"cuda:f32", "cuda:bf16"})
  void oneBadSeriesFailsNoOther(String name) throws Exception {
    Rig.start();
    Checkpoint checkpoint = Checkpoint.open(new RandomCheckpoint().write(directory, 1));
    SeriesInput good = series(t -> Math.sin(t / 5.0));
    SeriesInput overflowing = series(t -> t % 2 == 0 ? 1e200 : -1e200);
    SeriesInput beyond = series(t -> 1e308);
    SeriesInput huge = series(t -> 1e12 + t);
    List<double[][]> together;
    List<double[][]> alone;
    try (Backend backend = Backends.open(name);
        Toto2 model = new Toto2(checkpoint, backend)) {
      together = model.forecast(List.of(overflowing, good, beyond, huge), DecodeOptions.plain());
      alone = model.forecast(List.of(good), DecodeOptions.plain());
    }
    try (Backend backend = Backends.open("scalar");
        Toto2 model = new Toto2(checkpoint, backend)) {
      assertThat(model.forecast(List.of(overflowing), DecodeOptions.plain()).get(0)[0])
          .containsOnly(Double.NaN);
      assertThat(model.forecast(List.of(beyond), DecodeOptions.plain()).get(0)[0])
          .containsOnly(Double.NaN);
    }
    assertThat(together.get(0)[0]).containsOnly(Double.NaN);
    assertThat(together.get(2)[0]).containsOnly(Double.NaN);
    double tolerance = name.equals("cuda:bf16") ? 2e-2 : 1e-5;
    for (int i = 0; i < alone.get(0)[0].length; i++) {
      double expected = alone.get(0)[0][i];
      assertThat(together.get(1)[0][i])
          .isCloseTo(expected, offset(tolerance * (1 + Math.abs(expected))));
    }
    assertThat(Arrays.stream(together.get(3)[0])).allMatch(Double::isFinite);
    assertThat(Rig.held()).isZero();
  }

  private static SeriesInput series(IntToDoubleFunction value) {
    double[] values = new double[200];
    Random random = new Random(1);
    Arrays.setAll(values, t -> value.applyAsDouble(t) * (1 + 1e-3 * random.nextDouble()));
    boolean[] observed = new boolean[values.length];
    Arrays.fill(observed, true);
    return new SeriesInput(
        new double[][] {values}, new boolean[][] {observed}, new long[1], 1, values.length, 40);
  }
}
