package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.cpu.Rotary;

/**
 * Rotary factors of all positions seen so far, shared by the layers and passes of a model.
 *
 * <p>A factor depends on the position and on the position relative to the centre of its call; the
 * two are tabulated apart. Immutable; {@link #covering} returns a larger one.
 */
final class RotaryFactors {
  private final ModelWeights.Shape shape;
  private final int limit;
  private final int width;

  /** [position][pair][cos, sin]. */
  private final float[] angles;

  /** [decayPosition + limit][pair]. */
  private final float[] decays;

  RotaryFactors(ModelWeights.Shape shape, int limit) {
    this.shape = shape;
    this.limit = limit;
    this.width = shape.queryDim() / 2;
    this.angles = new float[limit * width];
    this.decays = new float[(2 * limit + 1) * (width / 2)];
    for (int pair = 0; pair < width / 2; pair++) {
      for (int position = 0; position < limit; position++) {
        double angle = Rotary.angle(shape, pair, position);
        angles[position * width + 2 * pair] = (float) Math.cos(angle);
        angles[position * width + 2 * pair + 1] = (float) Math.sin(angle);
      }
      for (int decay = -limit; decay <= limit; decay++) {
        decays[(decay + limit) * (width / 2) + pair] = (float) Rotary.decay(shape, pair, decay);
      }
    }
  }

  /** Factors for positions below {@code positions}, this object if it has them. */
  RotaryFactors covering(int positions) {
    return positions <= limit ? this : new RotaryFactors(shape, Math.max(positions, 2 * limit));
  }

  /**
   * Rotates the first halves of some vectors of one token in place.
   *
   * @param decayPosition of a query; of a key its negative, for its decay is the inverse
   * @param offset where the first vector begins; the others follow, each a head width further
   */
  void rotate(int position, int decayPosition, float[] vectors, int offset, int count) {
    int angle = position * width;
    int decay = (decayPosition + limit) * (width / 2);
    for (int pair = 0; pair < width / 2; pair++) {
      float factor = decays[decay + pair];
      float cos = angles[angle + 2 * pair] * factor;
      float sin = angles[angle + 2 * pair + 1] * factor;
      int end = offset + 2 * pair + count * shape.queryDim();
      for (int i = offset + 2 * pair; i < end; i += shape.queryDim()) {
        float a = vectors[i];
        float b = vectors[i + 1];
        vectors[i] = a * cos - b * sin;
        vectors[i + 1] = b * cos + a * sin;
      }
    }
  }
}
