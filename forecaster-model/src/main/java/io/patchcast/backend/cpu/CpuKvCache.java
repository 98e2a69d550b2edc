package io.patchcast.backend.cpu;

import io.patchcast.backend.KvCache;
import io.patchcast.backend.ModelWeights;

/** Keys [tokens, G, d] and values [tokens, G, e] per layer and row, in plain arrays. */
public final class CpuKvCache implements KvCache {
  private final int keyWidth;
  private final int valueWidth;

  /** [layer][row], null for variate layers. */
  private final float[][][] keys;

  private final float[][][] values;

  /** [layer][row] tokens held. */
  private final int[][] counts;

  /** An empty cache for rows of these capacities. */
  public CpuKvCache(ModelWeights weights, int[] rowCapacity) {
    ModelWeights.Shape shape = weights.shape();
    this.keyWidth = shape.groupCount() * shape.queryDim();
    this.valueWidth = shape.groupCount() * shape.valueDim();
    int layers = weights.layers().size();
    this.keys = new float[layers][][];
    this.values = new float[layers][][];
    this.counts = new int[layers][rowCapacity.length];
    for (int layer = 0; layer < layers; layer++) {
      if (weights.layers().get(layer).rotary()) {
        keys[layer] = new float[rowCapacity.length][];
        values[layer] = new float[rowCapacity.length][];
        for (int row = 0; row < rowCapacity.length; row++) {
          keys[layer][row] = new float[Math.multiplyExact(rowCapacity[row], keyWidth)];
          values[layer][row] = new float[Math.multiplyExact(rowCapacity[row], valueWidth)];
        }
      }
    }
  }

  /**
   * Adds tokens {@code first} to {@code first + count} to a row.
   *
   * @param newKeys key of token n at {@code keyOffset + n * keyStride}
   * @param newValues value of token n at {@code valueOffset + n * valueStride}
   */
  public void append(
      int layer,
      int row,
      float[] newKeys,
      int keyOffset,
      int keyStride,
      float[] newValues,
      int valueOffset,
      int valueStride,
      int first,
      int count) {
    int held = counts[layer][row];
    for (int i = 0; i < count; i++) {
      int keyStart = keyOffset + (first + i) * keyStride;
      int valueStart = valueOffset + (first + i) * valueStride;
      System.arraycopy(newKeys, keyStart, keys[layer][row], (held + i) * keyWidth, keyWidth);
      System.arraycopy(
          newValues, valueStart, values[layer][row], (held + i) * valueWidth, valueWidth);
    }
    counts[layer][row] = held + count;
  }

  /** Tokens held for a row. */
  public int count(int layer, int row) {
    return counts[layer][row];
  }

  /** Keys of a row, [tokens, G, d]. */
  public float[] keys(int layer, int row) {
    return keys[layer][row];
  }

  /** Values of a row, [tokens, G, e]. */
  public float[] values(int layer, int row) {
    return values[layer][row];
  }

  @Override
  public void rewind(int row, int tokens) {
    for (int[] layerCounts : counts) {
      layerCounts[row] = Math.min(layerCounts[row], tokens);
    }
  }

  @Override
  public void close() {}
}
