package io.patchcast.backend.cuda;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.PassPlan;
import java.util.Collections;
import java.util.List;

/**
 * Passes of about the same size: they share a workspace and a graph. Sizes are powers of two.
 *
 * @param patches of all rows
 * @param rows B
 * @param tokens N
 * @param outputs tokens that the head reads
 * @param tiles blocks of attention
 * @param planBytes size of the plan
 * @param valueOnly per layer, whether attention is its V
 */
record Bucket(
    int patches,
    int rows,
    int tokens,
    int outputs,
    int tiles,
    int planBytes,
    List<Boolean> valueOnly) {
  /** Below this, sizes are not told apart: one tile of the kernels. */
  private static final int SMALLEST = 64;

  static Bucket of(PassPlan plan, PlanImage image) {
    return new Bucket(
        up(plan.patchCount(), SMALLEST),
        up(plan.rowCount(), 1),
        up(plan.tokenCount(), SMALLEST),
        up(plan.outputs().length, SMALLEST),
        up(image.largestTileCount(), 1),
        up(image.bytes(), 4096),
        plan.layers().stream().map(LayerPlan::valueOnly).toList());
  }

  /** A bucket for {@code tokens} tokens of rows of {@code tokensPerRow}, as far as one can tell. */
  static Bucket typical(int tokens, int layerCount) {
    int planBytes = up(Math.multiplyExact(tokens, 32 * Double.BYTES + 256), 4096);
    return new Bucket(
        tokens,
        up(tokens / 32, 1),
        tokens,
        up(tokens / 8, SMALLEST),
        up(tokens / 32, 1),
        planBytes,
        Collections.nCopies(layerCount, false));
  }

  private static int up(int size, int least) {
    int power = least;
    while (power < size) {
      power = Math.multiplyExact(power, 2);
    }
    return power;
  }
}
