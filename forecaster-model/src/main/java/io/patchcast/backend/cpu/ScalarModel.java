package io.patchcast.backend.cpu;

import io.patchcast.backend.KvCache;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Weights as they stand in the checkpoint, row-major. */
final class ScalarModel implements LoadedModel {
  private static final int TOKEN_BUDGET = 256;

  private final ModelWeights weights;
  private final Map<ModelWeights.Matrix, float[]> matrices = new HashMap<>();

  ScalarModel(ModelWeights weights) {
    this.weights = weights;
    keep(weights.patchEmbedding());
    for (ModelWeights.Layer layer : weights.layers()) {
      keep(layer.inProjection());
      keep(layer.outProjection());
      keep(layer.gateUp());
      keep(layer.down());
    }
    keep(weights.head());
  }

  private void keep(ModelWeights.ResidualMlp mlp) {
    keep(mlp.linear1());
    keep(mlp.linear2());
    keep(mlp.skip());
  }

  private void keep(ModelWeights.Linear linear) {
    ModelWeights.Matrix matrix = linear.weight();
    float[] values = new float[Math.multiplyExact(matrix.rows(), matrix.columns())];
    matrix.read(0, matrix.rows(), values, 0);
    matrices.put(matrix, values);
  }

  ModelWeights weights() {
    return weights;
  }

  /** [out, in] row-major. */
  float[] matrix(ModelWeights.Linear linear) {
    return matrices.get(linear.weight());
  }

  @Override
  public Pass begin(PassPlan plan, KvCache cache) {
    return new ScalarPass(this, plan, (CpuKvCache) cache);
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
    matrices.clear();
  }
}
