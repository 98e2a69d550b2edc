package io.patchcast.backend.cpu;

import io.patchcast.backend.ModelWeights;

/**
 * Rotary factors of the tokens of one layer: for token n and pair i the numbers by which q and k
 * are rotated, xPos's decay included.
 *
 * <p>With w = d / 2 rotated dimensions: angle = position · 10000^(−2i/w); decay =
 * s_i^(decayPosition / 256), s_i = (2i + 0.4w) / (1.4w); q is multiplied by the decay, k by its
 * inverse. Each layer of a model has the same factors for the same position.
 */
public final class RotaryTable {
  private static final double BASE = 10_000;
  private static final double DECAY_LENGTH = 256;

  private final int pairCount;
  private final float[] queryFactors;
  private final float[] keyFactors;

  /** The factors for the tokens of one layer. */
  public RotaryTable(ModelWeights.Shape shape, int[] positions, int[] decayPositions) {
    int width = shape.queryDim() / 2;
    this.pairCount = width / 2;
    this.queryFactors = new float[positions.length * width];
    this.keyFactors = new float[positions.length * width];
    for (int i = 0; i < pairCount; i++) {
      double frequency = Math.pow(BASE, -2.0 * i / width);
      double logDecay =
          shape.xpos() ? Math.log((2 * i + 0.4 * width) / (1.4 * width)) / DECAY_LENGTH : 0;
      for (int n = 0; n < positions.length; n++) {
        double angle = positions[n] * frequency;
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double decay = Math.exp(logDecay * decayPositions[n]);
        int offset = n * width + 2 * i;
        queryFactors[offset] = (float) (cos * decay);
        queryFactors[offset + 1] = (float) (sin * decay);
        keyFactors[offset] = (float) (cos / decay);
        keyFactors[offset + 1] = (float) (sin / decay);
      }
    }
  }

  /** Rotates the first w dimensions of one query of token {@code n} in place. */
  public void rotateQuery(int n, float[] query, int offset) {
    rotate(queryFactors, n, query, offset);
  }

  /** Rotates the first w dimensions of one key of token {@code n} in place. */
  public void rotateKey(int n, float[] key, int offset) {
    rotate(keyFactors, n, key, offset);
  }

  private void rotate(float[] factors, int n, float[] vector, int offset) {
    int factor = n * 2 * pairCount;
    for (int i = 0; i < 2 * pairCount; i += 2) {
      float a = vector[offset + i];
      float b = vector[offset + i + 1];
      float cos = factors[factor + i];
      float sin = factors[factor + i + 1];
      vector[offset + i] = a * cos - b * sin;
      vector[offset + i + 1] = b * cos + a * sin;
    }
  }
}
