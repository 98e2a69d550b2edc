package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.backend.Backend;
import io.patchcast.backend.cuda.Rig.Counter;
import io.patchcast.backend.cuda.Rig.Setting;
import io.patchcast.backend.cuda.driver.Driver;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pass asks of a GPU, as the rig counts it. */
@Tag("rig")
class CudaCountersTest {
  @TempDir Path directory;

  @BeforeEach
  void startRig() {
    Rig.start();
  }

  /** Every operation of every layer is one launch, and the pass is one graph. */
  @Test
  void aPassIsOneGraphOfFewLaunches() throws Exception {
    int layers = 4;
    try (Backend backend = CudaBackend.open(Storage.BF16, Driver.probe());
        Toto2 model = new Toto2(checkpoint(64, layers, 2), backend)) {
      model.forecast(series(3, 5, 1), DecodeOptions.plain());
      // With several variates the last layer has an attention of its own, with one it has none.
      assertThat(Rig.count(Counter.LAUNCHES)).isEqualTo(5 * layers + 4);
      model.forecast(series(1, 5, 1), DecodeOptions.plain());
      assertThat(Rig.count(Counter.LAUNCHES)).isEqualTo(2 * (5 * layers + 4) - 1);
      assertThat(Rig.count(Counter.GRAPH_LAUNCHES)).isEqualTo(2);
      model.forecast(series(3, 5, 1), DecodeOptions.plain());
      assertThat(Rig.count(Counter.GRAPH_LAUNCHES)).isEqualTo(3);
      // A graph for each of two buckets, and none more for the third pass.
      assertThat(Rig.count(Counter.LIVE_GRAPHS)).isEqualTo(2);
    }
  }

  /** Nothing but the plan goes down and nothing but quantiles comes back. */
  @Test
  void onlyInputsAndQuantilesCrossTheBus() throws Exception {
    try (Backend backend = CudaBackend.open(Storage.BF16, Driver.probe());
        Toto2 model = new Toto2(checkpoint(64, 4, 2), backend)) {
      long before = Rig.count(Counter.TO_DEVICE_BYTES);
      model.forecast(series(3, 5, 1), DecodeOptions.plain());
      assertThat(Rig.count(Counter.TO_HOST_BYTES)).isEqualTo(3L * 32 * 9 * Double.BYTES);
      long inputs = 3L * 6 * 32 * (Double.BYTES + 1);
      assertThat(Rig.count(Counter.TO_DEVICE_BYTES) - before)
          .isBetween(inputs, inputs + 3 * 6 * 200L);
    }
  }

  @Test
  void productsMeetNoBankTwiceAndReadFullSectors() throws Exception {
    Rig.set(Setting.STATS, 1);
    try (Backend backend = CudaBackend.open(Storage.BF16, Driver.probe());
        Toto2 model = new Toto2(checkpoint(256, 2, 4), backend)) {
      model.forecast(series(8, 16, 2), DecodeOptions.plain());
      List<JsonObject> kernels =
          Rig.kernels()
              .lines()
              .map(line -> JsonParser.parseString(line).getAsJsonObject())
              .toList();
      assertThat(kernels).hasSize(9);
      for (JsonObject kernel : kernels) {
        String name = kernel.get("kernel").getAsString();
        assertThat(kernel.get("productCycles").getAsLong())
            .as("shared cycles of the products of %s", name)
            .isEqualTo(kernel.get("productCyclesIdeal").getAsLong());
        // The scaler reads a byte and a double per step: a third more sectors than bytes.
        double allowed = name.startsWith("scale") ? 1.34 : 1.01;
        assertThat(kernel.get("globalSectors").getAsDouble())
            .as("global sectors of %s", name)
            .isLessThanOrEqualTo(allowed * kernel.get("globalSectorsIdeal").getAsLong());
      }
    }
  }

  private Checkpoint checkpoint(int width, int layers, int heads) throws Exception {
    return Checkpoint.open(
        new RandomCheckpoint()
            .with("d_model", width)
            .with("num_heads", heads)
            .with("num_groups", heads)
            .with("qk_dim", width / heads)
            .with("v_dim", width / heads)
            .with("d_ff", width == 256 ? 688 : 176)
            .with("num_layers", layers)
            .with("layer_group_size", layers)
            .write(directory, 1));
  }

  /** Series of {@code variates} variates, each of {@code patches} patches and one to forecast. */
  private static List<SeriesInput> series(int variates, int patches, int count) {
    List<SeriesInput> all = new ArrayList<>();
    Random random = new Random(1);
    for (int s = 0; s < count; s++) {
      double[][] values = new double[variates][patches * 32];
      boolean[][] observed = new boolean[variates][patches * 32];
      for (int v = 0; v < variates; v++) {
        Arrays.setAll(values[v], t -> Math.sin(t / 5.0) + random.nextGaussian());
        Arrays.fill(observed[v], true);
      }
      all.add(new SeriesInput(values, observed, new long[variates], variates, patches * 32, 32));
    }
    return all;
  }
}
