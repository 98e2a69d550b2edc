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
    return pack(mlp, norm, null);
  }

  /**
   * Packs the output head, whose outputs [P, Q] become [Q, P].
   *
   * @param norm [in] weight of the norm before it, or null
   */
  static PackedMlp packHead(ResidualMlp mlp, float[] norm, int levelCount) {
    int outputs = mlp.skip().weight().rows();
    int steps = outputs / levelCount;
    int[] order = new int[outputs];
    for (int i = 0; i < outputs; i++) {
      order[i] = i % steps * levelCount + i / steps;
    }
    return pack(mlp, norm, order);
  }

  private static PackedMlp pack(ResidualMlp mlp, float[] norm, int[] order) {
    float[] gain = new float[mlp.linear2().weight().columns()];
    Arrays.fill(gain, (float) mlp.siluGain());
    return new PackedMlp(
        pack(mlp.linear1(), 1, norm, null),
        pack(mlp.linear2(), Math.sqrt(0.5), gain, order),
        pack(mlp.skip(), Math.sqrt(0.5), norm, order));
  }

  private static PackedMatrix pack(Linear linear, double factor, float[] inputScale, int[] order) {
    double scale = linear.scale() * factor;
    return order == null
        ? PackedMatrix.pack(linear.weight(), linear.bias(), scale, inputScale)
        : PackedMatrix.packOrdered(linear.weight(), order, linear.bias(), scale, inputScale);
  }

  /** The same with its weights in a library's layout; itself where {@code library} is null. */
  PackedMlp in(ProductLibrary library) {
    return new PackedMlp(linear1.in(library), linear2.in(library), skip.in(library));
  }
}
