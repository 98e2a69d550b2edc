package io.patchcast.verify;

import io.patchcast.model.DecodeOptions;
import io.patchcast.model.SeriesInput;
import io.patchcast.weights.ModelConfig;
import io.patchcast.weights.SafetensorsFile;
import io.patchcast.weights.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One golden file: inputs, options of the call and what the reference made of them.
 *
 * <p>A safetensors file with {@code target} [S, V, T], {@code target_mask}, {@code series_ids} [S,
 * V], optional {@code known_dynamic} [S, X, T + horizon] with mask and ids, {@code quantiles} and
 * {@code quantiles_f64} [9, S, V, horizon], optional {@code trace.*}; the options are in its
 * metadata.
 */
final class GoldenCase {
  private static final int LEVEL_COUNT = ModelConfig.LEVEL_COUNT;

  private final SafetensorsFile file;
  private final int seriesCount;
  private final int targetCount;
  private final int contextLength;
  private final int horizon;

  GoldenCase(Path path) {
    file = SafetensorsFile.open(path);
    long[] shape = file.tensor("target").shape();
    seriesCount = (int) shape[0];
    targetCount = (int) shape[1];
    contextLength = (int) shape[2];
    horizon = Integer.parseInt(file.metadata().get("horizon"));
  }

  DecodeOptions options() {
    Map<String, String> options = file.metadata();
    return new DecodeOptions(
        Integer.parseInt(options.getOrDefault("decode_block_size", "0")),
        Integer.parseInt(options.getOrDefault("scaler_fallback_min_obs", "0")),
        Double.parseDouble(options.getOrDefault("quantile_real_cap_k", "0")));
  }

  List<SeriesInput> inputs(int patchSize) {
    Variates targets = new Variates("target", contextLength, targetCount);
    Tensor known = file.tensor("known_dynamic");
    int knownCount = known == null ? 0 : (int) known.shape()[1];
    Variates covariates =
        known == null ? null : new Variates("known_dynamic", contextLength + horizon, knownCount);
    List<SeriesInput> inputs = new ArrayList<>();
    for (int s = 0; s < seriesCount; s++) {
      double[][] values = new double[targetCount + knownCount][];
      boolean[][] observed = new boolean[targetCount + knownCount][];
      long[] groupIds = new long[targetCount + knownCount];
      targets.copy(s, values, observed, groupIds, 0);
      if (covariates != null) {
        covariates.copy(s, values, observed, groupIds, targetCount);
      }
      inputs.add(
          new SeriesInput(values, observed, groupIds, targetCount, contextLength, horizon)
              .withLastPatchObserved(patchSize));
    }
    return inputs;
  }

  /** Tensors {@code name}, {@code name_mask} and its ids, [S, count, length]. */
  private final class Variates {
    private final double[] values;
    private final boolean[] observed;
    private final long[] groupIds;
    private final int length;
    private final int count;

    Variates(String name, int length, int count) {
      String prefix = name.equals("target") ? "" : name + "_";
      this.values = file.tensor(name).doubles();
      this.observed = file.tensor(name + "_mask").booleans();
      this.groupIds = file.tensor(prefix + "series_ids").longs();
      this.length = length;
      this.count = count;
    }

    void copy(int s, double[][] toValues, boolean[][] toObserved, long[] toIds, int first) {
      for (int v = 0; v < count; v++) {
        int start = (s * count + v) * length;
        toValues[first + v] = Arrays.copyOfRange(values, start, start + length);
        toObserved[first + v] = Arrays.copyOfRange(observed, start, start + length);
        toIds[first + v] = groupIds[s * count + v];
      }
    }
  }

  /**
   * Largest error over series, variates, steps and levels: |q − q_f64| / (range of q_f64 over
   * levels and horizon + 4e-7 · max|q_f64|), each variate by itself. Where the reference's own
   * float32 run is above {@code tolerance}, float32 cannot hold the band; a variate within two
   * units in the last place of that run then counts as exact.
   */
  double error(List<double[][]> forecast, double tolerance) {
    double[] exact = file.tensor("quantiles_f64").doubles();
    double[] single = file.tensor("quantiles").doubles();
    double error = 0;
    for (int s = 0; s < seriesCount; s++) {
      for (int v = 0; v < targetCount; v++) {
        double[] reference = variate(exact, s, v);
        double[] referenceSingle = variate(single, s, v);
        double[] found = forecast.get(s)[v];
        double variateError = relativeError(found, reference);
        boolean singleCannot = relativeError(referenceSingle, reference) > tolerance;
        if (!(singleCannot && withinTwoUlps(found, referenceSingle))) {
          error = Math.max(error, variateError);
        }
      }
    }
    return error;
  }

  /** [9, S, V, horizon] -> [horizon, 9] of one variate. */
  private double[] variate(double[] quantiles, int s, int v) {
    double[] values = new double[horizon * LEVEL_COUNT];
    for (int level = 0; level < LEVEL_COUNT; level++) {
      int start = ((level * seriesCount + s) * targetCount + v) * horizon;
      for (int t = 0; t < horizon; t++) {
        values[t * LEVEL_COUNT + level] = quantiles[start + t];
      }
    }
    return values;
  }

  private static double relativeError(double[] found, double[] reference) {
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    double difference = 0;
    for (int i = 0; i < reference.length; i++) {
      least = Math.min(least, reference[i]);
      greatest = Math.max(greatest, reference[i]);
      difference = Math.max(difference, Math.abs(found[i] - reference[i]));
    }
    double magnitude = Math.max(Math.abs(least), Math.abs(greatest));
    double unit = greatest - least + 4e-7 * magnitude;
    return unit == 0 ? (difference == 0 ? 0 : Double.POSITIVE_INFINITY) : difference / unit;
  }

  private static boolean withinTwoUlps(double[] found, double[] reference) {
    for (int i = 0; i < reference.length; i++) {
      if (!(Math.abs(found[i] - reference[i]) <= 2 * Math.ulp((float) reference[i]))) {
        return false;
      }
    }
    return true;
  }

  boolean hasTrace() {
    return file.tensor("trace.patch_embed") != null;
  }

  /**
   * Error of each traced stage: largest difference over the largest value of the reference.
   *
   * @param stages [row, patch, D] each
   */
  Map<String, Double> traceErrors(Map<String, float[]> stages, ModelConfig config) {
    Map<String, Double> errors = new LinkedHashMap<>();
    stages.forEach(
        (stage, found) -> {
          float[] reference = file.tensor("trace." + stage).floats();
          boolean positionFirst =
              stage.startsWith("layer.")
                  && config.isVariateLayer(Integer.parseInt(stage.substring("layer.".length())));
          float[] rowFirst = positionFirst ? rowFirst(reference, config.modelDim()) : reference;
          int rowCount = seriesCount * targetCount;
          errors.put(stage, traceError(found, rowFirst, rowCount));
        });
    return errors;
  }

  /** [S · L, V, D] as the reference keeps variate layers -> [S · V, L, D]. */
  private float[] rowFirst(float[] trace, int modelDim) {
    int variates = targetCount;
    int patches = trace.length / (seriesCount * variates * modelDim);
    float[] rows = new float[trace.length];
    for (int s = 0; s < seriesCount; s++) {
      for (int p = 0; p < patches; p++) {
        for (int v = 0; v < variates; v++) {
          System.arraycopy(
              trace,
              ((s * patches + p) * variates + v) * modelDim,
              rows,
              ((s * variates + v) * patches + p) * modelDim,
              modelDim);
        }
      }
    }
    return rows;
  }

  /** Largest difference over largest value; the reference keeps the first patches of each row. */
  private static double traceError(float[] found, float[] reference, int rowCount) {
    int foundWidth = found.length / rowCount;
    int referenceWidth = reference.length / rowCount;
    double difference = 0;
    double magnitude = 0;
    for (int row = 0; row < rowCount; row++) {
      for (int i = 0; i < referenceWidth; i++) {
        double expected = reference[row * referenceWidth + i];
        difference = Math.max(difference, Math.abs(found[row * foundWidth + i] - expected));
        magnitude = Math.max(magnitude, Math.abs(expected));
      }
    }
    return difference / magnitude;
  }
}
