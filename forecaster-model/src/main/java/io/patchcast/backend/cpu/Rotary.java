package io.patchcast.backend.cpu;

import io.patchcast.backend.ModelWeights;

/**
 * Rotary positions with xPos, as the specification has them.
 *
 * <p>The first w = d / 2 dimensions of q and k are rotated in adjacent pairs i by the angle
 * position · 10000^(−2i/w). With xPos, q is multiplied by s_i^(decayPosition / 256), s_i = (2i +
 * 0.4w) / (1.4w), and k by its inverse.
 */
public final class Rotary {
  private static final double BASE = 10_000;
  private static final double DECAY_LENGTH = 256;

  private Rotary() {}

  /** Angle of one pair at one position. */
  public static double angle(ModelWeights.Shape shape, int pair, int position) {
    return position * Math.pow(BASE, -4.0 * pair / shape.queryDim());
  }

  /** Factor of one pair of a query; of a key at {@code -decayPosition}. */
  public static double decay(ModelWeights.Shape shape, int pair, int decayPosition) {
    double width = shape.queryDim() / 2.0;
    return shape.xpos()
        ? Math.pow((2 * pair + 0.4 * width) / (1.4 * width), decayPosition / DECAY_LENGTH)
        : 1;
  }

  /** Rotates the first half of one query in place; of a key with {@code -decayPosition}. */
  static void rotate(
      ModelWeights.Shape shape, int position, int decayPosition, float[] vector, int offset) {
    for (int pair = 0; pair < shape.queryDim() / 4; pair++) {
      double angle = angle(shape, pair, position);
      double decay = decay(shape, pair, decayPosition);
      double a = vector[offset + 2 * pair];
      double b = vector[offset + 2 * pair + 1];
      vector[offset + 2 * pair] = (float) ((a * Math.cos(angle) - b * Math.sin(angle)) * decay);
      vector[offset + 2 * pair + 1] = (float) ((b * Math.cos(angle) + a * Math.sin(angle)) * decay);
    }
  }
}
