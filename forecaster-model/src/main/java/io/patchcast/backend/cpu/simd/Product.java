package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.cpu.Cancellation;

/** A · Wᵀ with packed W, on one thread. */
final class Product {
  private static final int PANEL = PackedMatrix.PANEL;
  private static final int ROWS = Microkernels.ROWS;
  private static final int FEW_ROWS = Microkernels.FEW_ROWS;

  /**
   * Rows at a time, for which a panel of W comes from memory once and then from the second-level
   * cache. A is as good in the third: it gives two bytes a cycle, W a line.
   */
  static final int ROW_BLOCK = 960;

  /** Rows that are handed to a library at a time. */
  private static final int LIBRARY_ROWS = 240;

  private final float[] tile = new float[ROWS * 2 * PANEL];

  /** Rows of A and sums, where a library computes. */
  private float[] gathered = {};

  private float[] sums = {};

  /**
   * Rows {@code first} to {@code end}, columns {@code firstColumn} to {@code endColumn} of A · Wᵀ,
   * handed to {@code epilogue}.
   */
  void multiply(
      PackedMatrix weights,
      Rows a,
      int first,
      int end,
      int firstColumn,
      int endColumn,
      Epilogue epilogue) {
    if (weights.inLibrary()) {
      multiplyInLibrary(weights, a, first, end, firstColumn, endColumn, epilogue);
      return;
    }
    for (int start = first; start < end; start += ROW_BLOCK) {
      multiplyBlock(
          weights, a, start, Math.min(end, start + ROW_BLOCK), firstColumn, endColumn, epilogue);
    }
  }

  private void multiplyBlock(
      PackedMatrix weights,
      Rows a,
      int first,
      int end,
      int firstColumn,
      int endColumn,
      Epilogue epilogue) {
    int column = firstColumn;
    if (Microkernels.WIDE_TILES) {
      for (; column + 2 * PANEL <= endColumn; column += 2 * PANEL) {
        Cancellation.check();
        for (int row = first; row < end; row += ROWS) {
          wide(weights, a, row, Math.min(row + ROWS, end), column, epilogue);
        }
      }
    }
    for (; column < endColumn; column += PANEL) {
      Cancellation.check();
      for (int row = first; row < end; row += ROWS) {
        narrow(weights, a, row, Math.min(row + ROWS, end), column, epilogue);
      }
    }
  }

  /** Whole sections, which is what columns are asked for by. */
  private void multiplyInLibrary(
      PackedMatrix weights,
      Rows a,
      int first,
      int end,
      int firstColumn,
      int endColumn,
      Epilogue epilogue) {
    int depth = weights.inputs();
    for (int start = first; start < end; start += LIBRARY_ROWS) {
      int rows = Math.min(LIBRARY_ROWS, end - start);
      gathered = Workspace.atLeast(gathered, (long) rows * depth);
      for (int i = 0; i < rows; i++) {
        System.arraycopy(a.values(), a.offset(start + i), gathered, i * depth, depth);
      }
      for (int section = 0; section < weights.sectionCount(); section++) {
        int sectionStart = weights.sectionStart(section);
        int width = weights.sectionStart(section + 1) - sectionStart;
        if (sectionStart < firstColumn || sectionStart >= endColumn) {
          continue;
        }
        Cancellation.check();
        sums = Workspace.atLeast(sums, (long) rows * width);
        weights.libraryMatrix(section).multiply(rows, gathered, sums);
        for (int column = 0; column < width; column += PANEL) {
          epilogue.store(sums, column, width, a, start, start + rows, sectionStart + column);
        }
      }
    }
  }

  /** One panel; where there are fewer than five rows the last one is computed again. */
  private void narrow(
      PackedMatrix weights, Rows a, int row, int end, int column, Epilogue epilogue) {
    int last = end - 1;
    Microkernels.rows5(
        weights.inputs(),
        a.values(),
        a.offset(row),
        a.offset(Math.min(row + 1, last)),
        a.offset(Math.min(row + 2, last)),
        a.offset(Math.min(row + 3, last)),
        a.offset(Math.min(row + 4, last)),
        weights.packed(),
        column * weights.inputs(),
        tile);
    epilogue.store(tile, 0, PANEL, a, row, end, column);
  }

  /** Two panels. */
  private void wide(PackedMatrix weights, Rows a, int row, int end, int column, Epilogue epilogue) {
    int depth = weights.inputs();
    int panel = column * depth;
    int nextPanel = panel + PANEL * depth;
    int last = end - 1;
    if (end - row <= FEW_ROWS) {
      Microkernels.rows3Wide(
          depth,
          a.values(),
          a.offset(row),
          a.offset(Math.min(row + 1, last)),
          a.offset(last),
          weights.packed(),
          panel,
          nextPanel,
          tile);
    } else {
      Microkernels.rows5Wide(
          depth,
          a.values(),
          a.offset(row),
          a.offset(row + 1),
          a.offset(row + 2),
          a.offset(Math.min(row + 3, last)),
          a.offset(Math.min(row + 4, last)),
          weights.packed(),
          panel,
          nextPanel,
          tile);
    }
    epilogue.store(tile, 0, 2 * PANEL, a, row, end, column);
    epilogue.store(tile, PANEL, 2 * PANEL, a, row, end, column + PANEL);
  }
}
