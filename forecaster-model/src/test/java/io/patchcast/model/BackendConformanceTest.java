package io.patchcast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.Backend;
import io.patchcast.backend.KvCache;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.Pass;
import io.patchcast.backend.Pass.Activation;
import io.patchcast.backend.PassPlan;
import io.patchcast.forecast.Backends;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of every backend against the scalar twin: both get the same inputs, one operation
 * at a time, over odd sizes, all switches, narrowed layers and caches.
 */
class BackendConformanceTest {
  private static final int SEED_COUNT = 20;

  /** Largest difference, relative to the largest value an operation leaves behind. */
  private static final double TOLERANCE = 5e-6;

  @TempDir Path directory;

  static Stream<Arguments> backendsAndSeeds() {
    return Backends.all().stream()
        .filter(candidate -> !candidate.name().equals("scalar"))
        .filter(Backends.Candidate::available)
        .map(Backends.Candidate::name)
        .flatMap(name -> IntStream.range(0, SEED_COUNT).mapToObj(seed -> Arguments.of(name, seed)));
  }

  @ParameterizedTest
  @MethodSource("backendsAndSeeds")
  void operationsDoWhatTheScalarTwinDoes(String name, int seed) throws Exception {
    Random random = new Random(seed);
    RandomCheckpoint drawn = randomShape(random);
    Checkpoint checkpoint = Checkpoint.open(drawn.write(directory, seed));
    ModelWeights weights = WeightReader.read(checkpoint);
    int patchSize = checkpoint.config().patchSize();
    List<SeriesWindow> windows = new ArrayList<>();
    int rows = 0;
    for (int s = 0; s < 1 + random.nextInt(3); s++) {
      SeriesInput series = RandomSeries.next(random, patchSize, 1 + random.nextInt(20), 0);
      SeriesWindow window = window(series, patchSize, rows);
      windows.add(window);
      rows += window.variateCount();
    }
    PassPlan plan =
        new PassPlanner(
                checkpoint.config(), random.nextInt(4) == 0 ? java.util.Set.of() : Saving.all())
            .plan(windows, new DecodeOptions(0, random.nextInt(2) * 8, random.nextInt(2) * 1e4));
    int[] capacities = new int[rows];
    java.util.Arrays.fill(capacities, 200);

    try (Backend scalar = Backends.open("scalar");
        Backend fast = Backends.open(name);
        LoadedModel expectedModel = scalar.load(weights);
        LoadedModel foundModel = fast.load(weights);
        KvCache expectedCache = expectedModel.newCache(capacities);
        KvCache foundCache = foundModel.newCache(capacities);
        Pass expected = expectedModel.begin(plan, expectedCache);
        Pass found = foundModel.begin(plan, foundCache)) {
      Twins twins = new Twins(expected, found);
      expected.scaleAndPatch();
      found.scaleAndPatch();
      twins.agree("scaleAndPatch", Activation.PATCHES);
      expected.embedPatches();
      found.embedPatches();
      twins.agree("embedPatches", Activation.HIDDEN);
      for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
        boolean valueOnly = plan.layers().get(layer).valueOnly();
        expected.normQkvRotary(layer);
        found.normQkvRotary(layer);
        if (!valueOnly) {
          twins.agreeUpToScale("normQkvRotary", Activation.QUERIES, queryScale(name, checkpoint));
          twins.agree("normQkvRotary", Activation.KEYS);
        }
        twins.agree("normQkvRotary", Activation.VALUES);
        if (checkpoint.config().isVariateLayer(layer)) {
          expected.attendVariates(layer);
          found.attendVariates(layer);
        } else {
          expected.attendTime(layer);
          found.attendTime(layer);
        }
        twins.agree("attention", Activation.MIXED);
        expected.projectResidual(layer);
        found.projectResidual(layer);
        twins.agree("projectResidual", Activation.HIDDEN);
        expected.normSwiGlu(layer);
        found.normSwiGlu(layer);
        twins.agree("normSwiGlu", Activation.GATED);
        expected.outputResidual(layer);
        found.outputResidual(layer);
        twins.agree("outputResidual", Activation.HIDDEN);
      }
      twins.agreeOnQuantiles(expected.head(), found.head());
    }
  }

  /** A backend may fold the scale of the logits into q. */
  private static double queryScale(String name, Checkpoint checkpoint) {
    return name.equals("vector") || name.equals("onednn")
        ? 1.0 / checkpoint.config().queryDim()
        : 1;
  }

  /** The scalar twin and the other, kept on the same inputs. */
  private record Twins(Pass expected, Pass found) {
    void agree(String operation, Activation activation) {
      agreeUpToScale(operation, activation, 1);
    }

    /** Compares an activation, then gives the fast twin the scalar twin's values to go on with. */
    void agreeUpToScale(String operation, Activation activation, double scale) {
      float[] reference = expected.read(activation);
      float[] result = found.read(activation);
      assertThat(result).as("%s leaves %s", operation, activation).hasSameSizeAs(reference);
      double largest = 0;
      double difference = 0;
      for (int i = 0; i < reference.length; i++) {
        largest = Math.max(largest, Math.abs(reference[i]));
        difference = Math.max(difference, Math.abs(result[i] / scale - reference[i]));
      }
      assertThat(difference / largest)
          .as("%s leaves %s", operation, activation)
          .isLessThan(TOLERANCE);
      for (int i = 0; i < reference.length; i++) {
        result[i] = (float) (reference[i] * scale);
      }
      found.write(activation, result);
    }

    void agreeOnQuantiles(double[] reference, double[] result) {
      assertThat(result).hasSameSizeAs(reference);
      int patch = result.length;
      for (int i = 0; i < patch; i++) {
        // sinh amplifies: a head output of y moves by y's own rounding.
        double tolerance = 1e-4 * Math.max(1e-3, Math.abs(reference[i]));
        assertThat(Math.abs(result[i] - reference[i])).as("quantile %d", i).isLessThan(tolerance);
      }
    }
  }

  private static SeriesWindow window(SeriesInput series, int patchSize, int cacheRow) {
    int context = (series.contextLength() + patchSize - 1) / patchSize;
    int horizon = (series.horizon() + patchSize - 1) / patchSize;
    int steps = (context + horizon) * patchSize;
    double[][] values = new double[series.values().length][steps];
    boolean[][] observed = new boolean[values.length][steps];
    int padding = context * patchSize - series.contextLength();
    for (int v = 0; v < values.length; v++) {
      System.arraycopy(series.values()[v], 0, values[v], padding, series.contextLength());
      System.arraycopy(series.observed()[v], 0, observed[v], padding, series.contextLength());
    }
    return new SeriesWindow(
        values,
        observed,
        series.groupIds(),
        series.targetCount(),
        context,
        0,
        context,
        context + horizon,
        cacheRow);
  }

  /** Odd widths, grouped queries, all switches. */
  private static RandomCheckpoint randomShape(Random random) {
    int groups = 1 + random.nextInt(3);
    int heads = groups * (1 + random.nextInt(3));
    int layers = 1 + random.nextInt(4);
    boolean queryKeyNorm = random.nextBoolean();
    return new RandomCheckpoint()
        .with("patch_size", 8 * (1 + random.nextInt(4)))
        .with("d_model", 2 * (5 + random.nextInt(50)))
        .with("num_heads", heads)
        .with("num_groups", groups)
        .with("qk_dim", 4 * (1 + random.nextInt(12)))
        .with("v_dim", 1 + random.nextInt(50))
        .with("num_layers", layers)
        .with("layer_group_size", layers)
        .with("num_variate_layers_per_group", random.nextInt(layers + 1))
        .with("variate_layer_first", random.nextBoolean())
        .with("d_ff", 1 + random.nextInt(200))
        .with("attn_bias", random.nextBoolean())
        .with("mlp_bias", random.nextBoolean())
        .with("norm_include_weight", random.nextBoolean())
        .with("qk_norm", queryKeyNorm)
        .with("qk_norm_include_weight", queryKeyNorm && random.nextBoolean())
        .with("per_dim_scale", random.nextBoolean())
        .with("use_xpos", random.nextBoolean());
  }
}
