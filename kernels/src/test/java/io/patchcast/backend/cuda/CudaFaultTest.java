package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.patchcast.backend.Backend;
import io.patchcast.backend.cuda.Rig.Counter;
import io.patchcast.backend.cuda.Rig.Setting;
import io.patchcast.backend.cuda.driver.CudaException;
import io.patchcast.backend.cuda.driver.Driver;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users are told when the driver or a device fails, and that nothing stays behind. */
@Tag("rig")
class CudaFaultTest {
  @TempDir Path directory;

  private Checkpoint checkpoint;

  @BeforeEach
  void startRig() throws Exception {
    Rig.start();
    checkpoint =
        Checkpoint.open(
            new RandomCheckpoint()
                .with("num_layers", 2)
                .with("layer_group_size", 2)
                .write(directory, 1));
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(Rig.held()).isZero();
    assertThat(Rig.count(Counter.LIVE_BYTES)).isZero();
  }

  @Test
  void aMachineWithoutGpuIsAReason() {
    Rig.set(Setting.DEVICE_COUNT, 0);
    assertThat(Driver.probe().devices()).isEmpty();
    assertThat(Driver.probe().reason()).isEqualTo("the driver found no NVIDIA GPU");
    assertThatThrownBy(() -> CudaBackend.open(Storage.BF16, Driver.probe()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("backend cuda cannot be used: the driver found no NVIDIA GPU");
  }

  @Test
  void anOldDriverIsAReason() {
    Rig.set(Setting.DRIVER_VERSION, 10_020);
    assertThat(Driver.probe().reason())
        .isEqualTo(
            "expected an NVIDIA driver for CUDA 11.0 or later (450 or later), found one for CUDA"
                + " 10.2");
  }

  @Test
  void anOldDeviceIsAReason() {
    Rig.set(Setting.CAPABILITY, 75);
    assertThat(Driver.probe().reason())
        .isEqualTo("expected compute capability 8.0 or later, rig 0 has 7.5");
  }

  @Test
  void aMachineWithoutDriverIsAReasonAndAutoGoesOn() throws Exception {
    String output = withoutDriver();
    assertThat(output)
        .contains("asked: backend cuda cannot be used: no NVIDIA driver: expected its device files")
        .contains("auto: vector");
    assertThat(output.lines().filter(line -> line.contains("backend vector of"))).hasSize(1);
    assertThat(output).doesNotContain("\tat ");
    // Neither its classes nor its native library: other commands start as fast as without them.
    assertThat(output).contains("cuda.driver.Driver ").doesNotContain(" jcuda.");
    assertThat(directory.toFile().list((parent, name) -> name.contains("JCuda"))).isEmpty();
  }

  @Test
  void aDriverThatIsAskedForWithoutASignIsLookedFor() throws Exception {
    assertThat(withoutDriver("-Dpatchcast.cuda.probe=always"))
        .contains(
            "asked: backend cuda cannot be used: no NVIDIA driver: libcuda.so.1 cannot be loaded")
        .contains(" jcuda.");
  }

  /** What a JVM without the rig says, and which classes it loads. */
  private String withoutDriver(String... options) throws Exception {
    Path log = Path.of("target/rig/without-driver.out");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules=jdk.incubator.vector", "-Xlog:class+load"));
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-Djava.io.tmpdir=" + directory,
            "-cp",
            System.getProperty("java.class.path"),
            WithoutDriver.class.getName()));
    int status = Rig.run(command, log);
    String output = Files.readString(log);
    assertThat(status).as(output).isZero();
    assumeFalse(output.contains("cuda is available"), "this machine has a GPU");
    return output;
  }

  @Test
  void aDriverTooOldForThePtxSaysSo() {
    Rig.set(Setting.PTX_VERSION, 65);
    try (Backend backend = open()) {
      assertThatThrownBy(() -> new Toto2(checkpoint, backend))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("UNSUPPORTED_PTX_VERSION while loading the kernels of");
    }
  }

  @Test
  void outOfMemoryAtLoadSaysWhatWasPlanned() {
    Rig.set(Setting.TOTAL_BYTES, 1 << 20);
    try (Backend backend = open()) {
      assertThatThrownBy(() -> new Toto2(checkpoint, backend))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("OUT_OF_MEMORY while allocating")
          .hasMessageContaining("device memory planned: ")
          .hasMessageContaining("free 0 MiB");
      assertThat(Rig.count(Counter.LIVE_ALLOCATIONS)).isZero();
      Rig.set(Setting.TOTAL_BYTES, 1L << 30);
      assertThat(forecast(backend)).hasSize(2);
    }
  }

  /** Wherever memory runs out, the error says so, nothing is lost, and the next attempt works. */
  @Test
  void everyAllocationMayFail() {
    boolean failed = true;
    int failures = 0;
    for (int n = 1; failed; n++) {
      try (Backend backend = open()) {
        Rig.set(Setting.FAIL_ALLOCATION, n);
        failed = false;
        try {
          forecast(backend);
        } catch (CudaException e) {
          failed = true;
          failures++;
          assertThat(e).hasMessageContaining("OUT_OF_MEMORY").hasMessageContaining("planned");
        }
        Rig.set(Setting.FAIL_ALLOCATION, 0);
        assertThat(forecast(backend)).hasSize(2);
      }
      assertThat(Rig.held()).as("after allocation %d failed", n).isZero();
    }
    assertThat(failures).isGreaterThan(15);
  }

  @Test
  void aFailingLaunchPoisonsTheBackendUntilItIsReopened() {
    List<double[][]> expected;
    try (Backend backend = open();
        Toto2 model = new Toto2(checkpoint, backend)) {
      expected = model.forecast(series(), DecodeOptions.plain());
      Rig.set(Setting.FAIL_LAUNCH, 4);
      assertThatThrownBy(() -> model.forecast(series(), DecodeOptions.plain()))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED while");
      assertThatThrownBy(() -> model.forecast(series(), DecodeOptions.plain()))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("device 0 cannot be used any more since CUDA_ERROR_LAUNCH_FAILED")
          .hasMessageContaining("close this backend and open another");
    }
    assertThat(Rig.held()).isZero();
    try (Backend backend = open()) {
      assertThat(forecast(backend).get(0)[0]).containsExactly(expected.get(0)[0]);
    }
  }

  /** A device that goes away, at one call after another. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 20, 60, 100, 110, 120, 130, 140, 150})
  void aLostDeviceIsAnErrorAndNothingStaysBehind(int calls) {
    try (Backend backend = open()) {
      Rig.set(Setting.LOSE_DEVICE, calls);
      assertThatThrownBy(
              () -> {
                while (true) {
                  forecast(backend);
                }
              })
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("CUDA_ERROR_UNKNOWN");
      assertThatThrownBy(() -> forecast(backend))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("cannot be used any more");
    }
    assertThat(Rig.held()).isZero();
    try (Backend backend = open()) {
      assertThat(forecast(backend)).hasSize(2);
    }
  }

  @Test
  void severalDevicesShareTheWork() {
    Rig.set(Setting.DEVICE_COUNT, 3);
    List<SeriesInput> many = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      many.add(series(new Random(i), 1, 300));
    }
    List<double[][]> found;
    try (Backend backend = CudaBackend.open(Storage.F32, Driver.probe(), 20, Launching.GRAPH);
        Toto2 model = new Toto2(checkpoint, backend)) {
      assertThat(Rig.count(Counter.CONTEXTS)).isEqualTo(3);
      found = model.forecast(many, DecodeOptions.plain());
      assertThat(Rig.count(Counter.LIVE_STREAMS)).isBetween(2L, 6L);
    }
    try (Backend backend = open();
        Toto2 model = new Toto2(checkpoint, backend)) {
      for (int i = 0; i < many.size(); i++) {
        double[] alone = model.forecast(List.of(many.get(i)), DecodeOptions.plain()).get(0)[0];
        for (int k = 0; k < alone.length; k++) {
          assertThat(found.get(i)[0][k])
              .isCloseTo(alone[k], offset(1e-4 * (1 + Math.abs(alone[k]))));
        }
      }
    }
  }

  private static Backend open() {
    return CudaBackend.open(Storage.F32, Driver.probe());
  }

  private List<double[][]> forecast(Backend backend) {
    try (Toto2 model = new Toto2(checkpoint, backend)) {
      return model.forecast(series(), DecodeOptions.plain());
    }
  }

  private static List<SeriesInput> series() {
    return List.of(series(new Random(1), 2, 100), series(new Random(2), 1, 300));
  }

  private static SeriesInput series(Random random, int variates, int contextLength) {
    double[][] values = new double[variates][contextLength];
    boolean[][] observed = new boolean[variates][contextLength];
    for (int v = 0; v < variates; v++) {
      for (int t = 0; t < contextLength; t++) {
        values[v][t] = 50 + 10 * Math.sin(t / 7.0) + random.nextGaussian();
      }
      Arrays.fill(observed[v], true);
    }
    return new SeriesInput(values, observed, new long[variates], variates, contextLength, 40);
  }
}
