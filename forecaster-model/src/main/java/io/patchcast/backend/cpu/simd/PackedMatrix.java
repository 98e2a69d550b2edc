package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.ModelWeights.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A weight matrix [outputs, inputs] laid out for {@link Product}: panels of two vectors of outputs.
 *
 * <p>Layout: {@code [panel][input][2 · lanes]}. Each section of outputs begins a new panel; the
 * columns of a product are therefore padded per section, and {@link #sectionStart} tells where one
 * begins.
 */
final class PackedMatrix {
  /** Outputs of a panel: two vectors of accumulators per row of the register block. */
  static final int PANEL = 2 * Lanes.COUNT;

  private static final int STRIP = 64;

  private final int inputs;
  private final int[] sectionStarts;
  private final float[] packed;
  private final float[] bias;

  /** A matrix for each section where a library computes the products, else empty. */
  private final List<ProductLibrary.Matrix> libraryMatrices;

  /**
   * Packs {@code matrix}, outputs scaled by {@code outputScale} and inputs by {@code inputScale}.
   *
   * @param order [width] the output that goes into each column, -1 = none
   */
  private PackedMatrix(
      Matrix matrix,
      int[] order,
      int[] sectionStarts,
      float[] bias,
      double[] outputScale,
      float[] inputScale) {
    this.inputs = matrix.columns();
    this.sectionStarts = sectionStarts;
    this.libraryMatrices = List.of();
    this.packed = new float[Math.multiplyExact(inputs, order.length)];
    this.bias = new float[order.length];
    float[] rows = new float[Math.multiplyExact(PANEL, inputs)];
    for (int column = 0; column < order.length; column += PANEL) {
      readPanel(matrix, order, column, rows);
      packPanel(rows, order, column, outputScale, inputScale);
    }
    for (int column = 0; column < order.length && bias != null; column++) {
      if (order[column] >= 0) {
        this.bias[column] = (float) (bias[order[column]] * outputScale[order[column]]);
      }
    }
  }

  /** The same weights in a library's layout. */
  private PackedMatrix(PackedMatrix from, List<ProductLibrary.Matrix> libraryMatrices) {
    this.inputs = from.inputs;
    this.sectionStarts = from.sectionStarts;
    this.packed = new float[0];
    this.bias = from.bias;
    this.libraryMatrices = libraryMatrices;
  }

  /** Hands the weights to {@code library}; this matrix itself where it is null. */
  PackedMatrix in(ProductLibrary library) {
    if (library == null) {
      return this;
    }
    List<ProductLibrary.Matrix> matrices = new ArrayList<>();
    for (int s = 0; s + 1 < sectionStarts.length; s++) {
      int width = sectionStarts[s + 1] - sectionStarts[s];
      float[] rows = new float[Math.multiplyExact(inputs, width)];
      for (int column = 0; column < width; column += PANEL) {
        for (int k = 0; k < inputs; k++) {
          int from = (sectionStarts[s] + column) * inputs + k * PANEL;
          System.arraycopy(packed, from, rows, k * width + column, PANEL);
        }
      }
      matrices.add(library.pack(inputs, width, rows));
    }
    return new PackedMatrix(this, List.copyOf(matrices));
  }

  /**
   * Packs a matrix in sections of outputs, one after the other.
   *
   * @param sections number of outputs in each section; they add up to all outputs
   * @param bias [outputs] before scaling, or null
   * @param outputScale [outputs]
   * @param inputScale [inputs], or null
   */
  static PackedMatrix pack(
      Matrix matrix, int[] sections, float[] bias, double[] outputScale, float[] inputScale) {
    int[] starts = new int[sections.length + 1];
    for (int s = 0; s < sections.length; s++) {
      starts[s + 1] = starts[s] + (sections[s] + PANEL - 1) / PANEL * PANEL;
    }
    int[] order = new int[starts[sections.length]];
    Arrays.fill(order, -1);
    int output = 0;
    for (int s = 0; s < sections.length; s++) {
      for (int i = 0; i < sections[s]; i++) {
        order[starts[s] + i] = output++;
      }
    }
    return new PackedMatrix(matrix, order, starts, bias, outputScale, inputScale);
  }

  /** Packs a matrix of one section whose outputs all have the same scale. */
  static PackedMatrix pack(Matrix matrix, float[] bias, double scale, float[] inputScale) {
    return pack(matrix, new int[] {matrix.rows()}, bias, same(scale, matrix.rows()), inputScale);
  }

  /**
   * Packs a matrix of one section in another order.
   *
   * @param outputs the output that goes into each column
   */
  static PackedMatrix packOrdered(
      Matrix matrix, int[] outputs, float[] bias, double scale, float[] inputScale) {
    int[] order = new int[(outputs.length + PANEL - 1) / PANEL * PANEL];
    Arrays.fill(order, -1);
    System.arraycopy(outputs, 0, order, 0, outputs.length);
    int[] starts = {0, order.length};
    return new PackedMatrix(matrix, order, starts, bias, same(scale, matrix.rows()), inputScale);
  }

  /**
   * Packs a matrix of two halves so that each panel has a vector of the first half's outputs, then
   * the vector of the second's.
   */
  static PackedMatrix packPairs(Matrix matrix, float[] bias, double scale, float[] inputScale) {
    int half = matrix.rows() / 2;
    int[] order = new int[2 * Lanes.roundUp(half)];
    Arrays.fill(order, -1);
    for (int i = 0; i < half; i++) {
      int column = i / Lanes.COUNT * PANEL + i % Lanes.COUNT;
      order[column] = i;
      order[column + Lanes.COUNT] = half + i;
    }
    int[] starts = {0, order.length};
    return new PackedMatrix(matrix, order, starts, bias, same(scale, matrix.rows()), inputScale);
  }

  private static double[] same(double scale, int count) {
    double[] scales = new double[count];
    Arrays.fill(scales, scale);
    return scales;
  }

  /** The outputs of a panel, [2 · lanes, inputs]; outputs that follow each other in one go. */
  private void readPanel(Matrix matrix, int[] order, int column, float[] rows) {
    for (int j = 0; j < PANEL; ) {
      int run = 1;
      while (j + run < PANEL && order[column + j + run] == order[column + j] + run) {
        run++;
      }
      if (order[column + j] >= 0) {
        matrix.read(order[column + j], run, rows, j * inputs);
      }
      j += run;
    }
  }

  private void packPanel(
      float[] rows, int[] order, int column, double[] outputScale, float[] inputScale) {
    // Strips of inputs short enough that the panel's part of them stays in the first-level cache.
    for (int k0 = 0; k0 < inputs; k0 += STRIP) {
      int end = Math.min(k0 + STRIP, inputs);
      for (int j = 0; j < PANEL; j++) {
        if (order[column + j] < 0) {
          continue;
        }
        double scale = outputScale[order[column + j]];
        int to = column * inputs + k0 * PANEL + j;
        for (int k = k0; k < end; k++, to += PANEL) {
          double value = rows[j * inputs + k] * scale;
          packed[to] = (float) (inputScale == null ? value : value * inputScale[k]);
        }
      }
    }
  }

  /** K. */
  int inputs() {
    return inputs;
  }

  /** Columns of a product, padding included. */
  int width() {
    return sectionStarts[sectionStarts.length - 1];
  }

  /** First column of a section. */
  int sectionStart(int section) {
    return sectionStarts[section];
  }

  /** Sections of outputs. */
  int sectionCount() {
    return sectionStarts.length - 1;
  }

  /** Whether a library computes the products; then {@link #packed} is empty. */
  boolean inLibrary() {
    return !libraryMatrices.isEmpty();
  }

  /** The weights of one section in a library's layout. */
  ProductLibrary.Matrix libraryMatrix(int section) {
    return libraryMatrices.get(section);
  }

  /** The panel of a column begins at {@code column * inputs}. */
  float[] packed() {
    return packed;
  }

  /** [width], scaled; zero where there is none. */
  float[] bias() {
    return bias;
  }
}
