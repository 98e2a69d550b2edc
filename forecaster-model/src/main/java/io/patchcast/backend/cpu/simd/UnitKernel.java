package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.PassPlan;
import io.patchcast.backend.cpu.CausalScaler;
import io.patchcast.backend.cpu.QuantileOutput;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * From units to the model's range and back, patch by patch. What the vector functions do not take
 * (overflows, odd patch sizes) goes the way of the scalar twin.
 */
final class UnitKernel {
  private static final VectorSpecies<Double> S = DoubleMath.SPECIES;
  private static final int W = S.length();

  /**
   * Exchanges that sort nine: each pair puts the lesser first (the network of 25 exchanges of Floyd
   * in Knuth, The Art of Computer Programming, volume 3, 5.3.4).
   */
  private static final int[][] NETWORK = {
    {0, 1}, {3, 4}, {6, 7}, {1, 2}, {4, 5}, {7, 8}, {0, 1}, {3, 4}, {6, 7}, {0, 3}, {3, 6}, {0, 3},
    {1, 4}, {4, 7}, {1, 4}, {2, 5}, {5, 8}, {2, 5}, {1, 3}, {5, 7}, {2, 6}, {4, 6}, {2, 4}, {2, 3},
    {5, 6}
  };

  private final PassPlan plan;
  private final CausalScaler scaler;
  private final QuantileOutput exact;
  private final int patchSize;
  private final int levelCount;
  private final boolean vectors;
  private final double[] scratch;
  private final float[] inOrder;

  UnitKernel(PassPlan plan, CausalScaler scaler, int levelCount) {
    this.plan = plan;
    this.scaler = scaler;
    this.patchSize = plan.patchSize();
    this.levelCount = levelCount;
    this.exact = new QuantileOutput(scaler, patchSize, levelCount);
    this.vectors = patchSize % W == 0 && levelCount == 9;
    this.scratch = new double[patchSize * levelCount];
    this.inOrder = new float[patchSize * levelCount];
  }

  /** As {@link CausalScaler#patch}. */
  void patch(int patch, float[] target, int offset) {
    double loc = scaler.loc(patch);
    double scale = scaler.scale(patch);
    int start = patch * patchSize;
    for (int i = 0; i < patchSize; i++) {
      scratch[i] = plan.observed()[start + i] ? plan.values()[start + i] - loc : 0;
    }
    if (!vectors || !scaled(scale)) {
      scaler.patch(patch, target, offset);
      return;
    }
    for (int i = 0; i < patchSize; i++) {
      target[offset + i] = (float) scratch[i];
      target[offset + patchSize + i] = plan.observed()[start + i] ? 0 : 1;
    }
  }

  /** scratch ← asinh(scratch / scale); false where that is beyond the function's range. */
  private boolean scaled(double scale) {
    DoubleVector greatest = DoubleVector.zero(S);
    for (int i = 0; i < patchSize; i += W) {
      DoubleVector z = DoubleVector.fromArray(S, scratch, i).div(scale);
      greatest = greatest.max(z.abs());
      DoubleMath.asinh(z).intoArray(scratch, i);
    }
    return within(greatest, DoubleMath.ASINH_LIMIT);
  }

  /**
   * As {@link QuantileOutput#write}, but the raw numbers are [Q, P]: vectors run along the steps.
   */
  void quantiles(float[] raw, int rawOffset, int patch, int row, double[] quantiles, int offset) {
    if (!vectors || !inUnits(raw, rawOffset, patch, row)) {
      for (int i = 0; i < inOrder.length; i++) {
        inOrder[i] = raw[rawOffset + i % levelCount * patchSize + i / levelCount];
      }
      exact.write(inOrder, 0, patch, row, quantiles, offset);
      return;
    }
    for (int[] pair : NETWORK) {
      int low = pair[0] * patchSize;
      int high = pair[1] * patchSize;
      for (int i = 0; i < patchSize; i += W) {
        DoubleVector a = DoubleVector.fromArray(S, scratch, low + i);
        DoubleVector b = DoubleVector.fromArray(S, scratch, high + i);
        a.min(b).intoArray(scratch, low + i);
        a.max(b).intoArray(scratch, high + i);
      }
    }
    for (int level = 0; level < levelCount; level++) {
      int to = offset + level;
      for (int i = level * patchSize; i < (level + 1) * patchSize; i++, to += levelCount) {
        quantiles[to] = scratch[i];
      }
    }
  }

  /** scratch ← sinh(raw) · scale + loc within its limits; false where any of it is not finite. */
  private boolean inUnits(float[] raw, int rawOffset, int patch, int row) {
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = raw[rawOffset + i];
    }
    double loc = scaler.loc(patch);
    double scale = scaler.scale(patch);
    double lower = scaler.lower(row);
    double upper = scaler.upper(row);
    DoubleVector greatest = DoubleVector.zero(S);
    DoubleVector greatestValue = DoubleVector.zero(S);
    for (int i = 0; i < scratch.length; i += W) {
      DoubleVector y = DoubleVector.fromArray(S, scratch, i);
      greatest = greatest.max(y.abs());
      DoubleVector value = DoubleMath.sinh(y).mul(scale).add(loc);
      greatestValue = greatestValue.max(value.abs());
      value.min(upper).max(lower).intoArray(scratch, i);
    }
    return within(greatest, DoubleMath.SINH_LIMIT) && within(greatestValue, Double.MAX_VALUE);
  }

  /** Whether no lane is above the limit, or not a number. */
  private static boolean within(DoubleVector magnitudes, double limit) {
    double[] lanes = magnitudes.toArray();
    boolean within = true;
    for (double lane : lanes) {
      within &= lane <= limit;
    }
    return within;
  }
}
