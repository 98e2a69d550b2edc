package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.ModelWeights.Matrix;
import java.util.Arrays;

/**
 * A weight matrix [outputs, inputs] laid out for {@link Product}: panels of two vectors of outputs,
 * inputs in blocks.
 *
 * <p>Layout: {@code [block of inputs][panel][input in block][2 · lanes]}. Each section of outputs
 * begins a new panel; the columns of a product are therefore padded per section, and {@link
 * #sectionStart} tells where one begins.
 */
final class PackedMatrix {
  /** Outputs of a panel: two vectors of accumulators per row of the register block. */
  static final int PANEL = 2 * Lanes.COUNT;

  /** Inputs in a block: a panel of a block (64 KB at 16 lanes) stays in L2, two rows of A in L1. */
  static final int BLOCK = 512;

  private static final int STRIP = 64;

  private final int inputs;
  private final int[] sectionStarts;
  private final float[] packed;
  private final float[] bias;

  private PackedMatrix(int inputs, int[] sectionStarts) {
    this.inputs = inputs;
    this.sectionStarts = sectionStarts;
    int width = sectionStarts[sectionStarts.length - 1];
    this.packed = new float[Math.multiplyExact(inputs, width)];
    this.bias = new float[width];
  }

  /**
   * Packs {@code matrix}, outputs scaled by {@code outputScale} and inputs by {@code inputScale}.
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
    PackedMatrix result = new PackedMatrix(matrix.columns(), starts);
    float[] rows = new float[Math.multiplyExact(Math.min(PANEL, matrix.rows()), matrix.columns())];
    int first = 0;
    for (int s = 0; s < sections.length; s++) {
      for (int done = 0; done < sections[s]; done += PANEL) {
        int count = Math.min(PANEL, sections[s] - done);
        matrix.read(first + done, count, rows, 0);
        result.packPanel(rows, count, starts[s] + done, first + done, outputScale, inputScale);
        for (int j = 0; j < count && bias != null; j++) {
          result.bias[starts[s] + done + j] =
              (float) (bias[first + done + j] * outputScale[first + done + j]);
        }
      }
      first += sections[s];
    }
    return result;
  }

  /** Packs a matrix of one section whose outputs all have the same scale. */
  static PackedMatrix pack(Matrix matrix, float[] bias, double scale, float[] inputScale) {
    double[] outputScale = new double[matrix.rows()];
    Arrays.fill(outputScale, scale);
    return pack(matrix, new int[] {matrix.rows()}, bias, outputScale, inputScale);
  }

  private void packPanel(
      float[] rows, int count, int column, int output, double[] outputScale, float[] inputScale) {
    // Strips of inputs short enough that the panel's part of them stays in the first-level cache.
    for (int k0 = 0; k0 < inputs; k0 += STRIP) {
      int end = Math.min(k0 + STRIP, inputs);
      int offset = panelOffset(k0 / BLOCK * BLOCK, column) + k0 % BLOCK * PANEL;
      for (int j = 0; j < count; j++) {
        double scale = outputScale[output + j];
        for (int k = k0, to = offset + j; k < end; k++, to += PANEL) {
          double value = rows[j * inputs + k] * scale;
          packed[to] = (float) (inputScale == null ? value : value * inputScale[k]);
        }
      }
    }
  }

  /** Where the panel of {@code column} lies in the block that begins with input {@code k0}. */
  int panelOffset(int k0, int column) {
    return k0 * width() + column * Math.min(BLOCK, inputs - k0);
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

  float[] packed() {
    return packed;
  }

  /** [width], scaled; zero where there is none. */
  float[] bias() {
    return bias;
  }
}
