package io.patchcast.backend.cuda;

import io.patchcast.backend.ModelWeights;
import java.util.Locale;

/**
 * Device memory that a model is going to take; known before any of it is taken.
 *
 * @param weightBytes weights and tables
 * @param workspaceBytes activations of one pass of {@code tokens} tokens; each stream has its own
 * @param tokens the token budget
 * @param streams passes at the same time on one device
 */
record MemoryPlan(long weightBytes, long workspaceBytes, int tokens, int streams) {
  static MemoryPlan of(ModelWeights weights, Storage storage, int tokens, int streams) {
    long workspace =
        WorkspaceLayout.of(
                weights.shape(), storage, Bucket.typical(tokens, weights.layers().size()))
            .totalBytes();
    return new MemoryPlan(PackedWeights.bytes(weights, storage), workspace, tokens, streams);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "device memory planned: %,d MiB = weights %,d MiB + %d streams × %,d MiB for %,d tokens",
        mebibytes(weightBytes + streams * workspaceBytes),
        mebibytes(weightBytes),
        streams,
        mebibytes(workspaceBytes),
        tokens);
  }

  private static long mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
