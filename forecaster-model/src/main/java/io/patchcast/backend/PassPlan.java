package io.patchcast.backend;

import java.util.List;

/**
 * Everything about one pass but the weights: computed once per batch by the model, read by any
 * backend.
 *
 * @param patchSize P
 * @param rowPatchStarts [B + 1] bounds of each row in the patches, and times P in the steps
 * @param contextPatchCounts [B] patches of each row that are context, for the output cap
 * @param cacheRows [B] row of the cache, or -1
 * @param values [steps] of all rows one after the other, whole patches; anything where unobserved
 * @param observed [steps] true = a real value is there
 * @param tokenPatches [N] patch of each token of the first layer
 * @param layers one plan per layer
 * @param outputs [tokens] indices into the outputs of the last layer that the head reads
 * @param outputPatches [tokens] the patch that each of them predicts
 * @param outputRows [tokens] the row of that patch
 * @param scaleFallbackObservations 0 = off
 * @param outputCap in scales, 0 = off
 */
public record PassPlan(
    int patchSize,
    int[] rowPatchStarts,
    int[] contextPatchCounts,
    int[] cacheRows,
    double[] values,
    boolean[] observed,
    int[] tokenPatches,
    List<LayerPlan> layers,
    int[] outputs,
    int[] outputPatches,
    int[] outputRows,
    int scaleFallbackObservations,
    double outputCap) {

  /** B, rows of the batch. */
  public int rowCount() {
    return contextPatchCounts.length;
  }

  /** Patches of all rows together. */
  public int patchCount() {
    return rowPatchStarts[rowCount()];
  }

  /** N, tokens of the first layer. */
  public int tokenCount() {
    return tokenPatches.length;
  }
}
