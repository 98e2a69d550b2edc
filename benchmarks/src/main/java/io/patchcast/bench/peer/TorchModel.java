package io.patchcast.bench.peer;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.silu;
import static org.bytedeco.pytorch.global.torch.stack;
import static org.bytedeco.pytorch.global.torch.tensor;
import static org.bytedeco.pytorch.global.torch.where;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.ModelWeights.Layer;
import io.patchcast.backend.ModelWeights.Linear;
import io.patchcast.backend.ModelWeights.ResidualMlp;
import io.patchcast.model.SeriesInput;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The model of the specification in libtorch, operation by operation as the reference has it: every
 * patch of the context and of the horizon runs through every layer, masks are dense, constants are
 * applied where the reference applies them, the scaler runs in float64. The head runs on the
 * patches that are read, as the reference's does. Rotary tables are kept between calls.
 *
 * <p>Series of one shape, one group each, no covariates; not safe for use by several threads.
 */
final class TorchModel {
  private static final double SMALLEST_SCALE = 1e-6;
  private static final double ROTARY_BASE = 10_000;
  private static final double DECAY_LENGTH = 256;

  private final ModelWeights.Shape shape;
  private final ScalarType type;
  private final Mlp patchEmbedding;
  private final List<TorchLayer> layers = new ArrayList<>();
  private final Mlp head;

  /** [L, w/2] of the last number of patches: cos and sin, with q's decay and with k's. */
  private Tensor[] rotary;

  private long rotaryPatches = -1;

  /** Copies the weights into tensors of this type: Float or BFloat16. */
  TorchModel(ModelWeights weights, ScalarType type) {
    this.shape = weights.shape();
    this.type = type;
    this.patchEmbedding = new Mlp(weights.patchEmbedding());
    for (Layer layer : weights.layers()) {
      layers.add(new TorchLayer(layer));
    }
    this.head = new Mlp(weights.head());
  }

  /** y = (W x + b) · scale. */
  private final class Dense {
    private final Tensor weight;
    private final Tensor bias;
    private final Scalar scale;

    Dense(Linear layer) {
      int rows = layer.weight().rows();
      int columns = layer.weight().columns();
      float[] values = new float[rows * columns];
      layer.weight().read(0, rows, values, 0);
      weight = tensor(values).view(rows, columns).to(type);
      bias = layer.bias() == null ? null : tensor(layer.bias()).to(type);
      scale = new Scalar(layer.scale());
    }

    Tensor of(Tensor x) {
      Tensor y = bias == null ? linear(x, weight) : linear(x, weight, bias);
      return y.mul(scale);
    }
  }

  /** (linear2(c · silu(linear1(x))) + skip(x)) / √2. */
  private final class Mlp {
    private final Dense linear1;
    private final Dense linear2;
    private final Dense skip;
    private final Scalar gain;
    private final Scalar half = new Scalar(Math.sqrt(0.5));

    Mlp(ResidualMlp mlp) {
      linear1 = new Dense(mlp.linear1());
      linear2 = new Dense(mlp.linear2());
      skip = new Dense(mlp.skip());
      gain = new Scalar(mlp.siluGain());
    }

    Tensor of(Tensor x) {
      return linear2.of(silu(linear1.of(x)).mul(gain)).add(skip.of(x)).mul(half);
    }
  }

  /** One layer, over time or over variates. */
  private final class TorchLayer {
    private final Dense inProjection;
    private final Dense outProjection;
    private final Dense gateUp;
    private final Dense down;
    private final Tensor queryScale;
    private final boolean time;
    private final Scalar attentionTau;
    private final Scalar attentionNorm;
    private final Scalar feedForwardTau;
    private final Scalar feedForwardNorm;

    TorchLayer(Layer layer) {
      if (layer.queryNorm() != null || layer.attentionNorm() != null) {
        throw new IllegalArgumentException("expected norms without weights and no norm of q and k");
      }
      inProjection = new Dense(layer.inProjection());
      outProjection = new Dense(layer.outProjection());
      gateUp = new Dense(layer.gateUp());
      down = new Dense(layer.down());
      queryScale = tensor(layer.queryScale()).to(type);
      time = layer.rotary();
      attentionTau = new Scalar(layer.attentionTau());
      attentionNorm = new Scalar(1 / Math.sqrt(1 + layer.attentionTau() * layer.attentionTau()));
      feedForwardTau = new Scalar(layer.feedForwardTau());
      feedForwardNorm =
          new Scalar(1 / Math.sqrt(1 + layer.feedForwardTau() * layer.feedForwardTau()));
    }

    /** x [B, length, D] with a mask [B, 1, length, length], true = sees. */
    Tensor of(Tensor x, Tensor mask) {
      Tensor attended = attention(norm(x), mask).mul(attentionTau).add(x).mul(attentionNorm);
      return feedForward(norm(attended)).mul(feedForwardTau).add(attended).mul(feedForwardNorm);
    }

    private Tensor attention(Tensor x, Tensor mask) {
      long batch = x.size(0);
      long length = x.size(1);
      long heads = shape.headCount();
      long groups = shape.groupCount();
      long d = shape.queryDim();
      Tensor qkv = inProjection.of(x);
      Tensor q = qkv.narrow(2, 0, heads * d).reshape(batch, length, heads, d);
      Tensor k = qkv.narrow(2, heads * d, groups * d).reshape(batch, length, groups, d);
      Tensor v =
          qkv.narrow(2, (heads + groups) * d, groups * shape.valueDim())
              .reshape(batch, length, groups, shape.valueDim());
      q = q.mul(queryScale).transpose(1, 2);
      k = k.transpose(1, 2);
      if (time) {
        q = rotate(q, rotary[0], rotary[1]);
        k = rotate(k, rotary[2], rotary[3]);
      }
      Tensor mixed =
          scaled_dot_product_attention(
              q,
              k,
              v.transpose(1, 2),
              new TensorOptional(mask),
              0.0,
              false,
              new DoubleOptional(1.0 / d),
              groups < heads);
      return outProjection.of(
          mixed.transpose(1, 2).reshape(batch, length, heads * shape.valueDim()));
    }

    private Tensor feedForward(Tensor x) {
      TensorVector halves = gateUp.of(x).chunk(2, -1);
      return down.of(halves.get(0).mul(silu(halves.get(1))));
    }
  }

  private Tensor norm(Tensor x) {
    Tensor wide = x.to(ScalarType.Float);
    Tensor mean = wide.pow(new Scalar(2)).mean(new long[] {-1}, true, noType());
    return x.div(mean.add(new Scalar(shape.normEpsilon())).sqrt().to(type));
  }

  private static org.bytedeco.pytorch.ScalarTypeOptional noType() {
    return new org.bytedeco.pytorch.ScalarTypeOptional();
  }

  /** Rotates the first half of the width in adjacent pairs: x [B, H, L, d]. */
  private Tensor rotate(Tensor x, Tensor cos, Tensor sin) {
    long half = shape.queryDim() / 2;
    Tensor turned = x.narrow(3, 0, half);
    Tensor pairs = turned.reshape(x.size(0), x.size(1), x.size(2), half / 2, 2);
    Tensor a = pairs.select(-1, 0);
    Tensor b = pairs.select(-1, 1);
    Tensor first = a.mul(cos).sub(b.mul(sin));
    Tensor second = b.mul(cos).add(a.mul(sin));
    Tensor rotated =
        stack(new TensorVector(first, second), -1).reshape(x.size(0), x.size(1), x.size(2), half);
    return cat(new TensorVector(rotated, x.narrow(3, half, shape.queryDim() - half)), -1);
  }

  private void prepareRotary(int patches) {
    if (rotaryPatches == patches) {
      return;
    }
    int pairs = shape.queryDim() / 4;
    double width = shape.queryDim() / 2.0;
    float[][] tables = new float[4][patches * pairs];
    for (int position = 0; position < patches; position++) {
      for (int pair = 0; pair < pairs; pair++) {
        double angle = position * Math.pow(ROTARY_BASE, -2.0 * pair / width);
        double decay =
            shape.xpos()
                ? Math.pow(
                    (2 * pair + 0.4 * width) / (1.4 * width),
                    (position - patches / 2) / DECAY_LENGTH)
                : 1;
        int i = position * pairs + pair;
        tables[0][i] = (float) (Math.cos(angle) * decay);
        tables[1][i] = (float) (Math.sin(angle) * decay);
        tables[2][i] = (float) (Math.cos(angle) / decay);
        tables[3][i] = (float) (Math.sin(angle) / decay);
      }
    }
    rotary = new Tensor[4];
    for (int i = 0; i < 4; i++) {
      // Outside the scope of the call that is running: kept for the next ones.
      Tensor table = tensor(tables[i]).view(patches, pairs).to(type);
      rotary[i] = table.retainReference();
    }
    rotaryPatches = patches;
  }

  /**
   * Inputs of series of one shape as tensors, made once and outside of what is measured.
   *
   * @param values [S, V, T + horizon in whole patches], float64
   * @param observed [S, V, T + horizon in whole patches], true = a value is there
   */
  record Inputs(Tensor values, Tensor observed, int contextPatches, int horizonPatches) {
    static Inputs of(List<SeriesInput> series, int patchSize) {
      SeriesInput first = series.get(0);
      int variates = first.values().length;
      int contextPatches = (first.contextLength() + patchSize - 1) / patchSize;
      int horizonPatches = (first.horizon() + patchSize - 1) / patchSize;
      int steps = (contextPatches + horizonPatches) * patchSize;
      int padding = contextPatches * patchSize - first.contextLength();
      double[] values = new double[series.size() * variates * steps];
      double[] marks = new double[values.length];
      for (int s = 0; s < series.size(); s++) {
        for (int v = 0; v < variates; v++) {
          int start = (s * variates + v) * steps + padding;
          for (int t = 0; t < first.contextLength(); t++) {
            if (series.get(s).observed()[v][t]) {
              values[start + t] = series.get(s).values()[v][t];
              marks[start + t] = 1;
            }
          }
        }
      }
      return new Inputs(
          doubles(values, series.size(), variates, steps),
          doubles(marks, series.size(), variates, steps).eq(new Scalar(1.0)),
          contextPatches,
          horizonPatches);
    }

    private static Tensor doubles(double[] values, long... shape) {
      Tensor made =
          org.bytedeco.pytorch.global.torch.empty(
              shape,
              new org.bytedeco.pytorch.TensorOptions(ScalarType.Double),
              new org.bytedeco.pytorch.MemoryFormatOptional());
      new DoublePointer(made.data_ptr()).put(values);
      return made;
    }
  }

  /** Quantiles [S, V, horizon patches, P, Q] in units, ascending, in float64. */
  Tensor forecast(Inputs inputs) {
    int patchSize = shape.patchSize();
    long series = inputs.values().size(0);
    long variates = inputs.values().size(1);
    int patches = inputs.contextPatches() + inputs.horizonPatches();
    prepareRotary(patches);

    Tensor seen = inputs.observed().to(ScalarType.Double);
    Tensor values = inputs.values().mul(seen);
    Tensor count = seen.cumsum(-1);
    Tensor running = values.cumsum(-1).div(count.clamp_min(new Scalar(1.0)));
    long steps = (long) patches * patchSize;
    Tensor before =
        cat(
            new TensorVector(
                running.narrow(2, 0, 1).mul(new Scalar(0.0)), running.narrow(2, 0, steps - 1)),
            2);
    Tensor squares = seen.mul(values.sub(before)).mul(values.sub(running)).cumsum(-1);
    Tensor deviation =
        squares
            .div(count.sub(new Scalar(1.0)).clamp_min(new Scalar(1.0)))
            .sqrt()
            .clamp_min(new Scalar(SMALLEST_SCALE));
    Tensor loc = lastOfPatch(running, series, variates, patches);
    Tensor scale = lastOfPatch(deviation, series, variates, patches);

    Tensor patched = inputs.values().view(series, variates, patches, patchSize);
    Tensor marks = inputs.observed().view(series, variates, patches, patchSize);
    Tensor scaled = patched.sub(loc).div(scale).to(ScalarType.Float).asinh();
    Tensor z = where(marks, scaled, new Scalar(0.0));
    Tensor unobserved = marks.logical_not().to(ScalarType.Float);
    Tensor hidden = patchEmbedding.of(cat(new TensorVector(z, unobserved), -1).to(type));

    // Ids: -1 where a patch of the context has no observation, else the series' own, 0.
    Tensor empty = marks.any(-1).logical_not();
    Tensor inContext =
        arange(new Scalar(patches))
            .lt(new Scalar(inputs.contextPatches() - 1.0))
            .view(1, 1, patches);
    Tensor ids = empty.logical_and(inContext).to(ScalarType.Long).neg();
    Tensor rowIds = ids.view(series * variates, 1, patches, 1);
    Tensor order = arange(new Scalar(patches));
    Tensor causal = order.view(patches, 1).ge(order.view(1, patches));
    Tensor timeMask = rowIds.eq(rowIds.transpose(2, 3)).logical_and(causal);
    Tensor columnIds = ids.transpose(1, 2).reshape(series * patches, 1, variates, 1);
    Tensor variateMask = columnIds.eq(columnIds.transpose(2, 3));

    long modelDim = shape.modelDim();
    for (TorchLayer layer : layers) {
      if (layer.time) {
        hidden =
            layer
                .of(hidden.reshape(series * variates, patches, modelDim), timeMask)
                .view(series, variates, patches, modelDim);
      } else {
        Tensor columns = hidden.transpose(1, 2).reshape(series * patches, variates, modelDim);
        hidden =
            layer
                .of(columns, variateMask)
                .view(series, patches, variates, modelDim)
                .transpose(1, 2);
      }
    }

    int first = inputs.contextPatches() - 1;
    Tensor read = norm(hidden.narrow(2, first, inputs.horizonPatches()));
    Tensor raw =
        head.of(read)
            .to(ScalarType.Double)
            .reshape(series, variates, inputs.horizonPatches(), patchSize, shape.levelCount());
    Tensor locs = loc.narrow(2, first + 1L, inputs.horizonPatches()).unsqueeze(-1);
    Tensor scales = scale.narrow(2, first + 1L, inputs.horizonPatches()).unsqueeze(-1);
    return raw.sinh().mul(scales).add(locs).sort(-1, false).get0();
  }

  private Tensor lastOfPatch(Tensor x, long series, long variates, long patches) {
    return x.view(series, variates, patches, shape.patchSize())
        .narrow(3, shape.patchSize() - 1L, 1);
  }
}
