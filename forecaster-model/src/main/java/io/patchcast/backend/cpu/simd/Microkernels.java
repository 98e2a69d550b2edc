package io.patchcast.backend.cpu.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops of products and of attention: a tile of C in registers while A and W stream
 * by. A is read where it lies, one element per row and step: it needs no packing.
 *
 * <p>Hardware facts: a core that starts two fused multiply-adds of latency four each cycle needs
 * eight independent ones in flight; a load that crosses a cache line, as most of Java's do, counts
 * twice. Five rows of two vectors keep ten in flight within the sixteen registers of AVX2; where
 * there are 32, four vectors make more of each load. A sixth row would fit, but only just: how the
 * compiler then shares out the registers hangs on the counts of its profile, and in about every
 * other process it keeps sums in memory, which costs a third of the speed.
 *
 * <p>The Vector API keeps vectors in registers only as local variables, so each row is spelled out.
 * Every element of C is summed over k in order, whatever the tile: rows do not depend on the block
 * they fall into.
 */
final class Microkernels {
  /** Rows of the high tiles. */
  static final int ROWS = 5;

  /** Rows of the low tile. */
  static final int FEW_ROWS = 3;

  private static final VectorSpecies<Float> S = Lanes.SPECIES;
  private static final int W = Lanes.COUNT;

  /** Whether there are registers for tiles of two panels. */
  static final boolean WIDE_TILES =
      S.vectorBitSize() == 512 || System.getProperty("os.arch").equals("aarch64");

  private Microkernels() {}

  /**
   * tile [5, 2 · lanes] = A · W over {@code depth} inputs.
   *
   * @param a A; its rows begin at {@code a0} to {@code a4}
   * @param b packed W, [depth, 2 · lanes] at {@code b0}
   */
  static void rows5(
      int depth,
      float[] a,
      int a0,
      int a1,
      int a2,
      int a3,
      int a4,
      float[] b,
      int b0,
      float[] tile) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c11 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c21 = FloatVector.zero(S);
    FloatVector c30 = FloatVector.zero(S);
    FloatVector c31 = FloatVector.zero(S);
    FloatVector c40 = FloatVector.zero(S);
    FloatVector c41 = FloatVector.zero(S);
    int p = b0;
    for (int k = 0; k < depth; k++, p += 2 * W) {
      FloatVector w0 = FloatVector.fromArray(S, b, p);
      FloatVector w1 = FloatVector.fromArray(S, b, p + W);
      FloatVector x0 = FloatVector.broadcast(S, a[a0 + k]);
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      FloatVector x1 = FloatVector.broadcast(S, a[a1 + k]);
      c10 = w0.fma(x1, c10);
      c11 = w1.fma(x1, c11);
      FloatVector x2 = FloatVector.broadcast(S, a[a2 + k]);
      c20 = w0.fma(x2, c20);
      c21 = w1.fma(x2, c21);
      FloatVector x3 = FloatVector.broadcast(S, a[a3 + k]);
      c30 = w0.fma(x3, c30);
      c31 = w1.fma(x3, c31);
      FloatVector x4 = FloatVector.broadcast(S, a[a4 + k]);
      c40 = w0.fma(x4, c40);
      c41 = w1.fma(x4, c41);
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, W);
    c10.intoArray(tile, 2 * W);
    c11.intoArray(tile, 3 * W);
    c20.intoArray(tile, 4 * W);
    c21.intoArray(tile, 5 * W);
    c30.intoArray(tile, 6 * W);
    c31.intoArray(tile, 7 * W);
    c40.intoArray(tile, 8 * W);
    c41.intoArray(tile, 9 * W);
  }

  /**
   * tile [5, 4 · lanes] = A · W over {@code depth} inputs and two panels.
   *
   * @param a A; its rows begin at {@code a0} to {@code a4}
   * @param b packed W, [depth, 2 · lanes] at {@code b0} and again at {@code b1}
   */
  static void rows5Wide(
      int depth,
      float[] a,
      int a0,
      int a1,
      int a2,
      int a3,
      int a4,
      float[] b,
      int b0,
      int b1,
      float[] tile) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = FloatVector.zero(S);
    FloatVector c02 = FloatVector.zero(S);
    FloatVector c03 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c11 = FloatVector.zero(S);
    FloatVector c12 = FloatVector.zero(S);
    FloatVector c13 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c21 = FloatVector.zero(S);
    FloatVector c22 = FloatVector.zero(S);
    FloatVector c23 = FloatVector.zero(S);
    FloatVector c30 = FloatVector.zero(S);
    FloatVector c31 = FloatVector.zero(S);
    FloatVector c32 = FloatVector.zero(S);
    FloatVector c33 = FloatVector.zero(S);
    FloatVector c40 = FloatVector.zero(S);
    FloatVector c41 = FloatVector.zero(S);
    FloatVector c42 = FloatVector.zero(S);
    FloatVector c43 = FloatVector.zero(S);
    int p = b0;
    int q = b1;
    for (int k = 0; k < depth; k++, p += 2 * W, q += 2 * W) {
      FloatVector w0 = FloatVector.fromArray(S, b, p);
      FloatVector w1 = FloatVector.fromArray(S, b, p + W);
      FloatVector w2 = FloatVector.fromArray(S, b, q);
      FloatVector w3 = FloatVector.fromArray(S, b, q + W);
      FloatVector x0 = FloatVector.broadcast(S, a[a0 + k]);
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      c02 = w2.fma(x0, c02);
      c03 = w3.fma(x0, c03);
      FloatVector x1 = FloatVector.broadcast(S, a[a1 + k]);
      c10 = w0.fma(x1, c10);
      c11 = w1.fma(x1, c11);
      c12 = w2.fma(x1, c12);
      c13 = w3.fma(x1, c13);
      FloatVector x2 = FloatVector.broadcast(S, a[a2 + k]);
      c20 = w0.fma(x2, c20);
      c21 = w1.fma(x2, c21);
      c22 = w2.fma(x2, c22);
      c23 = w3.fma(x2, c23);
      FloatVector x3 = FloatVector.broadcast(S, a[a3 + k]);
      c30 = w0.fma(x3, c30);
      c31 = w1.fma(x3, c31);
      c32 = w2.fma(x3, c32);
      c33 = w3.fma(x3, c33);
      FloatVector x4 = FloatVector.broadcast(S, a[a4 + k]);
      c40 = w0.fma(x4, c40);
      c41 = w1.fma(x4, c41);
      c42 = w2.fma(x4, c42);
      c43 = w3.fma(x4, c43);
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, W);
    c02.intoArray(tile, 2 * W);
    c03.intoArray(tile, 3 * W);
    c10.intoArray(tile, 4 * W);
    c11.intoArray(tile, 5 * W);
    c12.intoArray(tile, 6 * W);
    c13.intoArray(tile, 7 * W);
    c20.intoArray(tile, 8 * W);
    c21.intoArray(tile, 9 * W);
    c22.intoArray(tile, 10 * W);
    c23.intoArray(tile, 11 * W);
    c30.intoArray(tile, 12 * W);
    c31.intoArray(tile, 13 * W);
    c32.intoArray(tile, 14 * W);
    c33.intoArray(tile, 15 * W);
    c40.intoArray(tile, 16 * W);
    c41.intoArray(tile, 17 * W);
    c42.intoArray(tile, 18 * W);
    c43.intoArray(tile, 19 * W);
  }

  /** The same for three rows: tile [3, 4 · lanes]. */
  static void rows3Wide(
      int depth, float[] a, int a0, int a1, int a2, float[] b, int b0, int b1, float[] tile) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = FloatVector.zero(S);
    FloatVector c02 = FloatVector.zero(S);
    FloatVector c03 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c11 = FloatVector.zero(S);
    FloatVector c12 = FloatVector.zero(S);
    FloatVector c13 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c21 = FloatVector.zero(S);
    FloatVector c22 = FloatVector.zero(S);
    FloatVector c23 = FloatVector.zero(S);
    int p = b0;
    int q = b1;
    for (int k = 0; k < depth; k++, p += 2 * W, q += 2 * W) {
      FloatVector w0 = FloatVector.fromArray(S, b, p);
      FloatVector w1 = FloatVector.fromArray(S, b, p + W);
      FloatVector w2 = FloatVector.fromArray(S, b, q);
      FloatVector w3 = FloatVector.fromArray(S, b, q + W);
      FloatVector x0 = FloatVector.broadcast(S, a[a0 + k]);
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      c02 = w2.fma(x0, c02);
      c03 = w3.fma(x0, c03);
      FloatVector x1 = FloatVector.broadcast(S, a[a1 + k]);
      c10 = w0.fma(x1, c10);
      c11 = w1.fma(x1, c11);
      c12 = w2.fma(x1, c12);
      c13 = w3.fma(x1, c13);
      FloatVector x2 = FloatVector.broadcast(S, a[a2 + k]);
      c20 = w0.fma(x2, c20);
      c21 = w1.fma(x2, c21);
      c22 = w2.fma(x2, c22);
      c23 = w3.fma(x2, c23);
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, W);
    c02.intoArray(tile, 2 * W);
    c03.intoArray(tile, 3 * W);
    c10.intoArray(tile, 4 * W);
    c11.intoArray(tile, 5 * W);
    c12.intoArray(tile, 6 * W);
    c13.intoArray(tile, 7 * W);
    c20.intoArray(tile, 8 * W);
    c21.intoArray(tile, 9 * W);
    c22.intoArray(tile, 10 * W);
    c23.intoArray(tile, 11 * W);
  }
}
