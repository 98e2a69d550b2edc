package io.patchcast.backend.cpu;

import io.patchcast.backend.PassPlan;

/**
 * Location and scale of every patch, from the values up to its end, and the limits of each row's
 * forecast. All in double: a counter in the billions keeps its last digits.
 *
 * <p>Definition: {@link io.patchcast.backend.Pass#scaleAndPatch}.
 */
public final class CausalScaler {
  private static final double SMALLEST_SCALE = 1e-6;

  /** [patches]. */
  private final double[] loc;

  /** [patches]. */
  private final double[] scale;

  /** [B] least forecast of a row; −∞ without a cap. */
  private final double[] lower;

  /** [B] greatest forecast of a row; +∞ without a cap. */
  private final double[] upper;

  private final PassPlan plan;

  /** Scales every row of {@code plan}. */
  public CausalScaler(PassPlan plan) {
    this.plan = plan;
    this.loc = new double[plan.patchCount()];
    this.scale = new double[plan.patchCount()];
    this.lower = new double[plan.rowCount()];
    this.upper = new double[plan.rowCount()];
    for (int row = 0; row < plan.rowCount(); row++) {
      scaleRow(row);
      limitRow(row);
    }
  }

  /** Location of a patch, in units of the series. */
  public double loc(int patch) {
    return loc[patch];
  }

  /** Scale of a patch, in units of the series. */
  public double scale(int patch) {
    return scale[patch];
  }

  /** Forecasts of a row stay at or above this. */
  public double lower(int row) {
    return lower[row];
  }

  /** Forecasts of a row stay at or below this. */
  public double upper(int row) {
    return upper[row];
  }

  /**
   * The model's input for one patch, [2P] at {@code offset}: asinh of the scaled values, 0 where
   * unobserved; then 1 where unobserved.
   */
  public void patch(int patch, float[] target, int offset) {
    int patchSize = plan.patchSize();
    int start = patch * patchSize;
    for (int i = 0; i < patchSize; i++) {
      boolean observed = plan.observed()[start + i];
      target[offset + i] =
          observed ? (float) asinh((plan.values()[start + i] - loc[patch]) / scale[patch]) : 0;
      target[offset + patchSize + i] = observed ? 0 : 1;
    }
  }

  private void scaleRow(int row) {
    int firstPatch = plan.rowPatchStarts()[row];
    int lastPatch = plan.rowPatchStarts()[row + 1];
    int patchSize = plan.patchSize();
    int fallback = plan.scaleFallbackObservations();
    int firstOwn = firstPatch;
    double sum = 0;
    double squares = 0;
    double mean = 0;
    long count = 0;
    double fallbackLoc = 0;
    double fallbackScale = SMALLEST_SCALE;
    for (int patch = firstPatch; patch < lastPatch; patch++) {
      for (int t = patch * patchSize; t < (patch + 1) * patchSize; t++) {
        if (plan.observed()[t]) {
          double x = plan.values()[t];
          double before = mean;
          count++;
          sum += x;
          mean = sum / count;
          squares += (x - before) * (x - mean);
          if (count <= fallback) {
            fallbackLoc = mean;
            fallbackScale = deviation(squares, count);
          }
        }
      }
      loc[patch] = mean;
      scale[patch] = deviation(squares, count);
      if (count < fallback) {
        firstOwn = patch + 1;
      }
    }
    for (int patch = firstPatch; patch < firstOwn; patch++) {
      loc[patch] = fallbackLoc;
      scale[patch] = fallbackScale;
    }
  }

  private static double deviation(double squares, long count) {
    return Math.max(Math.sqrt(squares / Math.max(count - 1, 1)), SMALLEST_SCALE);
  }

  private void limitRow(int row) {
    double cap = plan.outputCap();
    lower[row] = Double.NEGATIVE_INFINITY;
    upper[row] = Double.POSITIVE_INFINITY;
    if (cap == 0) {
      return;
    }
    int firstPatch = plan.rowPatchStarts()[row];
    int end = firstPatch + plan.contextPatchCounts()[row];
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int t = firstPatch * plan.patchSize(); t < end * plan.patchSize(); t++) {
      if (plan.observed()[t]) {
        least = Math.min(least, plan.values()[t]);
        greatest = Math.max(greatest, plan.values()[t]);
      }
    }
    if (least <= greatest) {
      lower[row] = least - cap * scale[end - 1];
      upper[row] = greatest + cap * scale[end - 1];
    }
  }

  /** Inverse hyperbolic sine, accurate near zero and without overflow. */
  static double asinh(double x) {
    double magnitude = Math.abs(x);
    double result =
        magnitude > 1e100
            ? Math.log(magnitude) + Math.log(2)
            : Math.log1p(
                magnitude + magnitude * magnitude / (1 + Math.sqrt(magnitude * magnitude + 1)));
    return Math.copySign(result, x);
  }
}
