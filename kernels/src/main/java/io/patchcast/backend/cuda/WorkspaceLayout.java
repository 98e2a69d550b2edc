package io.patchcast.backend.cuda;

import io.patchcast.backend.ModelWeights.Shape;

/**
 * Sizes in bytes of what the passes of a bucket need in device memory.
 *
 * @param plan the plan of the pass
 * @param patchScalars loc, and as much again for scale
 * @param limits least and greatest forecast of each row
 * @param patches [N, 2P]
 * @param hidden [N, D] in f32
 * @param copy [N, D] in the storage of the kernels, where that is another
 * @param queries [N, H, d]; mixed takes as much
 * @param keys [N, G, d]; values take as much
 * @param gated [N, F]
 * @param inner [outputs, 4D]
 * @param raw [outputs, P, Q]
 * @param done a counter per tile of outputs
 * @param quantiles [outputs, P, Q]
 */
record WorkspaceLayout(
    long plan,
    long patchScalars,
    long limits,
    long patches,
    long hidden,
    long copy,
    long queries,
    long keys,
    long gated,
    long inner,
    long raw,
    long done,
    long quantiles) {
  static WorkspaceLayout of(Shape shape, Storage storage, Bucket bucket) {
    long tokens = bucket.tokens();
    long outputs = bucket.outputs();
    long number = storage.bytes();
    long outputSize = (long) shape.patchSize() * shape.levelCount();
    return new WorkspaceLayout(
        bucket.planBytes(),
        (long) bucket.patches() * Double.BYTES,
        2L * bucket.rows() * Double.BYTES,
        tokens * 2 * shape.patchSize() * number,
        tokens * shape.modelDim() * Float.BYTES,
        storage == Storage.F32 ? 0 : tokens * shape.modelDim() * number,
        tokens * shape.headCount() * shape.queryDim() * number,
        tokens * shape.groupCount() * shape.queryDim() * number,
        tokens * shape.feedForwardDim() * number,
        outputs * 4 * shape.modelDim() * number,
        outputs * outputSize * Float.BYTES,
        (outputs + KernelSet.TILE - 1) / KernelSet.TILE * Integer.BYTES,
        outputs * outputSize * Double.BYTES);
  }

  long totalBytes() {
    return plan
        + 2 * patchScalars
        + limits
        + patches
        + 2 * (hidden + copy)
        + 2 * queries
        + 2 * keys
        + gated
        + inner
        + raw
        + done
        + quantiles;
  }
}
