package io.patchcast.backend.cpu.simd;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Attention of some queries over one list of keys, on one thread: softmax(q·k) · v, the logits'
 * scale being part of q.
 *
 * <p>Keys are turned so that vectors run across keys; four queries share each load. Hardware fact:
 * a dot product along the head would end in a sum over lanes for every score, this has none.
 */
final class AttentionKernel {
  private static final VectorSpecies<Float> S = Lanes.SPECIES;
  private static final int W = Lanes.COUNT;
  private static final int QUERIES = 4;

  private final float[] lanes = new float[W];

  /** [d][padded keys]. */
  private float[] turnedKeys = {};

  /** [keys][padded e]. */
  private float[] values = {};

  /** [4][padded keys], logits and then weights. */
  private float[] scores = {};

  /** [4][d]. */
  private float[] queries = {};

  private int d;
  private int e;
  private int paddedKeys;
  private int paddedValue;

  /** Makes room for a list of keys. */
  void begin(int keyCount, int queryDim, int valueDim) {
    d = queryDim;
    e = valueDim;
    paddedKeys = Lanes.roundUp(keyCount);
    paddedValue = Lanes.roundUp(valueDim);
    turnedKeys = Workspace.atLeast(turnedKeys, (long) d * paddedKeys);
    values = Workspace.atLeast(values, (long) keyCount * paddedValue);
    scores = Workspace.atLeast(scores, (long) QUERIES * paddedKeys);
    queries = Workspace.atLeast(queries, (long) QUERIES * d);
  }

  /** Sets key and value number {@code i}. */
  void key(int i, float[] keys, int keyOffset, float[] fromValues, int valueOffset) {
    for (int j = 0; j < d; j++) {
      turnedKeys[j * paddedKeys + i] = keys[keyOffset + j];
    }
    System.arraycopy(fromValues, valueOffset, values, i * paddedValue, e);
  }

  /**
   * Attends for up to four queries, each over the first keys up to its own limit.
   *
   * @param count 1 to 4
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
    for (int q = 0; q < QUERIES; q++) {
      // Missing queries repeat the last one: their results are not stored.
      System.arraycopy(from, queryOffsets[Math.min(q, count - 1)], queries, q * d, d);
    }
    int most = visible[count - 1];
    score(most);
    for (int q = 0; q < count; q++) {
      weigh(q, visible[q], most);
    }
    for (int block = 0; block < e; block += W) {
      mix(count, most, block, mixed, mixedOffsets);
    }
  }

  /** scores[q][i] = q · k_i for the first {@code keyCount} keys. */
  private void score(int keyCount) {
    for (int i = 0; i < keyCount; i += W) {
      FloatVector s0 = FloatVector.zero(S);
      FloatVector s1 = FloatVector.zero(S);
      FloatVector s2 = FloatVector.zero(S);
      FloatVector s3 = FloatVector.zero(S);
      for (int j = 0; j < d; j++) {
        FloatVector k = FloatVector.fromArray(S, turnedKeys, j * paddedKeys + i);
        s0 = k.fma(FloatVector.broadcast(S, queries[j]), s0);
        s1 = k.fma(FloatVector.broadcast(S, queries[d + j]), s1);
        s2 = k.fma(FloatVector.broadcast(S, queries[2 * d + j]), s2);
        s3 = k.fma(FloatVector.broadcast(S, queries[3 * d + j]), s3);
      }
      s0.intoArray(scores, i);
      s1.intoArray(scores, paddedKeys + i);
      s2.intoArray(scores, 2 * paddedKeys + i);
      s3.intoArray(scores, 3 * paddedKeys + i);
    }
  }

  /** Logits to weights that add up to one; zero from {@code visible} to {@code most}. */
  private void weigh(int q, int visible, int most) {
    int row = q * paddedKeys;
    int padded = Lanes.roundUp(visible);
    Arrays.fill(scores, row + visible, row + padded, Float.NEGATIVE_INFINITY);
    FloatVector greatest = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < padded; i += W) {
      greatest = greatest.max(FloatVector.fromArray(S, scores, row + i));
    }
    greatest.intoArray(lanes, 0);
    float max = lanes[0];
    for (int lane = 1; lane < W; lane++) {
      max = Math.max(max, lanes[lane]);
    }
    for (int i = 0; i < padded; i += W) {
      VectorMath.exp(FloatVector.fromArray(S, scores, row + i).sub(max)).intoArray(scores, row + i);
    }
    Arrays.fill(scores, row + visible, row + Lanes.roundUp(most), 0);
    FloatVector sum = FloatVector.zero(S);
    for (int i = 0; i < padded; i += W) {
      sum = sum.add(FloatVector.fromArray(S, scores, row + i));
    }
    float inverse = 1 / Lanes.sum(sum, lanes);
    for (int i = 0; i < padded; i += W) {
      FloatVector.fromArray(S, scores, row + i).mul(inverse).intoArray(scores, row + i);
    }
  }

  /** One vector of the value's width: Σ weight · v. */
  private void mix(int count, int most, int block, float[] mixed, int[] mixedOffsets) {
    FloatVector m0 = FloatVector.zero(S);
    FloatVector m1 = FloatVector.zero(S);
    FloatVector m2 = FloatVector.zero(S);
    FloatVector m3 = FloatVector.zero(S);
    for (int i = 0; i < most; i++) {
      FloatVector v = FloatVector.fromArray(S, values, i * paddedValue + block);
      m0 = v.fma(FloatVector.broadcast(S, scores[i]), m0);
      m1 = v.fma(FloatVector.broadcast(S, scores[paddedKeys + i]), m1);
      m2 = v.fma(FloatVector.broadcast(S, scores[2 * paddedKeys + i]), m2);
      m3 = v.fma(FloatVector.broadcast(S, scores[3 * paddedKeys + i]), m3);
    }
    store(m0, mixed, mixedOffsets[0] + block, block);
    if (count > 1) {
      store(m1, mixed, mixedOffsets[1] + block, block);
    }
    if (count > 2) {
      store(m2, mixed, mixedOffsets[2] + block, block);
    }
    if (count > 3) {
      store(m3, mixed, mixedOffsets[3] + block, block);
    }
  }

  private void store(FloatVector vector, float[] target, int offset, int block) {
    if (block + W <= e) {
      vector.intoArray(target, offset);
    } else {
      vector.intoArray(lanes, 0);
      System.arraycopy(lanes, 0, target, offset, e - block);
    }
  }
}
