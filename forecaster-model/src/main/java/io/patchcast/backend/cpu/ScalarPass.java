package io.patchcast.backend.cpu;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.LayerPlan.TimeSegments;
import io.patchcast.backend.LayerPlan.VariateGroups;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.ModelWeights.Layer;
import io.patchcast.backend.ModelWeights.Linear;
import io.patchcast.backend.ModelWeights.ResidualMlp;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import java.util.Arrays;

/** The specification of the nine operations: plain loops, double accumulators, nothing folded. */
final class ScalarPass implements Pass {
  private final ScalarModel model;
  private final ModelWeights.Shape shape;
  private final PassPlan plan;
  private final CpuKvCache cache;
  private CausalScaler scaler;
  private float[] patches;
  private float[] hidden;
  private float[] queries;
  private float[] keys;
  private float[] values;
  private float[] mixed;
  private float[] gated;

  ScalarPass(ScalarModel model, PassPlan plan, CpuKvCache cache) {
    this.model = model;
    this.shape = model.weights().shape();
    this.plan = plan;
    this.cache = cache;
  }

  @Override
  public void scaleAndPatch() {
    scaler = new CausalScaler(plan);
    int width = 2 * shape.patchSize();
    patches = new float[plan.tokenCount() * width];
    for (int n = 0; n < plan.tokenCount(); n++) {
      scaler.patch(plan.tokenPatches()[n], patches, n * width);
    }
  }

  @Override
  public void embedPatches() {
    hidden = residualMlp(model.weights().patchEmbedding(), patches, plan.tokenCount());
  }

  @Override
  public void normQkvRotary(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    Layer weights = model.weights().layers().get(layer);
    int count = tokens.inputCount();
    int queryWidth = shape.headCount() * shape.queryDim();
    int keyWidth = keyWidth();
    int valueWidth = valueWidth();
    int width = queryWidth + keyWidth + valueWidth;
    float[] normed = norm(hidden, count, shape.modelDim(), weights.attentionNorm());
    float[] projected = linear(weights.inProjection(), normed, count);

    float[] allQueries = columns(projected, count, width, 0, queryWidth);
    keys = columns(projected, count, width, queryWidth, keyWidth);
    values = columns(projected, count, width, queryWidth + keyWidth, valueWidth);
    if (weights.queryNorm() != null) {
      allQueries =
          norm(allQueries, count * shape.headCount(), shape.queryDim(), weights.queryNorm());
      keys = norm(keys, count * shape.groupCount(), shape.queryDim(), weights.keyNorm());
    }
    if (weights.queryScale() != null) {
      for (int i = 0; i < allQueries.length; i++) {
        allQueries[i] *= weights.queryScale()[i % shape.queryDim()];
      }
    }
    if (weights.rotary()) {
      for (int n = 0; n < count; n++) {
        int position = tokens.positions()[n];
        int decay = tokens.decayPositions()[n];
        for (int head = 0; head < shape.headCount(); head++) {
          int offset = n * queryWidth + head * shape.queryDim();
          Rotary.rotate(shape, position, decay, allQueries, offset);
        }
        for (int group = 0; group < shape.groupCount(); group++) {
          int offset = n * keyWidth + group * shape.queryDim();
          Rotary.rotate(shape, position, -decay, keys, offset);
        }
      }
    }
    queries = rows(allQueries, tokens.queries(), queryWidth);
  }

  @Override
  public void attendTime(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    TimeSegments segments = tokens.time();
    mixed = new float[tokens.outputCount() * shape.headCount() * shape.valueDim()];
    for (int s = 0; s < segments.count(); s++) {
      int row = segments.rows()[s];
      int keyStart = segments.keyStarts()[s];
      int keyCount = segments.keyCounts()[s];
      float[] segmentKeys = keys;
      float[] segmentValues = values;
      int cached = 0;
      if (cache != null && row >= 0) {
        cached = cache.count(layer, row);
        cache.append(layer, row, keys, 0, keyWidth(), values, 0, valueWidth(), keyStart, keyCount);
        segmentKeys = cache.keys(layer, row);
        segmentValues = cache.values(layer, row);
      }
      int first = cached > 0 || segmentKeys != keys ? 0 : keyStart;
      for (int m = 0; m < segments.queryCounts()[s]; m++) {
        int query = segments.queryStarts()[s] + m;
        int visible = cached + tokens.queries()[query] - keyStart + 1;
        int[] seen = new int[visible];
        Arrays.setAll(seen, i -> first + i);
        attend(query, segmentKeys, segmentValues, seen);
      }
    }
  }

  @Override
  public void attendVariates(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    VariateGroups groups = tokens.variates();
    mixed = new float[tokens.outputCount() * shape.headCount() * shape.valueDim()];
    for (int g = 0; g < groups.count(); g++) {
      int[] seen =
          Arrays.copyOfRange(groups.keys(), groups.keyOffsets()[g], groups.keyOffsets()[g + 1]);
      for (int i = groups.queryOffsets()[g]; i < groups.queryOffsets()[g + 1]; i++) {
        attend(groups.queries()[i], keys, values, seen);
      }
    }
  }

  /** One query over the keys it sees: softmax(q·k / d) · v, head by head. */
  private void attend(int query, float[] allKeys, float[] allValues, int[] seen) {
    int d = shape.queryDim();
    int e = shape.valueDim();
    int groups = shape.groupCount();
    for (int head = 0; head < shape.headCount(); head++) {
      int group = head / (shape.headCount() / groups);
      double[] weight = new double[seen.length];
      double greatest = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < seen.length; i++) {
        double dot = 0;
        for (int j = 0; j < d; j++) {
          dot +=
              (double) queries[(query * shape.headCount() + head) * d + j]
                  * allKeys[(seen[i] * groups + group) * d + j];
        }
        weight[i] = dot / d;
        greatest = Math.max(greatest, weight[i]);
      }
      double sum = 0;
      for (int i = 0; i < seen.length; i++) {
        weight[i] = Math.exp(weight[i] - greatest);
        sum += weight[i];
      }
      for (int j = 0; j < e; j++) {
        double value = 0;
        for (int i = 0; i < seen.length; i++) {
          value += weight[i] * allValues[(seen[i] * groups + group) * e + j];
        }
        mixed[(query * shape.headCount() + head) * e + j] = (float) (value / sum);
      }
    }
  }

  @Override
  public void projectResidual(int layer) {
    Layer weights = model.weights().layers().get(layer);
    int[] kept = plan.layers().get(layer).queries();
    float[] update = linear(weights.outProjection(), mixed, kept.length);
    hidden = residual(update, rows(hidden, kept, shape.modelDim()), weights.attentionTau());
  }

  @Override
  public void normSwiGlu(int layer) {
    Layer weights = model.weights().layers().get(layer);
    int count = plan.layers().get(layer).outputCount();
    int width = shape.feedForwardDim();
    float[] normed = norm(hidden, count, shape.modelDim(), weights.feedForwardNorm());
    float[] gateUp = linear(weights.gateUp(), normed, count);
    gated = new float[count * width];
    for (int m = 0; m < count; m++) {
      for (int j = 0; j < width; j++) {
        double gate = gateUp[m * 2 * width + j];
        double up = gateUp[m * 2 * width + width + j];
        gated[m * width + j] = (float) (gate * silu(up));
      }
    }
  }

  @Override
  public void outputResidual(int layer) {
    Layer weights = model.weights().layers().get(layer);
    float[] update = linear(weights.down(), gated, plan.layers().get(layer).outputCount());
    hidden = residual(update, hidden, weights.feedForwardTau());
  }

  @Override
  public double[] head() {
    int count = plan.outputs().length;
    int size = shape.patchSize() * shape.levelCount();
    float[] last = rows(hidden, plan.outputs(), shape.modelDim());
    float[] normed = norm(last, count, shape.modelDim(), model.weights().outNorm());
    float[] raw = residualMlp(model.weights().head(), normed, count);
    QuantileOutput output = new QuantileOutput(scaler, shape.patchSize(), shape.levelCount());
    double[] quantiles = new double[Math.multiplyExact(count, size)];
    for (int i = 0; i < count; i++) {
      output.write(
          raw, i * size, plan.outputPatches()[i], plan.outputRows()[i], quantiles, i * size);
    }
    return quantiles;
  }

  /** (linear2(c · silu(linear1(x))) + skip(x)) / √2: x [count, in] -> [count, out]. */
  private float[] residualMlp(ResidualMlp mlp, float[] x, int count) {
    float[] inner = linear(mlp.linear1(), x, count);
    for (int i = 0; i < inner.length; i++) {
      inner[i] = (float) (mlp.siluGain() * silu(inner[i]));
    }
    float[] outer = linear(mlp.linear2(), inner, count);
    float[] skip = linear(mlp.skip(), x, count);
    for (int i = 0; i < outer.length; i++) {
      outer[i] = (float) (((double) outer[i] + skip[i]) / Math.sqrt(2));
    }
    return outer;
  }

  /** y = (W x + b) · scale: x [count, in] -> y [count, out]. */
  private float[] linear(Linear linear, float[] x, int count) {
    int out = linear.weight().rows();
    int in = linear.weight().columns();
    float[] weight = model.matrix(linear);
    float[] y = new float[Math.multiplyExact(count, out)];
    for (int n = 0; n < count; n++) {
      Cancellation.check();
      for (int o = 0; o < out; o++) {
        double sum = linear.bias() == null ? 0 : linear.bias()[o];
        for (int i = 0; i < in; i++) {
          sum += (double) weight[o * in + i] * x[n * in + i];
        }
        y[n * out + o] = (float) (sum * linear.scale());
      }
    }
    return y;
  }

  /** x / √(mean(x²) + ε), times the weight if there is one: x [count, width]. */
  private float[] norm(float[] x, int count, int width, float[] weight) {
    float[] y = new float[count * width];
    for (int n = 0; n < count; n++) {
      double squares = 0;
      for (int i = 0; i < width; i++) {
        squares += (double) x[n * width + i] * x[n * width + i];
      }
      double factor = 1 / Math.sqrt(squares / width + shape.normEpsilon());
      for (int i = 0; i < width; i++) {
        double scaled = x[n * width + i] * factor;
        y[n * width + i] =
            (float) (weight == null || weight.length == 0 ? scaled : scaled * weight[i]);
      }
    }
    return y;
  }

  /** (τ · update + x) / √(1 + τ²), into {@code update}. */
  private static float[] residual(float[] update, float[] x, double tau) {
    double norm = Math.sqrt(1 + tau * tau);
    for (int i = 0; i < update.length; i++) {
      update[i] = (float) ((tau * update[i] + x[i]) / norm);
    }
    return update;
  }

  private int keyWidth() {
    return shape.groupCount() * shape.queryDim();
  }

  private int valueWidth() {
    return shape.groupCount() * shape.valueDim();
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  /** The given rows of x [.., width]. */
  private static float[] rows(float[] x, int[] indices, int width) {
    float[] picked = new float[indices.length * width];
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(x, indices[i] * width, picked, i * width, width);
    }
    return picked;
  }

  /** Columns first … first + size of x [count, width]. */
  private static float[] columns(float[] x, int count, int width, int first, int size) {
    float[] picked = new float[count * size];
    for (int n = 0; n < count; n++) {
      System.arraycopy(x, n * width + first, picked, n * size, size);
    }
    return picked;
  }

  @Override
  public float[] read(Activation activation) {
    return switch (activation) {
      case PATCHES -> patches.clone();
      case HIDDEN -> hidden.clone();
      case QUERIES -> queries.clone();
      case KEYS -> keys.clone();
      case VALUES -> values.clone();
      case MIXED -> mixed.clone();
      case GATED -> gated.clone();
    };
  }

  @Override
  public void write(Activation activation, float[] replacement) {
    float[] copy = replacement.clone();
    switch (activation) {
      case PATCHES -> patches = copy;
      case HIDDEN -> hidden = copy;
      case QUERIES -> queries = copy;
      case KEYS -> keys = copy;
      case VALUES -> values = copy;
      case MIXED -> mixed = copy;
      case GATED -> gated = copy;
    }
  }

  @Override
  public void close() {}
}
