package io.patchcast.backend.cpu;

import java.util.Arrays;

/** Turns the head's raw numbers of one patch into sorted quantiles in units of the series. */
public final class QuantileOutput {
  private final CausalScaler scaler;
  private final int patchSize;
  private final int levelCount;

  /** The output of one pass. */
  public QuantileOutput(CausalScaler scaler, int patchSize, int levelCount) {
    this.scaler = scaler;
    this.patchSize = patchSize;
    this.levelCount = levelCount;
  }

  /**
   * Definition: {@link io.patchcast.backend.Pass#head}. NaN where the scale is not finite.
   *
   * @param raw [P, Q] at {@code rawOffset}
   * @param quantiles [P, Q] at {@code offset}
   */
  public void write(
      float[] raw, int rawOffset, int patch, int row, double[] quantiles, int offset) {
    double loc = scaler.loc(patch);
    double scale = scaler.scale(patch);
    int size = patchSize * levelCount;
    if (Double.isNaN(loc) || !(scale <= Double.MAX_VALUE)) {
      // Squares of the values overflow: there is no forecast, and the caller must see it.
      Arrays.fill(quantiles, offset, offset + size, Double.NaN);
      return;
    }
    boolean finite = true;
    for (int i = 0; i < size; i++) {
      double value = Math.sinh(raw[rawOffset + i]) * scale + loc;
      quantiles[offset + i] = value;
      finite &= Math.abs(value) <= Double.MAX_VALUE;
    }
    for (int level = 0; level < levelCount && !finite; level++) {
      replaceInfinities(quantiles, offset + level, offset + size);
    }
    double lower = scaler.lower(row);
    double upper = scaler.upper(row);
    for (int i = offset; i < offset + size; i++) {
      quantiles[i] = Math.max(lower, Math.min(upper, quantiles[i]));
    }
    for (int i = offset; i < offset + size; i += levelCount) {
      Arrays.sort(quantiles, i, i + levelCount);
    }
  }

  private void replaceInfinities(double[] quantiles, int start, int end) {
    double least = Double.MAX_VALUE;
    double greatest = -Double.MAX_VALUE;
    for (int i = start; i < end; i += levelCount) {
      if (Math.abs(quantiles[i]) <= Double.MAX_VALUE) {
        least = Math.min(least, quantiles[i]);
        greatest = Math.max(greatest, quantiles[i]);
      }
    }
    boolean none = least > greatest;
    for (int i = start; i < end; i += levelCount) {
      if (quantiles[i] == Double.POSITIVE_INFINITY) {
        quantiles[i] = none ? Double.MAX_VALUE : greatest;
      } else if (quantiles[i] == Double.NEGATIVE_INFINITY) {
        quantiles[i] = none ? -Double.MAX_VALUE : least;
      }
    }
  }
}
