package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.KvCache;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import io.patchcast.backend.cpu.CpuKvCache;
import io.patchcast.backend.cpu.CpuThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;

/** Packed weights, and the buffers of passes that are not running. */
final class VectorModel implements LoadedModel {
  /** Tokens of a pass: a block of rows for every product, with one reading of all weights. */
  private static final int TOKEN_BUDGET = Product.ROW_BLOCK;

  private final ModelWeights weights;
  private final PackedMlp patchEmbedding;
  private final List<PackedLayer> layers;
  private final PackedMlp head;
  private final ConcurrentLinkedDeque<Workspace> idle = new ConcurrentLinkedDeque<>();
  private volatile RotaryFactors rotary;

  /** Packs {@code weights}, into {@code library} unless it is null. */
  VectorModel(ModelWeights weights, ProductLibrary library) {
    this.weights = weights;
    this.patchEmbedding = PackedMlp.pack(weights.patchEmbedding(), null).in(library);
    List<Callable<PackedLayer>> packings = new ArrayList<>();
    for (ModelWeights.Layer layer : weights.layers()) {
      packings.add(() -> PackedLayer.pack(weights.shape(), layer).in(library));
    }
    this.layers = CpuThreads.shared().runAll(packings);
    this.head =
        PackedMlp.packHead(weights.head(), weights.outNorm(), weights.shape().levelCount())
            .in(library);
    this.rotary = new RotaryFactors(weights.shape(), 128);
  }

  ModelWeights.Shape shape() {
    return weights.shape();
  }

  PackedMlp patchEmbedding() {
    return patchEmbedding;
  }

  PackedLayer layer(int layer) {
    return layers.get(layer);
  }

  PackedMlp outputHead() {
    return head;
  }

  /** Factors for positions below {@code positions}. */
  RotaryFactors rotary(int positions) {
    RotaryFactors enough = rotary.covering(positions);
    rotary = enough;
    return enough;
  }

  Workspace borrowWorkspace() {
    Workspace workspace = idle.pollFirst();
    return workspace == null ? new Workspace() : workspace;
  }

  void giveBack(Workspace workspace) {
    idle.addFirst(workspace);
  }

  @Override
  public Pass begin(PassPlan plan, KvCache cache) {
    return new VectorPass(this, plan, (CpuKvCache) cache);
  }

  @Override
  public KvCache newCache(int[] rowCapacity) {
    return new CpuKvCache(weights, rowCapacity);
  }

  @Override
  public int tokenBudget() {
    return TOKEN_BUDGET;
  }

  @Override
  public int passesAtOnce(int maxThreads) {
    return Math.min(maxThreads, CpuThreads.shared().available());
  }

  @Override
  public <T> List<T> runAll(List<Callable<T>> passes, int maxThreads) {
    return CpuThreads.shared().runAll(passes, maxThreads);
  }

  @Override
  public void close() {
    idle.clear();
  }
}
