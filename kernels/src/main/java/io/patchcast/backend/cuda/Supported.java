package io.patchcast.backend.cuda;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.ModelWeights.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the kernels are written for: the released shape and widths like its own. */
final class Supported {
  private static final Set<Integer> HEAD_DIMS = Set.of(32, 64, 128);
  private static final int LEVEL_COUNT = 9;
  private static final int LARGEST_PATCH = 32;

  private Supported() {}

  /** Says all that stands against a model, if anything does. */
  static void require(ModelWeights weights) {
    Shape shape = weights.shape();
    List<String> reasons = new ArrayList<>();
    if (weights.layers().stream().anyMatch(layer -> layer.queryNorm() != null)) {
      reasons.add("a norm of queries and keys (qk_norm)");
    }
    if (shape.queryDim() != shape.valueDim() || !HEAD_DIMS.contains(shape.queryDim())) {
      reasons.add(
          "head widths "
              + shape.queryDim()
              + " and "
              + shape.valueDim()
              + " (expected the same for both: 32, 64 or 128)");
    }
    if (shape.modelDim() % 8 != 0 || shape.feedForwardDim() % 8 != 0) {
      reasons.add(
          "widths "
              + shape.modelDim()
              + " and "
              + shape.feedForwardDim()
              + " (expected multiples of 8)");
    }
    if (shape.patchSize() > LARGEST_PATCH || shape.patchSize() % 4 != 0) {
      reasons.add(
          "patches of " + shape.patchSize() + " steps (expected a multiple of 4, at most 32)");
    }
    if (shape.levelCount() != LEVEL_COUNT) {
      reasons.add(shape.levelCount() + " quantile levels (expected 9)");
    }
    if (!reasons.isEmpty()) {
      throw new UnsupportedOperationException(
          "the CUDA kernels do not do " + String.join(", ", reasons));
    }
  }
}
