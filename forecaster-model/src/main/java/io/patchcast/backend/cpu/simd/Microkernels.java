package io.patchcast.backend.cpu.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops of {@link Product}: rows of C, two vectors wide, held in registers while A
 * and W stream by. Hardware fact: a core that starts two fused multiply-adds of latency four each
 * cycle needs eight independent ones in flight; twelve rows have 24 and fill the 32 registers of
 * AVX-512.
 *
 * <p>The Vector API keeps vectors in registers only as local variables, so each height is spelled
 * out; the bodies are one pattern. Every element of C is summed over k in order, whatever the
 * height: rows do not depend on the block they fall into.
 */
final class Microkernels {
  private static final VectorSpecies<Float> S = Lanes.SPECIES;
  private static final int W = Lanes.COUNT;

  /** Most rows whose accumulators fit the registers: 32 with AVX-512 and on ARM, else 16. */
  private static final int MAX_ROWS =
      S.vectorBitSize() == 512 || System.getProperty("os.arch").equals("aarch64") ? 12 : 6;

  private Microkernels() {}

  /** Rows of the next block where {@code remaining} are left: 12, 6, 4, 2 or 1. */
  static int rowsFor(int remaining) {
    if (remaining >= MAX_ROWS) {
      return MAX_ROWS;
    }
    return remaining >= 6 ? 6 : remaining >= 4 ? 4 : remaining >= 2 ? 2 : 1;
  }

  /**
   * C [rows, 2 · lanes] += A · W over {@code depth} inputs.
   *
   * @param a packed A, [depth, rows] at {@code ao}
   * @param b packed W, [depth, 2 · lanes] at {@code bo}
   * @param c C, rows {@code stride} apart, at {@code co}
   */
  static void run(
      int rows, int depth, float[] a, int ao, float[] b, int bo, float[] c, int co, int stride) {
    switch (rows) {
      case 12 -> rows12(depth, a, ao, b, bo, c, co, stride);
      case 6 -> rows6(depth, a, ao, b, bo, c, co, stride);
      case 4 -> rows4(depth, a, ao, b, bo, c, co, stride);
      case 2 -> rows2(depth, a, ao, b, bo, c, co, stride);
      case 1 -> rows1(depth, a, ao, b, bo, c, co);
      default -> throw new AssertionError(rows);
    }
  }

  private static void rows12(
      int depth, float[] a, int ao, float[] b, int bo, float[] c, int co, int stride) {
    FloatVector c00 = FloatVector.fromArray(S, c, co);
    FloatVector c01 = FloatVector.fromArray(S, c, co + W);
    FloatVector c10 = FloatVector.fromArray(S, c, co + stride);
    FloatVector c11 = FloatVector.fromArray(S, c, co + stride + W);
    FloatVector c20 = FloatVector.fromArray(S, c, co + 2 * stride);
    FloatVector c21 = FloatVector.fromArray(S, c, co + 2 * stride + W);
    FloatVector c30 = FloatVector.fromArray(S, c, co + 3 * stride);
    FloatVector c31 = FloatVector.fromArray(S, c, co + 3 * stride + W);
    FloatVector c40 = FloatVector.fromArray(S, c, co + 4 * stride);
    FloatVector c41 = FloatVector.fromArray(S, c, co + 4 * stride + W);
    FloatVector c50 = FloatVector.fromArray(S, c, co + 5 * stride);
    FloatVector c51 = FloatVector.fromArray(S, c, co + 5 * stride + W);
    FloatVector c60 = FloatVector.fromArray(S, c, co + 6 * stride);
    FloatVector c61 = FloatVector.fromArray(S, c, co + 6 * stride + W);
    FloatVector c70 = FloatVector.fromArray(S, c, co + 7 * stride);
    FloatVector c71 = FloatVector.fromArray(S, c, co + 7 * stride + W);
    FloatVector c80 = FloatVector.fromArray(S, c, co + 8 * stride);
    FloatVector c81 = FloatVector.fromArray(S, c, co + 8 * stride + W);
    FloatVector c90 = FloatVector.fromArray(S, c, co + 9 * stride);
    FloatVector c91 = FloatVector.fromArray(S, c, co + 9 * stride + W);
    FloatVector c100 = FloatVector.fromArray(S, c, co + 10 * stride);
    FloatVector c101 = FloatVector.fromArray(S, c, co + 10 * stride + W);
    FloatVector c110 = FloatVector.fromArray(S, c, co + 11 * stride);
    FloatVector c111 = FloatVector.fromArray(S, c, co + 11 * stride + W);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bo + k * 2 * W);
      FloatVector b1 = FloatVector.fromArray(S, b, bo + k * 2 * W + W);
      FloatVector a0 = FloatVector.broadcast(S, a[ao + k * 12]);
      c00 = b0.fma(a0, c00);
      c01 = b1.fma(a0, c01);
      FloatVector a1 = FloatVector.broadcast(S, a[ao + k * 12 + 1]);
      c10 = b0.fma(a1, c10);
      c11 = b1.fma(a1, c11);
      FloatVector a2 = FloatVector.broadcast(S, a[ao + k * 12 + 2]);
      c20 = b0.fma(a2, c20);
      c21 = b1.fma(a2, c21);
      FloatVector a3 = FloatVector.broadcast(S, a[ao + k * 12 + 3]);
      c30 = b0.fma(a3, c30);
      c31 = b1.fma(a3, c31);
      FloatVector a4 = FloatVector.broadcast(S, a[ao + k * 12 + 4]);
      c40 = b0.fma(a4, c40);
      c41 = b1.fma(a4, c41);
      FloatVector a5 = FloatVector.broadcast(S, a[ao + k * 12 + 5]);
      c50 = b0.fma(a5, c50);
      c51 = b1.fma(a5, c51);
      FloatVector a6 = FloatVector.broadcast(S, a[ao + k * 12 + 6]);
      c60 = b0.fma(a6, c60);
      c61 = b1.fma(a6, c61);
      FloatVector a7 = FloatVector.broadcast(S, a[ao + k * 12 + 7]);
      c70 = b0.fma(a7, c70);
      c71 = b1.fma(a7, c71);
      FloatVector a8 = FloatVector.broadcast(S, a[ao + k * 12 + 8]);
      c80 = b0.fma(a8, c80);
      c81 = b1.fma(a8, c81);
      FloatVector a9 = FloatVector.broadcast(S, a[ao + k * 12 + 9]);
      c90 = b0.fma(a9, c90);
      c91 = b1.fma(a9, c91);
      FloatVector a10 = FloatVector.broadcast(S, a[ao + k * 12 + 10]);
      c100 = b0.fma(a10, c100);
      c101 = b1.fma(a10, c101);
      FloatVector a11 = FloatVector.broadcast(S, a[ao + k * 12 + 11]);
      c110 = b0.fma(a11, c110);
      c111 = b1.fma(a11, c111);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + W);
    c10.intoArray(c, co + stride);
    c11.intoArray(c, co + stride + W);
    c20.intoArray(c, co + 2 * stride);
    c21.intoArray(c, co + 2 * stride + W);
    c30.intoArray(c, co + 3 * stride);
    c31.intoArray(c, co + 3 * stride + W);
    c40.intoArray(c, co + 4 * stride);
    c41.intoArray(c, co + 4 * stride + W);
    c50.intoArray(c, co + 5 * stride);
    c51.intoArray(c, co + 5 * stride + W);
    c60.intoArray(c, co + 6 * stride);
    c61.intoArray(c, co + 6 * stride + W);
    c70.intoArray(c, co + 7 * stride);
    c71.intoArray(c, co + 7 * stride + W);
    c80.intoArray(c, co + 8 * stride);
    c81.intoArray(c, co + 8 * stride + W);
    c90.intoArray(c, co + 9 * stride);
    c91.intoArray(c, co + 9 * stride + W);
    c100.intoArray(c, co + 10 * stride);
    c101.intoArray(c, co + 10 * stride + W);
    c110.intoArray(c, co + 11 * stride);
    c111.intoArray(c, co + 11 * stride + W);
  }

  private static void rows6(
      int depth, float[] a, int ao, float[] b, int bo, float[] c, int co, int stride) {
    FloatVector c00 = FloatVector.fromArray(S, c, co);
    FloatVector c01 = FloatVector.fromArray(S, c, co + W);
    FloatVector c10 = FloatVector.fromArray(S, c, co + stride);
    FloatVector c11 = FloatVector.fromArray(S, c, co + stride + W);
    FloatVector c20 = FloatVector.fromArray(S, c, co + 2 * stride);
    FloatVector c21 = FloatVector.fromArray(S, c, co + 2 * stride + W);
    FloatVector c30 = FloatVector.fromArray(S, c, co + 3 * stride);
    FloatVector c31 = FloatVector.fromArray(S, c, co + 3 * stride + W);
    FloatVector c40 = FloatVector.fromArray(S, c, co + 4 * stride);
    FloatVector c41 = FloatVector.fromArray(S, c, co + 4 * stride + W);
    FloatVector c50 = FloatVector.fromArray(S, c, co + 5 * stride);
    FloatVector c51 = FloatVector.fromArray(S, c, co + 5 * stride + W);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bo + k * 2 * W);
      FloatVector b1 = FloatVector.fromArray(S, b, bo + k * 2 * W + W);
      FloatVector a0 = FloatVector.broadcast(S, a[ao + k * 6]);
      c00 = b0.fma(a0, c00);
      c01 = b1.fma(a0, c01);
      FloatVector a1 = FloatVector.broadcast(S, a[ao + k * 6 + 1]);
      c10 = b0.fma(a1, c10);
      c11 = b1.fma(a1, c11);
      FloatVector a2 = FloatVector.broadcast(S, a[ao + k * 6 + 2]);
      c20 = b0.fma(a2, c20);
      c21 = b1.fma(a2, c21);
      FloatVector a3 = FloatVector.broadcast(S, a[ao + k * 6 + 3]);
      c30 = b0.fma(a3, c30);
      c31 = b1.fma(a3, c31);
      FloatVector a4 = FloatVector.broadcast(S, a[ao + k * 6 + 4]);
      c40 = b0.fma(a4, c40);
      c41 = b1.fma(a4, c41);
      FloatVector a5 = FloatVector.broadcast(S, a[ao + k * 6 + 5]);
      c50 = b0.fma(a5, c50);
      c51 = b1.fma(a5, c51);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + W);
    c10.intoArray(c, co + stride);
    c11.intoArray(c, co + stride + W);
    c20.intoArray(c, co + 2 * stride);
    c21.intoArray(c, co + 2 * stride + W);
    c30.intoArray(c, co + 3 * stride);
    c31.intoArray(c, co + 3 * stride + W);
    c40.intoArray(c, co + 4 * stride);
    c41.intoArray(c, co + 4 * stride + W);
    c50.intoArray(c, co + 5 * stride);
    c51.intoArray(c, co + 5 * stride + W);
  }

  private static void rows4(
      int depth, float[] a, int ao, float[] b, int bo, float[] c, int co, int stride) {
    FloatVector c00 = FloatVector.fromArray(S, c, co);
    FloatVector c01 = FloatVector.fromArray(S, c, co + W);
    FloatVector c10 = FloatVector.fromArray(S, c, co + stride);
    FloatVector c11 = FloatVector.fromArray(S, c, co + stride + W);
    FloatVector c20 = FloatVector.fromArray(S, c, co + 2 * stride);
    FloatVector c21 = FloatVector.fromArray(S, c, co + 2 * stride + W);
    FloatVector c30 = FloatVector.fromArray(S, c, co + 3 * stride);
    FloatVector c31 = FloatVector.fromArray(S, c, co + 3 * stride + W);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bo + k * 2 * W);
      FloatVector b1 = FloatVector.fromArray(S, b, bo + k * 2 * W + W);
      FloatVector a0 = FloatVector.broadcast(S, a[ao + k * 4]);
      c00 = b0.fma(a0, c00);
      c01 = b1.fma(a0, c01);
      FloatVector a1 = FloatVector.broadcast(S, a[ao + k * 4 + 1]);
      c10 = b0.fma(a1, c10);
      c11 = b1.fma(a1, c11);
      FloatVector a2 = FloatVector.broadcast(S, a[ao + k * 4 + 2]);
      c20 = b0.fma(a2, c20);
      c21 = b1.fma(a2, c21);
      FloatVector a3 = FloatVector.broadcast(S, a[ao + k * 4 + 3]);
      c30 = b0.fma(a3, c30);
      c31 = b1.fma(a3, c31);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + W);
    c10.intoArray(c, co + stride);
    c11.intoArray(c, co + stride + W);
    c20.intoArray(c, co + 2 * stride);
    c21.intoArray(c, co + 2 * stride + W);
    c30.intoArray(c, co + 3 * stride);
    c31.intoArray(c, co + 3 * stride + W);
  }

  private static void rows2(
      int depth, float[] a, int ao, float[] b, int bo, float[] c, int co, int stride) {
    FloatVector c00 = FloatVector.fromArray(S, c, co);
    FloatVector c01 = FloatVector.fromArray(S, c, co + W);
    FloatVector c10 = FloatVector.fromArray(S, c, co + stride);
    FloatVector c11 = FloatVector.fromArray(S, c, co + stride + W);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bo + k * 2 * W);
      FloatVector b1 = FloatVector.fromArray(S, b, bo + k * 2 * W + W);
      FloatVector a0 = FloatVector.broadcast(S, a[ao + k * 2]);
      c00 = b0.fma(a0, c00);
      c01 = b1.fma(a0, c01);
      FloatVector a1 = FloatVector.broadcast(S, a[ao + k * 2 + 1]);
      c10 = b0.fma(a1, c10);
      c11 = b1.fma(a1, c11);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + W);
    c10.intoArray(c, co + stride);
    c11.intoArray(c, co + stride + W);
  }

  private static void rows1(int depth, float[] a, int ao, float[] b, int bo, float[] c, int co) {
    FloatVector c00 = FloatVector.fromArray(S, c, co);
    FloatVector c01 = FloatVector.fromArray(S, c, co + W);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bo + k * 2 * W);
      FloatVector b1 = FloatVector.fromArray(S, b, bo + k * 2 * W + W);
      FloatVector a0 = FloatVector.broadcast(S, a[ao + k]);
      c00 = b0.fma(a0, c00);
      c01 = b1.fma(a0, c01);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + W);
  }
}
