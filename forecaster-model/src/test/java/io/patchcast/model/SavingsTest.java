package io.patchcast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.Backend;
import io.patchcast.backend.PassPlan;
import io.patchcast.forecast.Backends;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left out changes no bit of a forecast. */
class SavingsTest {
  private static final int SEED = 7;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "LAST_HORIZON_PATCH, scalar", "LAST_HORIZON_PATCH, vector",
    "NARROW_LATE_LAYERS, scalar", "NARROW_LATE_LAYERS, vector",
    "UNOBSERVED_PATCHES, scalar", "UNOBSERVED_PATCHES, vector",
    "LONE_VARIATES, scalar", "LONE_VARIATES, vector"
  })
  void forecastIsTheSameWithoutTheSaving(Saving saving, String backendName) throws Exception {
    Checkpoint checkpoint = Checkpoint.open(new RandomCheckpoint().write(directory, SEED));
    Set<Saving> others = EnumSet.complementOf(EnumSet.of(saving));
    List<SeriesInput> series = series();
    try (Backend backend = Backends.open(backendName);
        Toto2 saved = new Toto2(checkpoint, backend);
        Toto2 unsaved = new Toto2(checkpoint, backend, others)) {
      for (int blockSize : new int[] {0, 32}) {
        DecodeOptions options = new DecodeOptions(blockSize, 8, 1e4);
        List<double[][]> expected = unsaved.forecast(series, options);
        List<double[][]> found = saved.forecast(series, options);
        for (int s = 0; s < series.size(); s++) {
          assertThat(found.get(s))
              .as("series %d, blocks of %d", s, blockSize)
              .isDeepEqualTo(expected.get(s));
        }
      }
    }
  }

  @Test
  void eachSavingLeavesSomethingOut() throws Exception {
    ModelShape shape = new ModelShape(new RandomCheckpoint().write(directory, SEED));
    int everything = shape.work(EnumSet.noneOf(Saving.class));
    for (Saving saving : EnumSet.complementOf(EnumSet.of(Saving.LONE_VARIATES))) {
      assertThat(shape.work(EnumSet.of(saving)))
          .as("tokens with %s alone", saving)
          .isLessThan(everything);
    }
    assertThat(shape.work(Saving.all())).isLessThan(everything / 2);
    assertThat(shape.valueOnly(EnumSet.allOf(Saving.class))).isTrue();
    assertThat(shape.valueOnly(EnumSet.complementOf(EnumSet.of(Saving.LONE_VARIATES)))).isFalse();
  }

  /** Plans for one univariate series with a gap. */
  private record ModelShape(Path checkpoint) {
    int work(Set<Saving> savings) {
      return plan(savings).layers().stream()
          .mapToInt(layer -> layer.inputCount() + layer.outputCount())
          .sum();
    }

    boolean valueOnly(Set<Saving> savings) {
      return plan(savings).layers().get(3).valueOnly();
    }

    private PassPlan plan(Set<Saving> savings) {
      boolean[] observed = new boolean[320];
      java.util.Arrays.fill(observed, 0, 100, true);
      java.util.Arrays.fill(observed, 260, 320, true);
      SeriesWindow window =
          new SeriesWindow(
              new double[1][416],
              new boolean[][] {java.util.Arrays.copyOf(observed, 416)},
              new long[1],
              1,
              10,
              0,
              10,
              13,
              -1);
      return new PassPlanner(Checkpoint.open(checkpoint).config(), savings)
          .plan(List.of(window), DecodeOptions.plain());
    }
  }

  private static List<SeriesInput> series() {
    Random random = new Random(SEED);
    List<SeriesInput> series = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      series.add(RandomSeries.next(random, 32, 4, i % 2));
    }
    for (int i = 0; i < 6; i++) {
      series.add(SeriesInput.univariate(RandomSeries.walk(random, 40 + 37 * i), 70));
    }
    return series;
  }
}
