package io.patchcast.model;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.ModelWeights.Layer;
import io.patchcast.backend.ModelWeights.Linear;
import io.patchcast.backend.ModelWeights.Matrix;
import io.patchcast.backend.ModelWeights.ResidualMlp;
import io.patchcast.weights.Checkpoint;
import io.patchcast.weights.ModelConfig;
import io.patchcast.weights.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checkpoint tensors below one name prefix, each with the shape that the configuration demands. */
final class WeightReader {
  /**
   * Gain that keeps the variance of silu(x) at one in the residual MLPs (specification, step 2).
   */
  static final double SILU_GAIN =
      Math.exp(0.8 * Math.log(Math.sqrt(2 / (1 - 1 / Math.PI))) + 0.2 * Math.log(2));

  private final Checkpoint checkpoint;
  private final String prefix;
  private final Set<String> seen;

  private WeightReader(Checkpoint checkpoint, String prefix, Set<String> seen) {
    this.checkpoint = checkpoint;
    this.prefix = prefix;
    this.seen = seen;
  }

  /** All weights of a checkpoint; every tensor it has must be one of them. */
  static ModelWeights read(Checkpoint checkpoint) {
    ModelConfig config = checkpoint.config();
    WeightReader root = new WeightReader(checkpoint, "", new HashSet<>());
    int patchSize = config.patchSize();
    int modelDim = config.modelDim();
    ResidualMlp patchEmbedding = root.in("patch_proj").residualMlp(2 * patchSize, modelDim, false);
    WeightReader transformer = root.in("transformer");
    List<Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layerCount(); layer++) {
      layers.add(transformer.in("layers." + layer).layer(config, !config.isVariateLayer(layer)));
    }
    float[] outNorm = config.normWeight() ? transformer.vector("out_norm.weight", modelDim) : null;
    ResidualMlp head =
        root.in("output_head.param_projection.proj")
            .residualMlp(modelDim, patchSize * ModelConfig.LEVEL_COUNT, true);
    checkpoint.requireOnly(root.seen);
    return new ModelWeights(shape(config), patchEmbedding, List.copyOf(layers), outNorm, head);
  }

  /** The sizes that backends need to know. */
  static ModelWeights.Shape shape(ModelConfig config) {
    return new ModelWeights.Shape(
        config.patchSize(),
        config.modelDim(),
        config.headCount(),
        config.groupCount(),
        config.queryDim(),
        config.valueDim(),
        config.feedForwardDim(),
        ModelConfig.LEVEL_COUNT,
        config.normEpsilon(),
        config.xpos());
  }

  private Layer layer(ModelConfig config, boolean rotary) {
    int modelDim = config.modelDim();
    int queryRows = config.headCount() * config.queryDim();
    int inRows = queryRows + config.groupCount() * (config.queryDim() + config.valueDim());
    int mixedDim = config.headCount() * config.valueDim();
    int feedForwardDim = config.feedForwardDim();
    WeightReader attention = in("attn");
    WeightReader feedForward = in("ffn");
    return new Layer(
        config.normWeight() ? vector("norm1.weight", modelDim) : null,
        attention.linear("in_proj", inRows, modelDim, config.attentionBias(), 0.5),
        attention.queryKeyNorm("q_norm", config),
        attention.queryKeyNorm("k_norm", config),
        config.perDimScale() ? attention.queryScale(config.queryDim()) : null,
        rotary,
        attention.linear("out_proj", modelDim, mixedDim, config.attentionBias(), 0.5),
        scalar("attn_tau"),
        config.normWeight() ? vector("norm2.weight", modelDim) : null,
        feedForward.linear("fc1", 2 * feedForwardDim, modelDim, config.feedForwardBias(), 0.5),
        feedForward.linear("fc2", modelDim, feedForwardDim, config.feedForwardBias(), 0.5),
        scalar("mlp_tau"));
  }

  /** Null = no norm, empty = a norm without weight. */
  private float[] queryKeyNorm(String name, ModelConfig config) {
    if (!config.queryKeyNorm()) {
      return null;
    }
    return config.queryKeyNormWeight() ? vector(name + ".weight", config.queryDim()) : new float[0];
  }

  /** softplus(p) / ln 2: a positive scale per query dimension that is 1 at p = 0. */
  private float[] queryScale(int queryDim) {
    float[] scale = vector("_pds.per_dim_scale", queryDim);
    for (int i = 0; i < scale.length; i++) {
      double p = scale[i];
      double softplus = Math.max(p, 0) + Math.log1p(Math.exp(-Math.abs(p)));
      scale[i] = (float) (softplus / Math.log(2));
    }
    return scale;
  }

  private ResidualMlp residualMlp(int in, int out, boolean readOut) {
    int hidden = 4 * (readOut ? in : out);
    double power = readOut ? 1 : 0.5;
    return new ResidualMlp(
        linear("linear1", hidden, in, true, 0.5),
        linear("linear2", out, hidden, true, power),
        linear("skip_proj", out, in, true, power),
        SILU_GAIN);
  }

  private Linear linear(String name, int out, int in, boolean bias, double power) {
    Tensor weight = tensor(name + ".weight", out, in);
    return new Linear(
        new TensorMatrix(weight, out, in),
        bias ? vector(name + ".bias", out) : null,
        Math.pow(in, -power));
  }

  private float[] vector(String name, int size) {
    return tensor(name, size).floats();
  }

  private double scalar(String name) {
    return tensor(name).floats()[0];
  }

  private Tensor tensor(String name, long... shape) {
    seen.add(prefix + name);
    return checkpoint.tensor(prefix + name, shape);
  }

  private WeightReader in(String segment) {
    return new WeightReader(checkpoint, prefix + segment + ".", seen);
  }

  /** A matrix that stays in its file until a backend packs it. */
  private record TensorMatrix(Tensor tensor, int rows, int columns) implements Matrix {
    @Override
    public void read(int firstRow, int rowCount, float[] target, int offset) {
      tensor.read((long) firstRow * columns, target, offset, Math.multiplyExact(rowCount, columns));
    }
  }
}
