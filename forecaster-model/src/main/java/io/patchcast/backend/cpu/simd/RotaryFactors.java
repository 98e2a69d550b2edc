package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.cpu.Rotary;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rotary factors of all positions seen so far, shared by the layers and passes of a model.
 *
 * <p>A factor depends on the position and on the position relative to the centre of its call; the
 * two are tabulated apart. Immutable; {@link #covering} returns a larger one.
 */
final class RotaryFactors {
  private static final VectorSpecies<Float> S = Lanes.SPECIES;
  private static final int W = Lanes.COUNT;

  /** Each number of a pair in the other's place. */
  private static final VectorShuffle<Float> SWAP = VectorShuffle.fromOp(S, lane -> lane ^ 1);

  private final ModelWeights.Shape shape;
  private final int limit;

  /** Numbers of a vector that are rotated, in pairs. */
  private final int width;

  /** [position][pair][cos, cos]. */
  private final float[] cosines;

  /** [position][pair][-sin, sin]. */
  private final float[] sines;

  /** [decayPosition + limit][pair], twice each. */
  private final float[] decays;

  RotaryFactors(ModelWeights.Shape shape, int limit) {
    this.shape = shape;
    this.limit = limit;
    this.width = shape.queryDim() / 2;
    this.cosines = new float[limit * width];
    this.sines = new float[limit * width];
    this.decays = new float[(2 * limit + 1) * width];
    for (int pair = 0; pair < width / 2; pair++) {
      for (int position = 0; position < limit; position++) {
        double angle = Rotary.angle(shape, pair, position);
        int at = position * width + 2 * pair;
        cosines[at] = cosines[at + 1] = (float) Math.cos(angle);
        sines[at] = (float) -Math.sin(angle);
        sines[at + 1] = (float) Math.sin(angle);
      }
      for (int decay = -limit; decay <= limit; decay++) {
        int at = (decay + limit) * width + 2 * pair;
        decays[at] = decays[at + 1] = (float) Rotary.decay(shape, pair, decay);
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
    int decay = (decayPosition + limit) * width;
    int end = offset + count * shape.queryDim();
    int j = 0;
    for (; j + W <= width; j += W) {
      FloatVector factor = FloatVector.fromArray(S, decays, decay + j);
      FloatVector cosine = FloatVector.fromArray(S, cosines, angle + j).mul(factor);
      FloatVector sine = FloatVector.fromArray(S, sines, angle + j).mul(factor);
      for (int i = offset + j; i < end; i += shape.queryDim()) {
        FloatVector x = FloatVector.fromArray(S, vectors, i);
        x.mul(cosine).add(x.rearrange(SWAP).mul(sine)).intoArray(vectors, i);
      }
    }
    for (; j < width; j += 2) {
      float cosine = cosines[angle + j] * decays[decay + j];
      float sine = sines[angle + j + 1] * decays[decay + j];
      for (int i = offset + j; i < end; i += shape.queryDim()) {
        float a = vectors[i];
        float b = vectors[i + 1];
        vectors[i] = a * cosine - b * sine;
        vectors[i + 1] = b * cosine + a * sine;
      }
    }
  }
}
