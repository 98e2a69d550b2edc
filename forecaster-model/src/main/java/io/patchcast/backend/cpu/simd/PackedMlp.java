package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.ModelWeights.Linear;
import io.patchcast.backend.ModelWeights.ResidualMlp;
import java.util.Arrays;

/**
 * A residual MLP with its constants folded: silu's gain into linear2's inputs, 1/√2 into the
 * outputs.
 */
record PackedMlp(PackedMatrix linear1, PackedMatrix linear2, PackedMatrix skip) {

  /**
   * Packs {@code mlp}.
   *
   * @param norm [in] weight of a norm before it, or null
   */
  static PackedMlp pack(ResidualMlp mlp, float[] norm) {
    float[] gain = new float[mlp.linear2().weight().columns()];
    Arrays.fill(gain, (float) mlp.siluGain());
    return new PackedMlp(
        pack(mlp.linear1(), 1, norm),
        pack(mlp.linear2(), Math.sqrt(0.5), gain),
        pack(mlp.skip(), Math.sqrt(0.5), norm));
  }

  private static PackedMatrix pack(Linear linear, double factor, float[] inputScale) {
    return PackedMatrix.pack(linear.weight(), linear.bias(), linear.scale() * factor, inputScale);
  }
}
