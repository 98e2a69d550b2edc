package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.ModelWeights.Layer;
import io.patchcast.backend.ModelWeights.Linear;
import java.util.Arrays;

/**
 * One layer with its constants folded: norm weights into the inputs, fan-in scales, per-dimension
 * scales, 1/d of the logits and τ/√(1+τ²) into the outputs.
 *
 * @param inProjection sections q, k, v
 * @param queryFactor [d] to multiply q by after its norm, or null where it is folded or one
 * @param keyFactor [d] to multiply k by after its norm, or null where there is no norm
 * @param rotary whether q and k are rotated
 * @param attentionKeep 1/√(1+τ²) of the attention branch: what stays of the residual stream
 * @param gateUp a vector of gates, then the vector of their ups, and so on
 * @param feedForwardKeep 1/√(1+τ²) of the feed-forward branch
 */
record PackedLayer(
    PackedMatrix inProjection,
    float[] queryFactor,
    float[] keyFactor,
    boolean rotary,
    PackedMatrix outProjection,
    float attentionKeep,
    PackedMatrix gateUp,
    PackedMatrix down,
    float feedForwardKeep) {

  static PackedLayer pack(ModelWeights.Shape shape, Layer layer) {
    int d = shape.queryDim();
    int queries = shape.headCount() * d;
    int keys = shape.groupCount() * d;
    int values = shape.groupCount() * shape.valueDim();
    boolean normed = layer.queryNorm() != null;

    double[] inScale = new double[queries + keys + values];
    Arrays.fill(inScale, layer.inProjection().scale());
    float[] queryFactor = normed ? new float[d] : null;
    for (int i = 0; i < d; i++) {
      double factor = (layer.queryScale() == null ? 1 : layer.queryScale()[i]) / d;
      if (normed) {
        queryFactor[i] =
            (float) (factor * (layer.queryNorm().length == 0 ? 1 : layer.queryNorm()[i]));
      } else {
        for (int head = 0; head < shape.headCount(); head++) {
          inScale[head * d + i] *= factor;
        }
      }
    }
    float[] keyFactor = normed ? new float[d] : null;
    for (int i = 0; normed && i < d; i++) {
      keyFactor[i] = layer.keyNorm().length == 0 ? 1 : layer.keyNorm()[i];
    }
    return new PackedLayer(
        PackedMatrix.pack(
            layer.inProjection().weight(),
            new int[] {queries, keys, values},
            layer.inProjection().bias(),
            inScale,
            layer.attentionNorm()),
        queryFactor,
        keyFactor,
        layer.rotary(),
        branch(layer.outProjection(), layer.attentionTau()),
        keep(layer.attentionTau()),
        PackedMatrix.packPairs(
            layer.gateUp().weight(),
            layer.gateUp().bias(),
            layer.gateUp().scale(),
            layer.feedForwardNorm()),
        branch(layer.down(), layer.feedForwardTau()),
        keep(layer.feedForwardTau()));
  }

  /** The last product of a branch: its output is weighed by τ/√(1+τ²). */
  private static PackedMatrix branch(Linear linear, double tau) {
    return PackedMatrix.pack(
        linear.weight(), linear.bias(), linear.scale() * tau / Math.sqrt(1 + tau * tau), null);
  }

  private static float keep(double tau) {
    return (float) (1 / Math.sqrt(1 + tau * tau));
  }

  /** The same with its weights in a library's layout; itself where {@code library} is null. */
  PackedLayer in(ProductLibrary library) {
    return new PackedLayer(
        inProjection.in(library),
        queryFactor,
        keyFactor,
        rotary,
        outProjection.in(library),
        attentionKeep,
        gateUp.in(library),
        down.in(library),
        feedForwardKeep);
  }
}
