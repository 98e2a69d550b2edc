package io.patchcast.backend.cpu.simd;

/**
 * C += A · Wᵀ with packed W, on one thread.
 *
 * <p>A is packed on the way, rows picked by index and scaled by a factor per row: a gather and a
 * norm cost nothing extra.
 */
final class Product {
  /** Rows of A packed at a time: 240 · 512 floats stay in L2 beside a panel of W. */
  static final int ROW_BLOCK = 120;

  private final float[] packedRows = new float[ROW_BLOCK * PackedMatrix.BLOCK];

  /**
   * Adds A · Wᵀ to the columns from {@code firstColumn} to {@code endColumn} of C.
   *
   * @param a A, row i at {@code index[i] * aStride}, or at {@code i * aStride} where index is null
   * @param index rows of A, or null
   * @param factor [rows of A before picking] factor of each row, or null
   * @param first first row of the product
   * @param end end of its rows
   * @param c C, row i at {@code i * cStride}
   */
  void multiply(
      PackedMatrix weights,
      float[] a,
      int aStride,
      int[] index,
      float[] factor,
      int first,
      int end,
      float[] c,
      int cStride,
      int firstColumn,
      int endColumn) {
    int inputs = weights.inputs();
    for (int k0 = 0; k0 < inputs; k0 += PackedMatrix.BLOCK) {
      int depth = Math.min(PackedMatrix.BLOCK, inputs - k0);
      for (int blockStart = first; blockStart < end; blockStart += ROW_BLOCK) {
        int blockEnd = Math.min(end, blockStart + ROW_BLOCK);
        pack(a, aStride, index, factor, k0, depth, blockStart, blockEnd);
        for (int column = firstColumn; column < endColumn; column += PackedMatrix.PANEL) {
          int panel = weights.panelOffset(k0, column);
          int offset = 0;
          for (int row = blockStart; row < blockEnd; ) {
            int rows = Microkernels.rowsFor(blockEnd - row);
            Microkernels.run(
                rows,
                depth,
                packedRows,
                offset,
                weights.packed(),
                panel,
                c,
                row * cStride + column,
                cStride);
            offset += rows * depth;
            row += rows;
          }
        }
      }
    }
  }

  /** Rows of A as the register blocks want them: [block of rows][k][row in block]. */
  private void pack(
      float[] a, int aStride, int[] index, float[] factor, int k0, int depth, int first, int end) {
    int offset = 0;
    for (int row = first; row < end; ) {
      int rows = Microkernels.rowsFor(end - row);
      for (int r = 0; r < rows; r++) {
        int source = index == null ? row + r : index[row + r];
        float scale = factor == null ? 1 : factor[source];
        packRow(a, source * aStride + k0, depth, scale, offset + r, rows);
      }
      offset += rows * depth;
      row += rows;
    }
  }

  private void packRow(float[] a, int start, int depth, float scale, int target, int step) {
    for (int k = 0; k < depth; k++) {
      packedRows[target + k * step] = a[start + k] * scale;
    }
  }
}
