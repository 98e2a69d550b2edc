package io.patchcast.model;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.ModelWeights.Layer;
import io.patchcast.backend.ModelWeights.Linear;
import io.patchcast.backend.ModelWeights.Matrix;
import io.patchcast.backend.ModelWeights.ResidualMlp;
import io.patchcast.weights.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Weights for any configuration, drawn at random: for measurements, where it matters how long a
 * forecast takes and not what it says. Uniform with variance one, as unit-scaled layers expect; the
 * branches are weighed as in the released checkpoints. Matrices are drawn while they are read.
 */
public final class RandomWeights {
  /** {@code residual_mult} and {@code residual_attn_ratio} of the released checkpoints. */
  private static final double RESIDUAL_MULT = 0.75;

  private static final double RESIDUAL_ATTENTION_RATIO = 5.136215466577748;

  private final ModelConfig config;
  private final long seed;
  private int drawn;

  private RandomWeights(ModelConfig config, long seed) {
    this.config = config;
    this.seed = seed;
  }

  /** All weights of a model; the same for the same seed. */
  public static ModelWeights of(ModelConfig config, long seed) {
    return new RandomWeights(config, seed).model();
  }

  private ModelWeights model() {
    int modelDim = config.modelDim();
    ResidualMlp patchEmbedding = residualMlp(2 * config.patchSize(), 4 * modelDim, modelDim, 0.5);
    List<Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layerCount(); layer++) {
      layers.add(layer(layer));
    }
    return new ModelWeights(
        WeightReader.shape(config),
        patchEmbedding,
        List.copyOf(layers),
        config.normWeight() ? vector(modelDim) : null,
        residualMlp(modelDim, 4 * modelDim, config.patchSize() * ModelConfig.LEVEL_COUNT, 1));
  }

  private Layer layer(int layer) {
    int modelDim = config.modelDim();
    int queries = config.headCount() * config.queryDim();
    int in = queries + config.groupCount() * (config.queryDim() + config.valueDim());
    int feedForwardDim = config.feedForwardDim();
    return new Layer(
        config.normWeight() ? vector(modelDim) : null,
        linear(in, modelDim, config.attentionBias(), 0.5),
        queryKeyNorm(),
        queryKeyNorm(),
        config.perDimScale() ? vector(config.queryDim()) : null,
        !config.isVariateLayer(layer),
        linear(modelDim, config.headCount() * config.valueDim(), config.attentionBias(), 0.5),
        tau(2 * layer),
        config.normWeight() ? vector(modelDim) : null,
        linear(2 * feedForwardDim, modelDim, config.feedForwardBias(), 0.5),
        linear(modelDim, feedForwardDim, config.feedForwardBias(), 0.5),
        tau(2 * layer + 1));
  }

  private float[] queryKeyNorm() {
    if (!config.queryKeyNorm()) {
      return null;
    }
    return config.queryKeyNormWeight() ? vector(config.queryDim()) : new float[0];
  }

  /** τ of branch i: attention where i is even, else feed-forward (specification, step 3). */
  private double tau(int i) {
    double feedForward =
        RESIDUAL_MULT * Math.sqrt(2 / (1 + RESIDUAL_ATTENTION_RATIO * RESIDUAL_ATTENTION_RATIO));
    double attention = RESIDUAL_ATTENTION_RATIO * feedForward;
    int attentionsBefore = (i + 1) / 2;
    int feedForwardsBefore = i / 2;
    return (i % 2 == 0 ? attention : feedForward)
        / Math.sqrt(
            config.layerCount()
                + attentionsBefore * attention * attention
                + feedForwardsBefore * feedForward * feedForward);
  }

  private ResidualMlp residualMlp(int in, int hidden, int out, double readOutPower) {
    return new ResidualMlp(
        linear(hidden, in, true, 0.5),
        linear(out, hidden, true, readOutPower),
        linear(out, in, true, readOutPower),
        WeightReader.SILU_GAIN);
  }

  private Linear linear(int out, int in, boolean bias, double power) {
    Matrix weight = new RandomMatrix(nextSeed(), out, in);
    return new Linear(weight, bias ? vector(out) : null, Math.pow(in, -power));
  }

  /** Scales and biases: between a half and one and a half. */
  private float[] vector(int size) {
    SplittableRandom random = new SplittableRandom(nextSeed());
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (0.5 + random.nextDouble());
    }
    return values;
  }

  private long nextSeed() {
    return new SplittableRandom(seed + drawn++).nextLong();
  }

  /** Each row has a seed of its own, so that any part can be read at any time. */
  private record RandomMatrix(long seed, int rows, int columns) implements Matrix {
    private static final double HALF_WIDTH = Math.sqrt(3);

    @Override
    public void read(int firstRow, int rowCount, float[] target, int offset) {
      int to = offset;
      for (int row = firstRow; row < firstRow + rowCount; row++) {
        SplittableRandom random = new SplittableRandom(seed + row);
        for (int i = 0; i < columns; i++) {
          target[to++] = (float) (HALF_WIDTH * (2 * random.nextDouble() - 1));
        }
      }
    }
  }
}
