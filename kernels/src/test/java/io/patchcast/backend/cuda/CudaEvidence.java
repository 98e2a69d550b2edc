package io.patchcast.backend.cuda;

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
import io.patchcast.test.SharedData;
import io.patchcast.verify.GoldenSuite;
import io.patchcast.weights.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code make evidence-cuda} and {@code make kernels-verify} print; not part of the build. All
 * of it is counted on the rig, and nothing of it is a time measured on a GPU.
 */
@Tag("evidence")
class CudaEvidence {
  /** Rows of one batch: each of 64 patches, but for one row of a single patch. */
  private static final int ROW_PATCHES = 64;

  @TempDir Path directory;

  /** A device as its maker describes it: bytes and bf16 operations with f32 sums per second. */
  private record Gpu(String name, double bytesPerSecond, double operationsPerSecond) {}

  private static final List<Gpu> GPUS =
      List.of(new Gpu("a100", 1.555e12, 312e12), new Gpu("h100", 3.35e12, 989e12));

  /** Every golden below the directory {@code patchcast.goldens}, in both precisions. */
  @Test
  void goldens() throws IOException {
    String property = System.getProperty("patchcast.goldens", "");
    Path goldens = property.isEmpty() ? SharedData.path("golden") : Path.of(property);
    Rig.start();
    for (String backend : List.of("cuda:f32", "cuda:bf16")) {
      Rig.reset();
      double largest = 0;
      int passed = 0;
      int refused = 0;
      double tolerance = backend.equals("cuda:bf16") ? 2e-2 : GoldenSuite.TOLERANCE;
      List<String> failed = new ArrayList<>();
      for (GoldenSuite.Result result :
          GoldenSuite.run(goldens, backend, one -> say("%s %s", backend, describe(one)))) {
        if (!result.refusal().isEmpty()) {
          refused++;
        } else if (result.largest() < tolerance) {
          passed++;
          largest = Math.max(largest, result.largest());
        } else {
          failed.add(result.name());
          largest = Math.max(largest, result.largest());
        }
      }
      say(
          "%s: %d passed, %d failed %s, %d refused; largest error %.2e",
          backend, passed, failed.size(), failed, refused, largest);
      String suffix = backend.replace(':', '_');
      figure("golden_error_" + suffix, largest, "< " + tolerance, largest < tolerance);
      count("goldens_failed_" + suffix, failed.size(), "= 0", failed.isEmpty());
    }
  }

  private static String describe(GoldenSuite.Result result) {
    return result.refusal().isEmpty()
        ? String.format(Locale.ROOT, "%s: %.2e", result.name(), result.largest())
        : result.name() + ": refused, " + result.refusal();
  }

  /** Launches, traffic and arithmetic of a pass against what no implementation can do without. */
  @Test
  void roofline() throws IOException {
    Rig.start();
    List<Integer> sizes =
        Arrays.stream(System.getProperty("patchcast.tokens", "1,64,4096").split(",", -1))
            .map(Integer::valueOf)
            .toList();
    for (String model : System.getProperty("patchcast.models", "4m,22m").split(",", -1)) {
      int width = model.equals("4m") ? 256 : 512;
      int layers = model.equals("4m") ? 4 : 6;
      RandomCheckpoint drawn =
          new RandomCheckpoint()
              .with("d_model", width)
              .with("num_heads", width / 64)
              .with("num_groups", width / 64)
              .with("qk_dim", 64)
              .with("v_dim", 64)
              .with("d_ff", model.equals("4m") ? 688 : 1368)
              .with("num_layers", layers)
              .with("layer_group_size", layers);
      Checkpoint checkpoint = Checkpoint.open(drawn.write(directory.resolve(model), 1));
      // With one variate the last layer needs neither q nor k.
      long weights = -2L * width * width;
      for (long[] shape : drawn.tensors().values()) {
        weights += shape.length == 2 ? shape[0] * shape[1] : 0;
      }
      for (int tokens : sizes) {
        roofline(model, checkpoint, layers, tokens, weights * Storage.BF16.bytes());
      }
    }
  }

  private void roofline(
      String model, Checkpoint checkpoint, int layers, int tokens, long weightBytes) {
    Rig.reset();
    try (Backend backend =
            CudaBackend.open(Storage.BF16, Driver.probe(), 2 * tokens, Launching.GRAPH);
        Toto2 toto = new Toto2(checkpoint, backend)) {
      Rig.set(Setting.STATS, 2);
      int patches = Math.min(tokens, ROW_PATCHES);
      toto.forecast(batch(tokens / patches, patches), DecodeOptions.plain(), 1);
      long bytes = 0;
      long tensor = 0;
      long scalar = 0;
      for (String line : Rig.kernels().lines().toList()) {
        JsonObject kernel = JsonParser.parseString(line).getAsJsonObject();
        bytes += kernel.get("readBytes").getAsLong() + kernel.get("writtenBytes").getAsLong();
        tensor += kernel.get("tensorFlops").getAsLong();
        scalar += kernel.get("flops").getAsLong();
      }
      long launches = Rig.count(Counter.LAUNCHES);
      long inputs = (long) tokens * 32 * (Double.BYTES + 1);
      long least = weightBytes + inputs + Rig.count(Counter.TO_HOST_BYTES);
      String name = model + "_" + tokens;
      count("launches_" + name, launches, "<= " + (5 * layers + 4), launches <= 5L * layers + 4);
      count("bytes_" + name, bytes, "", true);
      count("bytes_least_" + name, least, "", true);
      count("tensor_operations_" + name, tensor, "", true);
      count("f32_operations_" + name, scalar, "", true);
      for (Gpu gpu : GPUS) {
        double seconds = Math.max(bytes / gpu.bytesPerSecond(), tensor / gpu.operationsPerSecond());
        double floor = least / gpu.bytesPerSecond();
        figure("microseconds_not_beaten_" + gpu.name() + "_" + name, 1e6 * seconds, "", true);
        figure("microseconds_least_bytes_" + gpu.name() + "_" + name, 1e6 * floor, "", true);
      }
    }
  }

  private static List<SeriesInput> batch(int rows, int patches) {
    Random random = new Random(1);
    List<SeriesInput> batch = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      double[] values = new double[patches * 32];
      Arrays.setAll(values, t -> Math.sin(t / 9.0) + random.nextGaussian());
      boolean[] observed = new boolean[values.length];
      Arrays.fill(observed, true);
      batch.add(
          new SeriesInput(
              new double[][] {values},
              new boolean[][] {observed},
              new long[1],
              1,
              values.length,
              32));
    }
    return batch;
  }

  private static void figure(String name, double value, String target, boolean ok) {
    say("{\"figure\":\"%s\",\"value\":%.4g,\"target\":\"%s\",\"ok\":%s}", name, value, target, ok);
  }

  private static void count(String name, long value, String target, boolean ok) {
    say("{\"figure\":\"%s\",\"value\":%d,\"target\":\"%s\",\"ok\":%s}", name, value, target, ok);
  }

  /** Prints a line, and keeps it where the scripts find it. */
  private static void say(String format, Object... arguments) {
    String line = String.format(Locale.ROOT, format, arguments);
    System.out.println(line);
    try {
      Files.createDirectories(Path.of("target"));
      Files.writeString(
          Path.of("target/evidence.txt"),
          line + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
