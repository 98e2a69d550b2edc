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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Holds every operation of one backend to the scalar twin, on one drawn model and batch. */
public final class OperationConformance {
  private final String name;
  private final double tolerance;
  private final double quantileTolerance;
  private final double quantileFloor;

  /**
   * How near a backend has to come.
   *
   * @param tolerance largest difference, relative to the largest value an operation leaves behind
   * @param quantileTolerance largest difference of a quantile, relative to itself: sinh amplifies
   * @param quantileFloor below this a quantile is the difference of larger numbers, and keeps their
   *     rounding: tolerated is then what is at the floor
   */
  public OperationConformance(
      String name, double tolerance, double quantileTolerance, double quantileFloor) {
    this.quantileFloor = quantileFloor;
    this.name = name;
    this.tolerance = tolerance;
    this.quantileTolerance = quantileTolerance;
  }

  /** Both get the same inputs, one operation at a time; up to {@code variates} of them a series. */
  public void check(RandomCheckpoint drawn, int seed, Random random, int variates, Path directory)
      throws IOException {
    Checkpoint checkpoint = Checkpoint.open(drawn.write(directory, seed));
    ModelWeights weights = WeightReader.read(checkpoint);
    int patchSize = checkpoint.config().patchSize();
    List<SeriesWindow> windows = new ArrayList<>();
    int rows = 0;
    for (int s = 0; s < 1 + random.nextInt(3); s++) {
      SeriesInput series = RandomSeries.next(random, patchSize, 1 + random.nextInt(variates), 0);
      SeriesWindow window = window(series, patchSize, rows);
      windows.add(window);
      rows += window.variateCount();
    }
    PassPlan plan =
        new PassPlanner(checkpoint.config(), random.nextInt(4) == 0 ? Set.of() : Saving.all())
            .plan(windows, new DecodeOptions(0, random.nextInt(2) * 8, random.nextInt(2) * 1e4));
    int[] capacities = new int[rows];
    Arrays.fill(capacities, 200);

    try (Backend scalar = Backends.open("scalar");
        Backend fast = Backends.open(name);
        LoadedModel expectedModel = scalar.load(weights);
        LoadedModel foundModel = fast.load(weights);
        KvCache expectedCache = expectedModel.newCache(capacities);
        KvCache foundCache = foundModel.newCache(capacities);
        Pass expected = expectedModel.begin(plan, expectedCache);
        Pass found = foundModel.begin(plan, foundCache)) {
      Twins twins = new Twins(expected, found, tolerance, quantileTolerance, quantileFloor);
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
          twins.agreeUpToScale("normQkvRotary", Activation.QUERIES, queryScale(checkpoint));
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
  private double queryScale(Checkpoint checkpoint) {
    return name.equals("vector") || name.equals("onednn")
        ? 1.0 / checkpoint.config().queryDim()
        : 1;
  }

  /** The scalar twin and the other, kept on the same inputs. */
  private record Twins(
      Pass expected, Pass found, double tolerance, double quantileTolerance, double quantileFloor) {
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
          .isLessThan(tolerance);
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
        double limit = quantileTolerance * Math.max(quantileFloor, Math.abs(reference[i]));
        assertThat(Math.abs(result[i] - reference[i])).as("quantile %d", i).isLessThan(limit);
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
}
