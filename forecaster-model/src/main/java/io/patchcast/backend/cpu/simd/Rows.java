package io.patchcast.backend.cpu.simd;

/**
 * The rows of a matrix that a product takes as its A, read where they lie.
 *
 * @param values row i begins at {@code index[i] * stride}, or at {@code i * stride} without index
 * @param index which rows, or null for all in order
 * @param factor a factor for each row of {@code values}, or null for ones
 */
record Rows(float[] values, int stride, int[] index, float[] factor) {
  /** Rows in order, as they are. */
  static Rows of(float[] values, int stride) {
    return new Rows(values, stride, null, null);
  }

  private int source(int row) {
    return index == null ? row : index[row];
  }

  /** Where a row begins. */
  int offset(int row) {
    return source(row) * stride;
  }

  /** What its products are multiplied by. */
  float scale(int row) {
    return factor == null ? 1 : factor[source(row)];
  }
}
