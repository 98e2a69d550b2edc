package io.patchcast.backend.cpu.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What becomes of the sums of a product: one panel (two vectors) of a few rows at a time, while
 * they are in the first-level cache.
 */
sealed interface Epilogue {
  VectorSpecies<Float> S = Lanes.SPECIES;
  int W = Lanes.COUNT;

  /**
   * Takes the sums of one panel.
   *
   * @param tile sums of row i at {@code offset + i * tileStride}, two vectors
   * @param a rows of the product, for their factors
   * @param first first row
   * @param end end of the rows
   * @param column first column of the panel
   */
  void store(float[] tile, int offset, int tileStride, Rows a, int first, int end, int column);

  /** sum · scale + bias of the column. */
  private static FloatVector biased(
      float[] tile, int offset, float scale, float[] bias, int column) {
    return FloatVector.fromArray(S, tile, offset)
        .fma(FloatVector.broadcast(S, scale), FloatVector.fromArray(S, bias, column));
  }

  /** out = sum · scale + bias. */
  record Store(float[] bias, float[] out, int stride) implements Epilogue {
    @Override
    public void store(
        float[] tile, int offset, int tileStride, Rows a, int first, int end, int column) {
      for (int row = first, from = offset; row < end; row++, from += tileStride) {
        float scale = a.scale(row);
        int to = row * stride + column;
        biased(tile, from, scale, bias, column).intoArray(out, to);
        biased(tile, from + W, scale, bias, column + W).intoArray(out, to + W);
      }
    }
  }

  /** out = silu(sum · scale + bias), the product's row {@code origin} being out's row 0. */
  record Silu(float[] bias, float[] out, int stride, int origin) implements Epilogue {
    @Override
    public void store(
        float[] tile, int offset, int tileStride, Rows a, int first, int end, int column) {
      for (int row = first, from = offset; row < end; row++, from += tileStride) {
        float scale = a.scale(row);
        int to = (row - origin) * stride + column;
        for (int j = 0; j < 2 * W; j += W) {
          VectorMath.silu(biased(tile, from + j, scale, bias, column + j)).intoArray(out, to + j);
        }
      }
    }
  }

  /** out = gate · silu(up): a panel has a vector of gates and the vector of their ups. */
  record Gate(float[] bias, float[] out, int stride) implements Epilogue {
    @Override
    public void store(
        float[] tile, int offset, int tileStride, Rows a, int first, int end, int column) {
      for (int row = first, from = offset; row < end; row++, from += tileStride) {
        float scale = a.scale(row);
        FloatVector gate = biased(tile, from, scale, bias, column);
        FloatVector up = biased(tile, from + W, scale, bias, column + W);
        gate.mul(VectorMath.silu(up)).intoArray(out, row * stride + column / 2);
      }
    }
  }

  /**
   * out = sum · scale + bias + keep · stream; out and stream may be one.
   *
   * @param stream rows picked by {@code kept} unless it is null, as far apart as those of out
   * @param origin the row of out and stream that is the product's row 0
   */
  record Residual(
      float[] bias, float[] stream, int[] kept, float keep, float[] out, int stride, int origin)
      implements Epilogue {
    @Override
    public void store(
        float[] tile, int offset, int tileStride, Rows a, int first, int end, int column) {
      for (int row = first, from = offset; row < end; row++, from += tileStride) {
        float scale = a.scale(row);
        int to = (origin + row) * stride + column;
        int old = kept == null ? to : kept[row] * stride + column;
        for (int j = 0; j < 2 * W; j += W) {
          FloatVector.fromArray(S, stream, old + j)
              .fma(FloatVector.broadcast(S, keep), biased(tile, from + j, scale, bias, column + j))
              .intoArray(out, to + j);
        }
      }
    }
  }
}
