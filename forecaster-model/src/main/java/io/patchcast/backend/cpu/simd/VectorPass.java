package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.LayerPlan.TimeSegments;
import io.patchcast.backend.LayerPlan.VariateGroups;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import io.patchcast.backend.cpu.CausalScaler;
import io.patchcast.backend.cpu.CpuKvCache;
import io.patchcast.backend.cpu.CpuThreads;
import io.patchcast.backend.cpu.QuantileOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import jdk.incubator.vector.FloatVector;

/** The nine operations on packed weights; a large pass is shared out among the threads by rows. */
final class VectorPass implements Pass {
  private static final int QUERIES_AT_ONCE = 4;

  /** Arithmetic that is worth a second thread, in multiply-adds: about 50 µs of one core. */
  private static final long WORK_PER_THREAD = 2_000_000;

  /** Sections of the in-projection; the queries are the first. */
  private static final int KEY = 1;

  private static final int VALUE = 2;

  private final VectorModel model;
  private final ModelWeights.Shape shape;
  private final PassPlan plan;
  private final CpuKvCache cache;
  private final Workspace work;
  private CausalScaler scaler;

  /** Rows of hidden are this far apart. */
  private final int hiddenStride;

  /**
   * Where the queries of the running layer are: with k and v, or apart when only some are needed.
   */
  private float[] queryArray;

  private int queryStride;

  /** Rows of hidden, of keys and values, and of queries, mixed and gated, as they stand. */
  private int hiddenRows;

  private int keyRows;
  private int queryRows;

  VectorPass(VectorModel model, PassPlan plan, CpuKvCache cache) {
    this.model = model;
    this.shape = model.shape();
    this.plan = plan;
    this.cache = cache;
    this.work = model.borrowWorkspace();
    this.hiddenStride = model.patchEmbedding().linear2().width();
  }

  @Override
  public void scaleAndPatch() {
    scaler = new CausalScaler(plan);
    int width = 2 * shape.patchSize();
    work.patches = Workspace.atLeast(work.patches, (long) plan.tokenCount() * width);
    for (int n = 0; n < plan.tokenCount(); n++) {
      scaler.patch(plan.tokenPatches()[n], work.patches, n * width);
    }
  }

  @Override
  public void embedPatches() {
    work.hidden = Workspace.atLeast(work.hidden, (long) plan.tokenCount() * hiddenStride);
    hiddenRows = plan.tokenCount();
    residualMlp(
        model.patchEmbedding(),
        work.patches,
        2 * shape.patchSize(),
        null,
        null,
        plan.tokenCount(),
        work.hidden);
  }

  @Override
  public void normQkvRotary(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    PackedLayer weights = model.layer(layer);
    PackedMatrix projection = weights.inProjection();
    int count = tokens.inputCount();
    int stride = projection.width();
    int keyColumn = projection.sectionStart(KEY);
    int valueColumn = projection.sectionStart(VALUE);
    boolean every = tokens.outputCount() == count;
    keyRows = count;
    queryRows = tokens.outputCount();
    normFactors(count);
    work.projected = Workspace.atLeast(work.projected, (long) count * stride);
    int first = tokens.valueOnly() ? valueColumn : every ? 0 : keyColumn;
    multiply(projection, work.hidden, hiddenStride, null, count, work.projected, stride, first);
    if (tokens.valueOnly()) {
      return;
    }
    queryArray = work.projected;
    queryStride = stride;
    if (!every) {
      int[] kept = tokens.queries();
      queryStride = keyColumn;
      work.queries = Workspace.atLeast(work.queries, (long) kept.length * queryStride);
      queryArray = work.queries;
      fillBias(projection, work.queries, queryStride, 0, keyColumn, kept.length);
      split(
          kept.length,
          (long) kept.length * keyColumn * projection.inputs(),
          (scratch, start, end) ->
              scratch.product.multiply(
                  projection,
                  work.hidden,
                  hiddenStride,
                  kept,
                  work.factors,
                  start,
                  end,
                  work.queries,
                  queryStride,
                  0,
                  keyColumn));
    }
    int most = 0;
    for (int position : tokens.positions()) {
      most = Math.max(most, position + 1);
    }
    RotaryFactors rotary = weights.rotary() ? model.rotary(most) : null;
    for (int m = 0; m < tokens.outputCount(); m++) {
      int n = tokens.queries()[m];
      for (int head = 0; head < shape.headCount(); head++) {
        int offset = m * queryStride + head * shape.queryDim();
        normalize(queryArray, offset, weights.queryFactor());
        if (rotary != null) {
          rotary.rotateQuery(tokens.positions()[n], tokens.decayPositions()[n], queryArray, offset);
        }
      }
    }
    for (int n = 0; n < count; n++) {
      for (int group = 0; group < shape.groupCount(); group++) {
        int offset = n * stride + keyColumn + group * shape.queryDim();
        normalize(work.projected, offset, weights.keyFactor());
        if (rotary != null) {
          rotary.rotateKey(
              tokens.positions()[n], tokens.decayPositions()[n], work.projected, offset);
        }
      }
    }
  }

  /** RMSNorm over one head's q or k, times {@code factor}; nothing where factor is null. */
  private void normalize(float[] vector, int offset, float[] factor) {
    if (factor == null) {
      return;
    }
    float squares = 0;
    for (int i = 0; i < factor.length; i++) {
      squares += vector[offset + i] * vector[offset + i];
    }
    float scale = (float) (1 / Math.sqrt(squares / factor.length + shape.normEpsilon()));
    for (int i = 0; i < factor.length; i++) {
      vector[offset + i] *= scale * factor[i];
    }
  }

  @Override
  public void attendTime(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    TimeSegments segments = tokens.time();
    PackedMatrix projection = model.layer(layer).inProjection();
    int stride = projection.width();
    int keyColumn = projection.sectionStart(KEY);
    int valueColumn = projection.sectionStart(VALUE);
    prepareMixed(tokens.outputCount());
    long multiplyAdds = 0;
    for (int s = 0; s < segments.count(); s++) {
      multiplyAdds += (long) segments.queryCounts()[s] * segments.keyCounts()[s];
    }
    multiplyAdds *= (long) shape.headCount() * (shape.queryDim() + shape.valueDim());
    split(
        segments.count(),
        multiplyAdds,
        (scratch, start, end) -> {
          for (int s = start; s < end; s++) {
            int row = segments.rows()[s];
            int keyStart = segments.keyStarts()[s];
            int keyCount = segments.keyCounts()[s];
            KeyRows keys =
                new KeyRows(
                    work.projected,
                    keyStart * stride + keyColumn,
                    stride,
                    work.projected,
                    keyStart * stride + valueColumn,
                    stride,
                    keyCount);
            int cached = 0;
            if (cache != null && row >= 0) {
              cached = cache.count(layer, row);
              cache.append(
                  layer,
                  row,
                  work.projected,
                  keyColumn,
                  stride,
                  work.projected,
                  valueColumn,
                  stride,
                  keyStart,
                  keyCount);
              keys =
                  new KeyRows(
                      cache.keys(layer, row),
                      0,
                      shape.groupCount() * shape.queryDim(),
                      cache.values(layer, row),
                      0,
                      shape.groupCount() * shape.valueDim(),
                      cached + keyCount);
            }
            attendSegment(
                scratch.attention,
                keys,
                segments.queryStarts()[s],
                segments.queryCounts()[s],
                tokens.queries(),
                cached - keyStart + 1);
          }
        });
  }

  /** Keys and values of a segment: those of key i begin at offset + i · stride. */
  private record KeyRows(
      float[] keys,
      int keyOffset,
      int keyStride,
      float[] values,
      int valueOffset,
      int valueStride,
      int count) {}

  /** Causal attention of consecutive queries; query m sees inputs[m] + {@code seenMore} keys. */
  private void attendSegment(
      AttentionKernel kernel,
      KeyRows keys,
      int queryStart,
      int queryCount,
      int[] inputs,
      int seenMore) {
    int d = shape.queryDim();
    int e = shape.valueDim();
    int headsPerGroup = shape.headCount() / shape.groupCount();
    int mixedStride = shape.headCount() * e;
    int[] queryOffsets = new int[QUERIES_AT_ONCE];
    int[] mixedOffsets = new int[QUERIES_AT_ONCE];
    int[] visible = new int[QUERIES_AT_ONCE];
    for (int group = 0; group < shape.groupCount(); group++) {
      kernel.begin(keys.count(), d, e);
      for (int i = 0; i < keys.count(); i++) {
        kernel.key(
            i,
            keys.keys(),
            keys.keyOffset() + i * keys.keyStride() + group * d,
            keys.values(),
            keys.valueOffset() + i * keys.valueStride() + group * e);
      }
      for (int head = group * headsPerGroup; head < (group + 1) * headsPerGroup; head++) {
        for (int m = 0; m < queryCount; m += QUERIES_AT_ONCE) {
          int some = Math.min(QUERIES_AT_ONCE, queryCount - m);
          for (int i = 0; i < some; i++) {
            int query = queryStart + m + i;
            queryOffsets[i] = query * queryStride + head * d;
            mixedOffsets[i] = query * mixedStride + head * e;
            visible[i] = inputs[query] + seenMore;
          }
          kernel.attend(some, queryArray, queryOffsets, visible, work.mixed, mixedOffsets);
        }
      }
    }
  }

  @Override
  public void attendVariates(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    VariateGroups groups = tokens.variates();
    PackedMatrix projection = model.layer(layer).inProjection();
    int stride = projection.width();
    int keyColumn = projection.sectionStart(KEY);
    int valueColumn = projection.sectionStart(VALUE);
    prepareMixed(tokens.outputCount());
    if (tokens.valueOnly()) {
      copyValues(tokens, stride, valueColumn);
      return;
    }
    int d = shape.queryDim();
    int e = shape.valueDim();
    int headsPerGroup = shape.headCount() / shape.groupCount();
    int mixedStride = shape.headCount() * e;
    AttentionKernel kernel = work.attention;
    int[] queryOffsets = new int[QUERIES_AT_ONCE];
    int[] mixedOffsets = new int[QUERIES_AT_ONCE];
    int[] visible = new int[QUERIES_AT_ONCE];
    for (int g = 0; g < groups.count(); g++) {
      int firstKey = groups.keyOffsets()[g];
      int keyCount = groups.keyOffsets()[g + 1] - firstKey;
      for (int group = 0; group < shape.groupCount(); group++) {
        kernel.begin(keyCount, d, e);
        for (int i = 0; i < keyCount; i++) {
          int key = groups.keys()[firstKey + i];
          kernel.key(
              i,
              work.projected,
              key * stride + keyColumn + group * d,
              work.projected,
              key * stride + valueColumn + group * e);
        }
        for (int head = group * headsPerGroup; head < (group + 1) * headsPerGroup; head++) {
          int endQuery = groups.queryOffsets()[g + 1];
          for (int q = groups.queryOffsets()[g]; q < endQuery; q += QUERIES_AT_ONCE) {
            int some = Math.min(QUERIES_AT_ONCE, endQuery - q);
            for (int i = 0; i < some; i++) {
              int query = groups.queries()[q + i];
              queryOffsets[i] = query * queryStride + head * d;
              mixedOffsets[i] = query * mixedStride + head * e;
              visible[i] = keyCount;
            }
            kernel.attend(some, queryArray, queryOffsets, visible, work.mixed, mixedOffsets);
          }
        }
      }
    }
  }

  /** Attention of lone variates: each head's result is its group's v. */
  private void copyValues(LayerPlan tokens, int stride, int valueColumn) {
    int e = shape.valueDim();
    int headsPerGroup = shape.headCount() / shape.groupCount();
    for (int m = 0; m < tokens.outputCount(); m++) {
      for (int head = 0; head < shape.headCount(); head++) {
        System.arraycopy(
            work.projected,
            tokens.queries()[m] * stride + valueColumn + head / headsPerGroup * e,
            work.mixed,
            (m * shape.headCount() + head) * e,
            e);
      }
    }
  }

  private void prepareMixed(int count) {
    long size = (long) count * shape.headCount() * shape.valueDim();
    work.mixed = Workspace.atLeast(work.mixed, size);
  }

  @Override
  public void projectResidual(int layer) {
    PackedLayer weights = model.layer(layer);
    int[] kept = plan.layers().get(layer).queries();
    work.hiddenNext = Workspace.atLeast(work.hiddenNext, (long) kept.length * hiddenStride);
    addBranch(
        weights.outProjection(),
        work.mixed,
        shape.headCount() * shape.valueDim(),
        weights.attentionKeep(),
        kept,
        kept.length);
  }

  @Override
  public void normSwiGlu(int layer) {
    PackedLayer weights = model.layer(layer);
    PackedMatrix gateUp = weights.gateUp();
    int count = plan.layers().get(layer).outputCount();
    int stride = gateUp.width();
    int width = stride / 2;
    normFactors(count);
    work.gateUp = Workspace.atLeast(work.gateUp, (long) count * stride);
    work.gated = Workspace.atLeast(work.gated, (long) count * width);
    fillBias(gateUp, work.gateUp, stride, 0, stride, count);
    split(
        count,
        (long) count * stride * gateUp.inputs(),
        (scratch, start, end) -> {
          scratch.product.multiply(
              gateUp,
              work.hidden,
              hiddenStride,
              null,
              work.factors,
              start,
              end,
              work.gateUp,
              stride,
              0,
              stride);
          for (int m = start; m < end; m++) {
            gate(work.gateUp, m * stride, width, work.gated, m * width);
          }
        });
  }

  /** gate · silu(up), both [width]. */
  private static void gate(float[] gateUp, int offset, int width, float[] gated, int target) {
    for (int j = 0; j < width; j += Lanes.COUNT) {
      FloatVector gate = FloatVector.fromArray(Lanes.SPECIES, gateUp, offset + j);
      FloatVector up = FloatVector.fromArray(Lanes.SPECIES, gateUp, offset + width + j);
      gate.mul(VectorMath.silu(up)).intoArray(gated, target + j);
    }
  }

  @Override
  public void outputResidual(int layer) {
    PackedLayer weights = model.layer(layer);
    int count = plan.layers().get(layer).outputCount();
    work.hiddenNext = Workspace.atLeast(work.hiddenNext, (long) count * hiddenStride);
    addBranch(
        weights.down(),
        work.gated,
        weights.gateUp().width() / 2,
        weights.feedForwardKeep(),
        null,
        count);
  }

  /** hidden ← keep · hidden + W x + b, rows of hidden picked by {@code kept} unless it is null. */
  private void addBranch(
      PackedMatrix weights, float[] x, int xStride, float keep, int[] kept, int count) {
    split(
        count,
        (long) count * weights.width() * weights.inputs(),
        (scratch, start, end) -> {
          for (int m = start; m < end; m++) {
            int source = (kept == null ? m : kept[m]) * hiddenStride;
            for (int j = 0; j < hiddenStride; j += Lanes.COUNT) {
              FloatVector bias = FloatVector.fromArray(Lanes.SPECIES, weights.bias(), j);
              FloatVector.fromArray(Lanes.SPECIES, work.hidden, source + j)
                  .fma(FloatVector.broadcast(Lanes.SPECIES, keep), bias)
                  .intoArray(work.hiddenNext, m * hiddenStride + j);
            }
          }
          scratch.product.multiply(
              weights,
              x,
              xStride,
              null,
              null,
              start,
              end,
              work.hiddenNext,
              hiddenStride,
              0,
              weights.width());
        });
    hiddenRows = count;
    float[] previous = work.hidden;
    work.hidden = work.hiddenNext;
    work.hiddenNext = previous;
  }

  @Override
  public double[] head() {
    int count = plan.outputs().length;
    int size = shape.patchSize() * shape.levelCount();
    PackedMlp head = model.outputHead();
    int stride = head.linear2().width();
    normFactors(hiddenRows);
    work.raw = Workspace.atLeast(work.raw, (long) count * stride);
    residualMlp(head, work.hidden, hiddenStride, plan.outputs(), work.factors, count, work.raw);
    QuantileOutput output = new QuantileOutput(scaler, shape.patchSize(), shape.levelCount());
    double[] quantiles = new double[Math.multiplyExact(count, size)];
    for (int i = 0; i < count; i++) {
      output.write(
          work.raw, i * stride, plan.outputPatches()[i], plan.outputRows()[i], quantiles, i * size);
    }
    return quantiles;
  }

  /** linear2(silu(linear1(x))) + skip(x), rows of x picked and scaled: -> out [count, stride]. */
  private void residualMlp(
      PackedMlp mlp, float[] x, int xStride, int[] index, float[] factor, int count, float[] out) {
    int innerStride = mlp.linear1().width();
    int outStride = mlp.linear2().width();
    work.inner = Workspace.atLeast(work.inner, (long) count * innerStride);
    fillBias(mlp.linear1(), work.inner, innerStride, 0, innerStride, count);
    for (int row = 0; row < count; row++) {
      for (int j = 0; j < outStride; j++) {
        out[row * outStride + j] = mlp.linear2().bias()[j] + mlp.skip().bias()[j];
      }
    }
    split(
        count,
        (long) count * innerStride * (mlp.linear1().inputs() + outStride),
        (scratch, start, end) -> {
          scratch.product.multiply(
              mlp.linear1(),
              x,
              xStride,
              index,
              factor,
              start,
              end,
              work.inner,
              innerStride,
              0,
              innerStride);
          for (int i = start * innerStride; i < end * innerStride; i += Lanes.COUNT) {
            VectorMath.silu(FloatVector.fromArray(Lanes.SPECIES, work.inner, i))
                .intoArray(work.inner, i);
          }
          scratch.product.multiply(
              mlp.linear2(),
              work.inner,
              innerStride,
              null,
              null,
              start,
              end,
              out,
              outStride,
              0,
              outStride);
          scratch.product.multiply(
              mlp.skip(), x, xStride, index, factor, start, end, out, outStride, 0, outStride);
        });
  }

  /**
   * Columns from {@code firstColumn} on of norm(x) Wᵀ + b: x [count, in] -> out [count, stride].
   */
  private void multiply(
      PackedMatrix weights,
      float[] x,
      int xStride,
      int[] index,
      int count,
      float[] out,
      int stride,
      int firstColumn) {
    fillBias(weights, out, stride, firstColumn, weights.width(), count);
    split(
        count,
        (long) count * (weights.width() - firstColumn) * weights.inputs(),
        (scratch, start, end) ->
            scratch.product.multiply(
                weights,
                x,
                xStride,
                index,
                work.factors,
                start,
                end,
                out,
                stride,
                firstColumn,
                weights.width()));
  }

  private static void fillBias(
      PackedMatrix weights, float[] out, int stride, int firstColumn, int endColumn, int count) {
    for (int row = 0; row < count; row++) {
      System.arraycopy(
          weights.bias(), firstColumn, out, row * stride + firstColumn, endColumn - firstColumn);
    }
  }

  /** factors[n] = 1 / √(mean(hidden²) + ε): the norm itself happens while products pack rows. */
  private void normFactors(int count) {
    work.factors = Workspace.atLeast(work.factors, count);
    for (int n = 0; n < count; n++) {
      FloatVector squares = FloatVector.zero(Lanes.SPECIES);
      for (int j = 0; j < hiddenStride; j += Lanes.COUNT) {
        FloatVector x = FloatVector.fromArray(Lanes.SPECIES, work.hidden, n * hiddenStride + j);
        squares = x.fma(x, squares);
      }
      double mean = Lanes.sum(squares, work.lanes) / (double) shape.modelDim();
      work.factors[n] = (float) (1 / Math.sqrt(mean + shape.normEpsilon()));
    }
  }

  /** Work on the items start … end, with buffers of its own. */
  private interface Part {
    void run(Workspace scratch, int start, int end);
  }

  /** Runs {@code part} over all items, on several threads where the work is worth it. */
  private void split(int count, long multiplyAdds, Part part) {
    CpuThreads threads = CpuThreads.shared();
    int parts =
        (int) Math.min(Math.min(threads.available(), count), multiplyAdds / WORK_PER_THREAD);
    if (parts <= 1) {
      part.run(work, 0, count);
      return;
    }
    List<Callable<Void>> tasks = new ArrayList<>(parts);
    for (int i = 0; i < parts; i++) {
      int start = (int) ((long) count * i / parts);
      int end = (int) ((long) count * (i + 1) / parts);
      tasks.add(
          () -> {
            Workspace scratch = model.borrowWorkspace();
            try {
              part.run(scratch, start, end);
            } finally {
              model.giveBack(scratch);
            }
            return null;
          });
    }
    threads.runAll(tasks);
  }

  @Override
  public float[] read(Activation activation) {
    Place place = place(activation);
    float[] values = new float[place.rows() * place.width()];
    for (int row = 0; row < place.rows(); row++) {
      int from = row * place.stride() + place.offset();
      System.arraycopy(place.buffer(), from, values, row * place.width(), place.width());
    }
    return values;
  }

  @Override
  public void write(Activation activation, float[] values) {
    Place place = place(activation);
    if (values.length != place.rows() * place.width()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must have %d rows of %d values, got %d values",
              activation,
              place.rows(),
              place.width(),
              values.length));
    }
    for (int row = 0; row < place.rows(); row++) {
      int to = row * place.stride() + place.offset();
      System.arraycopy(values, row * place.width(), place.buffer(), to, place.width());
    }
  }

  /** Where an activation lies: row n at offset + n · stride. */
  private record Place(float[] buffer, int rows, int offset, int stride, int width) {}

  private Place place(Activation activation) {
    PackedMatrix in = model.layer(0).inProjection();
    int keyWidth = shape.groupCount() * shape.queryDim();
    int valueWidth = shape.groupCount() * shape.valueDim();
    int mixedWidth = shape.headCount() * shape.valueDim();
    int gatedStride = model.layer(0).gateUp().width() / 2;
    int patchWidth = 2 * shape.patchSize();
    return switch (activation) {
      case PATCHES -> new Place(work.patches, plan.tokenCount(), 0, patchWidth, patchWidth);
      case HIDDEN -> new Place(work.hidden, hiddenRows, 0, hiddenStride, shape.modelDim());
      case QUERIES ->
          new Place(queryArray, queryRows, 0, queryStride, shape.headCount() * shape.queryDim());
      case KEYS -> new Place(work.projected, keyRows, in.sectionStart(KEY), in.width(), keyWidth);
      case VALUES ->
          new Place(work.projected, keyRows, in.sectionStart(VALUE), in.width(), valueWidth);
      case MIXED -> new Place(work.mixed, queryRows, 0, mixedWidth, mixedWidth);
      case GATED -> new Place(work.gated, queryRows, 0, gatedStride, shape.feedForwardDim());
    };
  }

  @Override
  public void close() {
    model.giveBack(work);
  }
}
