package io.patchcast.backend.cpu.simd;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Attention of some queries over one list of keys, on one thread: softmax(q·k) · v, the logits'
 * scale being part of q.
 *
 * <p>Keys are turned so that vectors run across keys, and both sums are tiles of the {@linkplain
 * Microkernels product's} loops. Hardware fact: a dot product along the head would end in a sum
 * over lanes for every score, this has none.
 */
final class AttentionKernel {
  /** Queries attended at once. */
  static final int QUERIES = Microkernels.ROWS;

  private static final VectorSpecies<Float> S = Lanes.SPECIES;
  private static final int W = Lanes.COUNT;
  private static final int PANEL = PackedMatrix.PANEL;

  private final float[] tile = new float[QUERIES * PANEL];

  /** A vector for each query, to go through lane by lane. */
  private final float[] lanes = new float[QUERIES * W];

  private final float[] greatest = new float[QUERIES];
  private final float[] sums = new float[QUERIES];

  /** [panel of keys][d][2 · lanes]. */
  private float[] turnedKeys = {};

  /** [panel of e][keys][2 · lanes]. */
  private float[] values = {};

  /** [6][padded keys], logits and then exponentials. */
  private float[] scores = {};

  private int d;
  private int e;
  private int keyCount;
  private int paddedKeys;

  /** Makes room for a list of keys. */
  void begin(int count, int queryDim, int valueDim) {
    d = queryDim;
    e = valueDim;
    keyCount = count;
    paddedKeys = roundUp(count);
    turnedKeys = Workspace.atLeast(turnedKeys, (long) d * paddedKeys);
    values = Workspace.atLeast(values, (long) keyCount * roundUp(e));
    scores = Workspace.atLeast(scores, (long) QUERIES * paddedKeys);
  }

  private static int roundUp(int n) {
    return (n + PANEL - 1) / PANEL * PANEL;
  }

  /** Sets key and value number {@code i}. */
  void key(int i, float[] keys, int keyOffset, float[] fromValues, int valueOffset) {
    int to = i / PANEL * PANEL * d + i % PANEL;
    for (int j = 0; j < d; j++, to += PANEL) {
      turnedKeys[to] = keys[keyOffset + j];
    }
    for (int block = 0; block < e; block += PANEL) {
      System.arraycopy(
          fromValues,
          valueOffset + block,
          values,
          block * keyCount + i * PANEL,
          Math.min(PANEL, e - block));
    }
  }

  /**
   * Attends for up to five queries, each over the first keys up to its own limit.
   *
   * @param count 1 to 5
   * @param queryOffsets where the queries begin in {@code from}
   * @param visible how many keys each of them sees, ascending
   * @param mixedOffsets where the results go in {@code mixed}
   */
  void attend(
      int count,
      float[] from,
      int[] queryOffsets,
      int[] visible,
      float[] mixed,
      int[] mixedOffsets) {
    int most = visible[count - 1];
    for (int i = 0; i < most; i += PANEL) {
      // Missing queries repeat the last one: their results are not stored.
      int last = count - 1;
      Microkernels.rows5(
          d,
          from,
          queryOffsets[0],
          queryOffsets[Math.min(1, last)],
          queryOffsets[Math.min(2, last)],
          queryOffsets[Math.min(3, last)],
          queryOffsets[Math.min(4, last)],
          turnedKeys,
          i * d,
          tile);
      for (int q = 0; q < count; q++) {
        System.arraycopy(tile, q * PANEL, scores, q * paddedKeys + i, PANEL);
      }
    }
    weigh(count, visible, most);
    for (int block = 0; block < e; block += PANEL) {
      mix(count, most, block, mixed, mixedOffsets);
    }
  }

  /**
   * Logits to exponentials, zero from {@code visible} on, and their sums. Lanes are gone through
   * for all queries at once: one chain of dependent operations in place of five.
   */
  private void weigh(int count, int[] visible, int most) {
    int end = Lanes.roundUp(most);
    for (int q = 0; q < count; q++) {
      int row = q * paddedKeys;
      Arrays.fill(scores, row + visible[q], row + end, Float.NEGATIVE_INFINITY);
      FloatVector max = FloatVector.fromArray(S, scores, row);
      for (int i = W; i < end; i += W) {
        max = max.max(FloatVector.fromArray(S, scores, row + i));
      }
      max.intoArray(lanes, q * W);
      greatest[q] = Float.NEGATIVE_INFINITY;
    }
    for (int lane = 0; lane < W; lane++) {
      for (int q = 0; q < count; q++) {
        greatest[q] = Math.max(greatest[q], lanes[q * W + lane]);
      }
    }
    for (int q = 0; q < count; q++) {
      int row = q * paddedKeys;
      for (int i = 0; i < end; i += W) {
        VectorMath.exp(FloatVector.fromArray(S, scores, row + i).sub(greatest[q]))
            .intoArray(scores, row + i);
      }
      Arrays.fill(scores, row + visible[q], row + end, 0);
      FloatVector sum = FloatVector.fromArray(S, scores, row);
      for (int i = W; i < end; i += W) {
        sum = sum.add(FloatVector.fromArray(S, scores, row + i));
      }
      sum.intoArray(lanes, q * W);
      sums[q] = 0;
    }
    for (int lane = 0; lane < W; lane++) {
      for (int q = 0; q < count; q++) {
        sums[q] += lanes[q * W + lane];
      }
    }
  }

  /** One panel of the value's width: Σ exponential · v / Σ exponential. */
  private void mix(int count, int most, int block, float[] mixed, int[] mixedOffsets) {
    int last = count - 1;
    Microkernels.rows5(
        most,
        scores,
        0,
        Math.min(1, last) * paddedKeys,
        Math.min(2, last) * paddedKeys,
        Math.min(3, last) * paddedKeys,
        Math.min(4, last) * paddedKeys,
        values,
        block * keyCount,
        tile);
    for (int q = 0; q < count; q++) {
      int from = q * PANEL;
      float inverse = 1 / sums[q];
      FloatVector.fromArray(S, tile, from).mul(inverse).intoArray(tile, from);
      FloatVector.fromArray(S, tile, from + W).mul(inverse).intoArray(tile, from + W);
      System.arraycopy(tile, from, mixed, mixedOffsets[q] + block, Math.min(PANEL, e - block));
    }
  }
}
