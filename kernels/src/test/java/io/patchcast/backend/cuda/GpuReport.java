package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.Backend;
import io.patchcast.backend.cuda.driver.Driver;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * For whoever has a GPU: {@code ./mvnw -Pgpu -pl kernels -am verify} writes {@code
 * kernels/target/gpu-report.txt}, what the stages of the model leave on the GPU against the rig,
 * and how long forecasts take with and without graphs.
 */
@Tag("gpu")
class GpuReport {
  private static final Path REPORT = Path.of("target/gpu-report.txt");
  private static final int RUNS = 21;

  @TempDir Path directory;

  @Test
  void stagesAgreeWithTheRigAndForecastsAreTimed() throws Exception {
    Rig.start();
    List<String> report = new ArrayList<>();
    report.add("device: " + new CudaBackendProvider().availability().detail());
    Path file = directory.resolve("rig.stages");
    int status =
        Rig.run(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                GpuReport.class.getName(),
                file.toString()),
            Path.of("target/rig/gpu-report.out"));
    assertThat(status).as("the rig, in a JVM of its own").isZero();
    double worst = 0;
    for (Storage storage : Storage.values()) {
      Map<String, float[]> here = stages(storage, directory.resolve("here" + storage));
      Map<String, float[]> rig = read(file.resolveSibling(file.getFileName() + "." + storage));
      for (Map.Entry<String, float[]> stage : here.entrySet()) {
        double difference = difference(stage.getValue(), rig.get(stage.getKey()));
        double tolerance = storage == Storage.F32 ? 1e-5 : 2e-2;
        worst = Math.max(worst, difference / tolerance);
        report.add(
            String.format(
                Locale.ROOT, "%s %s: %.2e from the rig", storage, stage.getKey(), difference));
      }
    }
    for (Storage storage : Storage.values()) {
      for (int rows : new int[] {1, 64}) {
        for (Launching launching : Launching.values()) {
          report.add(
              String.format(
                  Locale.ROOT,
                  "%s, %d rows of 64 patches, %s: %.3f ms (median of %d)",
                  storage,
                  rows,
                  launching,
                  medianMillis(storage, rows, launching),
                  RUNS));
        }
      }
    }
    Files.write(REPORT, report);
    report.forEach(System.out::println);
    assertThat(worst).as("largest difference over its tolerance").isLessThan(1);
  }

  /** On the rig: writes the stages of both precisions beside the file. */
  public static void main(String[] arguments) throws IOException {
    Rig.start();
    Path file = Path.of(arguments[0]);
    for (Storage storage : Storage.values()) {
      Map<String, float[]> stages = stages(storage, file.resolveSibling("checkpoint" + storage));
      Path target = file.resolveSibling(file.getFileName() + "." + storage);
      try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(target))) {
        out.writeInt(stages.size());
        for (Map.Entry<String, float[]> stage : stages.entrySet()) {
          out.writeUTF(stage.getKey());
          out.writeInt(stage.getValue().length);
          for (float value : stage.getValue()) {
            out.writeFloat(value);
          }
        }
      }
    }
  }

  private static Map<String, float[]> read(Path file) throws IOException {
    Map<String, float[]> stages = new LinkedHashMap<>();
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      for (int count = in.readInt(); count > 0; count--) {
        String name = in.readUTF();
        float[] values = new float[in.readInt()];
        for (int i = 0; i < values.length; i++) {
          values[i] = in.readFloat();
        }
        stages.put(name, values);
      }
    }
    return stages;
  }

  /** What the patch embedding and each layer leave behind. */
  private static Map<String, float[]> stages(Storage storage, Path directory) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(new RandomCheckpoint().write(directory, 1));
    try (Backend backend = CudaBackend.open(storage, Driver.probe());
        Toto2 model = new Toto2(checkpoint, backend)) {
      return model.trace(series(3, 20));
    }
  }

  private static double difference(float[] a, float[] b) {
    double difference = 0;
    double magnitude = 0;
    for (int i = 0; i < a.length; i++) {
      difference = Math.max(difference, Math.abs(a[i] - b[i]));
      magnitude = Math.max(magnitude, Math.abs(b[i]));
    }
    return difference / magnitude;
  }

  private double medianMillis(Storage storage, int rows, Launching launching) throws IOException {
    Checkpoint checkpoint =
        Checkpoint.open(new RandomCheckpoint().write(directory.resolve("timed"), 1));
    double[] millis = new double[RUNS];
    try (Backend backend = CudaBackend.open(storage, Driver.probe(), 4096, launching);
        Toto2 model = new Toto2(checkpoint, backend)) {
      List<SeriesInput> series = series(rows, 64);
      model.forecast(series, DecodeOptions.plain(), 1);
      for (int run = 0; run < RUNS; run++) {
        long start = System.nanoTime();
        model.forecast(series, DecodeOptions.plain(), 1);
        millis[run] = (System.nanoTime() - start) / 1e6;
      }
    }
    Arrays.sort(millis);
    return millis[RUNS / 2];
  }

  private static List<SeriesInput> series(int rows, int patches) {
    Random random = new Random(1);
    List<SeriesInput> all = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      double[] values = new double[patches * 32];
      Arrays.setAll(values, t -> Math.sin(t / 9.0) + random.nextGaussian());
      boolean[] observed = new boolean[values.length];
      Arrays.fill(observed, true);
      all.add(
          new SeriesInput(
              new double[][] {values},
              new boolean[][] {observed},
              new long[1],
              1,
              values.length,
              32));
    }
    return all;
  }
}
