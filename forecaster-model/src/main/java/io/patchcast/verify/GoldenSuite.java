package io.patchcast.verify;

import io.patchcast.backend.Backend;
import io.patchcast.forecast.Backends;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Runs golden outputs of the reference implementation through a backend.
 *
 * <p>A folder of goldens is a checkpoint ({@code config.json}, {@code model.safetensors}) with any
 * number of cases beside it, each a safetensors file of its own.
 */
public final class GoldenSuite {
  /** Largest error allowed in a forecast and in a traced stage. */
  public static final double TOLERANCE = 2e-5;

  private static final String WEIGHTS = "model.safetensors";

  private GoldenSuite() {}

  /**
   * One case on one backend.
   *
   * @param name folder and case
   * @param error largest error of the quantiles
   * @param traceErrors largest error of each traced stage; empty where the case has no trace
   * @param refusal why the backend does not run this checkpoint, else empty
   */
  public record Result(String name, double error, Map<String, Double> traceErrors, String refusal) {

    /** The largest of all errors. */
    public double largest() {
      return traceErrors.values().stream().reduce(error, Math::max);
    }

    /** Whether the backend ran it and every error is within the tolerance. */
    public boolean passed() {
      return refusal.isEmpty() && largest() < TOLERANCE;
    }
  }

  /**
   * Runs every golden in {@code directory} and below, telling each result as it comes.
   *
   * @param backendName as for {@link Backends#open}
   */
  public static List<Result> run(Path directory, String backendName, Consumer<Result> listener)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new NoSuchFileException(directory.toString(), null, "expected a directory of goldens");
    }
    List<Path> folders;
    try (Stream<Path> paths = Files.walk(directory)) {
      folders = paths.filter(path -> path.endsWith(WEIGHTS)).map(Path::getParent).sorted().toList();
    }
    List<Result> results = new ArrayList<>();
    try (Backend backend = Backends.open(backendName)) {
      for (Path folder : folders) {
        for (Result result : runFolder(directory, folder, backend)) {
          results.add(result);
          listener.accept(result);
        }
      }
    }
    return results;
  }

  private static List<Result> runFolder(Path root, Path folder, Backend backend)
      throws IOException {
    List<Path> cases;
    try (Stream<Path> files = Files.list(folder)) {
      cases =
          files
              .filter(file -> file.toString().endsWith(".safetensors") && !file.endsWith(WEIGHTS))
              .sorted()
              .toList();
    }
    List<Result> results = new ArrayList<>();
    try (Toto2 model = new Toto2(Checkpoint.open(folder), backend)) {
      for (Path file : cases) {
        GoldenCase golden = new GoldenCase(file);
        List<SeriesInput> inputs = golden.inputs(model.config().patchSize());
        double error = golden.error(model.forecast(inputs, golden.options()), TOLERANCE);
        Map<String, Double> traceErrors =
            golden.hasTrace() ? golden.traceErrors(model.trace(inputs), model.config()) : Map.of();
        results.add(new Result(name(root, file), error, traceErrors, ""));
      }
    } catch (UnsupportedOperationException e) {
      for (Path file : cases) {
        results.add(new Result(name(root, file), Double.NaN, Map.of(), e.getMessage()));
      }
    }
    return results;
  }

  private static String name(Path root, Path file) {
    String name = root.relativize(file).toString();
    return name.substring(0, name.length() - ".safetensors".length());
  }
}
