package io.patchcast.backend.cpu.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The vector width of this machine. */
final class Lanes {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Floats in a vector. */
  static final int COUNT = SPECIES.length();

  private Lanes() {}

  /** {@code n} rounded up to whole vectors. */
  static int roundUp(int n) {
    return (n + COUNT - 1) / COUNT * COUNT;
  }

  /** Sum over the lanes in their order; the built-in reduction leaves the order open. */
  static float sum(FloatVector vector, float[] scratch) {
    vector.intoArray(scratch, 0);
    float sum = 0;
    for (int i = 0; i < COUNT; i++) {
      sum += scratch[i];
    }
    return sum;
  }
}
