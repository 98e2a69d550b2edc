package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.LayerPlan.TimeSegments;
import io.patchcast.backend.LayerPlan.VariateGroups;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import io.patchcast.backend.cpu.Cancellation;
import io.patchcast.backend.cpu.CausalScaler;
import io.patchcast.backend.cpu.CpuKvCache;
import io.patchcast.backend.cpu.CpuThreads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import jdk.incubator.vector.FloatVector;

/** The nine operations on packed weights; a large pass is shared out among the threads. */
final class VectorPass implements Pass {
  /**
   * Arithmetic that is worth a second thread, in multiply-adds: a few times what it takes to wake
   * one. With less, a product is bound by reading the weights, which two threads do no faster.
   */
  private static final long WORK_PER_THREAD = 20_000_000;

  /** Fewer rows than this are shared out by columns: each thread reads its part of the weights. */
  private static final int FEW_ROWS = 96;

  /** Rows whose inner activations are kept between the two products of a residual MLP. */
  private static final int CHUNK = Product.ROW_BLOCK;

  /** Sections of the in-projection; the queries are the first. */
  private static final int KEY = 1;

  private static final int VALUE = 2;

  private final VectorModel model;
  private final ModelWeights.Shape shape;
  private final PassPlan plan;
  private final CpuKvCache cache;
  private final Workspace work;
  private UnitKernel units;

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
    units = new UnitKernel(plan, new CausalScaler(plan), shape.levelCount());
    int width = 2 * shape.patchSize();
    work.patches = Workspace.atLeast(work.patches, (long) plan.tokenCount() * width);
    for (int n = 0; n < plan.tokenCount(); n++) {
      units.patch(plan.tokenPatches()[n], work.patches, n * width);
    }
  }

  @Override
  public void embedPatches() {
    hiddenRows = plan.tokenCount();
    work.hidden = Workspace.atLeast(work.hidden, (long) hiddenRows * hiddenStride);
    Rows patches = Rows.of(work.patches, 2 * shape.patchSize());
    residualMlp(model.patchEmbedding(), patches, hiddenRows, work.hidden);
  }

  @Override
  public void normQkvRotary(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    PackedLayer weights = model.layer(layer);
    PackedMatrix projection = weights.inProjection();
    int count = tokens.inputCount();
    int stride = projection.width();
    int keyColumn = projection.sectionStart(KEY);
    boolean every = tokens.outputCount() == count;
    keyRows = count;
    queryRows = tokens.outputCount();
    normFactors(count);
    work.projected = Workspace.atLeast(work.projected, (long) count * stride);
    int first = tokens.valueOnly() ? projection.sectionStart(VALUE) : every ? 0 : keyColumn;
    product(
        projection,
        new Rows(work.hidden, hiddenStride, null, work.factors),
        0,
        count,
        first,
        stride,
        new Epilogue.Store(projection.bias(), work.projected, stride));
    if (tokens.valueOnly()) {
      return;
    }
    queryArray = work.projected;
    queryStride = stride;
    if (!every) {
      queryStride = keyColumn;
      work.queries = Workspace.atLeast(work.queries, (long) queryRows * queryStride);
      queryArray = work.queries;
      product(
          projection,
          new Rows(work.hidden, hiddenStride, tokens.queries(), work.factors),
          0,
          queryRows,
          0,
          keyColumn,
          new Epilogue.Store(projection.bias(), work.queries, queryStride));
    }
    finishQueriesAndKeys(tokens, weights, stride, keyColumn);
  }

  /** Norms of q and k per head, and rotary positions. */
  private void finishQueriesAndKeys(
      LayerPlan tokens, PackedLayer weights, int stride, int keyColumn) {
    int most = 0;
    for (int position : tokens.positions()) {
      most = Math.max(most, position + 1);
    }
    RotaryFactors rotary = weights.rotary() ? model.rotary(most) : null;
    for (int m = 0; m < queryRows; m++) {
      int n = tokens.queries()[m];
      int offset = m * queryStride;
      normalize(queryArray, offset, shape.headCount(), weights.queryFactor());
      if (rotary != null) {
        int decay = tokens.decayPositions()[n];
        rotary.rotate(tokens.positions()[n], decay, queryArray, offset, shape.headCount());
      }
    }
    for (int n = 0; n < keyRows; n++) {
      int offset = n * stride + keyColumn;
      normalize(work.projected, offset, shape.groupCount(), weights.keyFactor());
      if (rotary != null) {
        int decay = -tokens.decayPositions()[n];
        rotary.rotate(tokens.positions()[n], decay, work.projected, offset, shape.groupCount());
      }
    }
  }

  /**
   * RMSNorm over the q or k of {@code count} heads, times {@code factor}; nothing where it is null.
   */
  private void normalize(float[] vectors, int offset, int count, float[] factor) {
    if (factor == null) {
      return;
    }
    for (int head = 0; head < count; head++) {
      int start = offset + head * factor.length;
      float squares = 0;
      for (int i = 0; i < factor.length; i++) {
        squares += vectors[start + i] * vectors[start + i];
      }
      float scale = (float) (1 / Math.sqrt(squares / factor.length + shape.normEpsilon()));
      for (int i = 0; i < factor.length; i++) {
        vectors[start + i] *= scale * factor[i];
      }
    }
  }

  @Override
  public void attendTime(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    TimeSegments segments = tokens.time();
    prepareMixed(tokens.outputCount());
    KeyRows[] keys = new KeyRows[segments.count()];
    long pairs = 0;
    for (int s = 0; s < keys.length; s++) {
      keys[s] = keysOf(segments, s, layer);
      pairs += (long) segments.queryCounts()[s] * keys[s].count();
    }
    int groups = shape.groupCount();
    split(
        keys.length * groups,
        pairs * shape.headCount() * (shape.queryDim() + shape.valueDim()),
        (scratch, start, end) -> {
          for (int item = start; item < end; item++) {
            int s = item / groups;
            attendSegment(
                scratch.attention,
                keys[s],
                item % groups,
                segments.queryStarts()[s],
                segments.queryCounts()[s],
                tokens.queries(),
                keys[s].count() - segments.keyCounts()[s] - segments.keyStarts()[s] + 1);
          }
        });
  }

  /** The keys of a segment: its own, after those of earlier passes where there is a cache. */
  private KeyRows keysOf(TimeSegments segments, int s, int layer) {
    PackedMatrix projection = model.layer(layer).inProjection();
    int stride = projection.width();
    int keyColumn = projection.sectionStart(KEY);
    int valueColumn = projection.sectionStart(VALUE);
    int row = segments.rows()[s];
    int keyStart = segments.keyStarts()[s];
    int keyCount = segments.keyCounts()[s];
    if (cache == null || row < 0) {
      return new KeyRows(
          work.projected,
          keyStart * stride + keyColumn,
          stride,
          work.projected,
          keyStart * stride + valueColumn,
          stride,
          keyCount);
    }
    int cached = cache.count(layer, row);
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
    return new KeyRows(
        cache.keys(layer, row),
        0,
        shape.groupCount() * shape.queryDim(),
        cache.values(layer, row),
        0,
        shape.groupCount() * shape.valueDim(),
        cached + keyCount);
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

  /**
   * Causal attention of consecutive queries in the heads of one group; query m sees inputs[m] +
   * {@code seenMore} keys.
   */
  private void attendSegment(
      AttentionKernel kernel,
      KeyRows keys,
      int group,
      int queryStart,
      int queryCount,
      int[] inputs,
      int seenMore) {
    int d = shape.queryDim();
    int e = shape.valueDim();
    kernel.begin(keys.count(), d, e);
    for (int i = 0; i < keys.count(); i++) {
      kernel.key(
          i,
          keys.keys(),
          keys.keyOffset() + i * keys.keyStride() + group * d,
          keys.values(),
          keys.valueOffset() + i * keys.valueStride() + group * e);
    }
    int headsPerGroup = shape.headCount() / shape.groupCount();
    int[] queries = new int[AttentionKernel.QUERIES];
    int[] visible = new int[AttentionKernel.QUERIES];
    for (int head = group * headsPerGroup; head < (group + 1) * headsPerGroup; head++) {
      for (int m = 0; m < queryCount; m += AttentionKernel.QUERIES) {
        Cancellation.check();
        int some = Math.min(AttentionKernel.QUERIES, queryCount - m);
        for (int i = 0; i < some; i++) {
          queries[i] = queryStart + m + i;
          visible[i] = inputs[queries[i]] + seenMore;
        }
        attend(kernel, head, queries, some, visible);
      }
    }
  }

  private void attend(AttentionKernel kernel, int head, int[] queries, int count, int[] visible) {
    int[] queryOffsets = new int[AttentionKernel.QUERIES];
    int[] mixedOffsets = new int[AttentionKernel.QUERIES];
    for (int i = 0; i < count; i++) {
      queryOffsets[i] = queries[i] * queryStride + head * shape.queryDim();
      mixedOffsets[i] = (queries[i] * shape.headCount() + head) * shape.valueDim();
    }
    kernel.attend(count, queryArray, queryOffsets, visible, work.mixed, mixedOffsets);
  }

  @Override
  public void attendVariates(int layer) {
    LayerPlan tokens = plan.layers().get(layer);
    VariateGroups variates = tokens.variates();
    PackedMatrix projection = model.layer(layer).inProjection();
    prepareMixed(tokens.outputCount());
    if (tokens.valueOnly()) {
      copyValues(tokens, projection.width(), projection.sectionStart(VALUE));
      return;
    }
    long pairs = 0;
    for (int g = 0; g < variates.count(); g++) {
      long keys = (long) variates.keyOffsets()[g + 1] - variates.keyOffsets()[g];
      pairs += keys * (variates.queryOffsets()[g + 1] - variates.queryOffsets()[g]);
    }
    int groups = shape.groupCount();
    split(
        variates.count() * groups,
        pairs * shape.headCount() * (shape.queryDim() + shape.valueDim()),
        (scratch, start, end) -> {
          for (int item = start; item < end; item++) {
            attendGroup(scratch.attention, projection, variates, item / groups, item % groups);
          }
        });
  }

  /** Attention among the tokens of one variate group, in the heads of one key/value group. */
  private void attendGroup(
      AttentionKernel kernel, PackedMatrix projection, VariateGroups variates, int g, int group) {
    int d = shape.queryDim();
    int e = shape.valueDim();
    int stride = projection.width();
    int keyColumn = projection.sectionStart(KEY) + group * d;
    int valueColumn = projection.sectionStart(VALUE) + group * e;
    int firstKey = variates.keyOffsets()[g];
    int keyCount = variates.keyOffsets()[g + 1] - firstKey;
    kernel.begin(keyCount, d, e);
    for (int i = 0; i < keyCount; i++) {
      int row = variates.keys()[firstKey + i] * stride;
      kernel.key(i, work.projected, row + keyColumn, work.projected, row + valueColumn);
    }
    int headsPerGroup = shape.headCount() / shape.groupCount();
    int[] queries = new int[AttentionKernel.QUERIES];
    int[] visible = new int[AttentionKernel.QUERIES];
    Arrays.fill(visible, keyCount);
    int endQuery = variates.queryOffsets()[g + 1];
    for (int head = group * headsPerGroup; head < (group + 1) * headsPerGroup; head++) {
      for (int q = variates.queryOffsets()[g]; q < endQuery; q += AttentionKernel.QUERIES) {
        Cancellation.check();
        int some = Math.min(AttentionKernel.QUERIES, endQuery - q);
        System.arraycopy(variates.queries(), q, queries, 0, some);
        attend(kernel, head, queries, some, visible);
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
    Rows mixed = Rows.of(work.mixed, shape.headCount() * shape.valueDim());
    addBranch(weights.outProjection(), mixed, weights.attentionKeep(), kept, kept.length);
  }

  @Override
  public void normSwiGlu(int layer) {
    PackedMatrix gateUp = model.layer(layer).gateUp();
    int count = plan.layers().get(layer).outputCount();
    int stride = gateUp.width() / 2;
    normFactors(count);
    work.gated = Workspace.atLeast(work.gated, (long) count * stride);
    product(
        gateUp,
        new Rows(work.hidden, hiddenStride, null, work.factors),
        0,
        count,
        0,
        gateUp.width(),
        new Epilogue.Gate(gateUp.bias(), work.gated, stride));
  }

  @Override
  public void outputResidual(int layer) {
    PackedLayer weights = model.layer(layer);
    int count = plan.layers().get(layer).outputCount();
    Rows gated = Rows.of(work.gated, weights.gateUp().width() / 2);
    addBranch(weights.down(), gated, weights.feedForwardKeep(), null, count);
  }

  /** hidden ← keep · hidden + W x + b, rows of hidden picked by {@code kept} unless it is null. */
  private void addBranch(PackedMatrix weights, Rows x, float keep, int[] kept, int count) {
    work.hiddenNext = Workspace.atLeast(work.hiddenNext, (long) count * hiddenStride);
    product(
        weights,
        x,
        0,
        count,
        0,
        weights.width(),
        new Epilogue.Residual(
            weights.bias(), work.hidden, kept, keep, work.hiddenNext, hiddenStride, 0));
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
    Rows last = new Rows(work.hidden, hiddenStride, plan.outputs(), work.factors);
    residualMlp(head, last, count, work.raw);
    double[] quantiles = new double[Math.multiplyExact(count, size)];
    for (int i = 0; i < count; i++) {
      units.quantiles(
          work.raw, i * stride, plan.outputPatches()[i], plan.outputRows()[i], quantiles, i * size);
    }
    return quantiles;
  }

  /** linear2(silu(linear1(x))) + skip(x): -> out [count, width of linear2]. */
  private void residualMlp(PackedMlp mlp, Rows x, int count, float[] out) {
    int innerStride = mlp.linear1().width();
    int outStride = mlp.linear2().width();
    work.inner = Workspace.atLeast(work.inner, (long) Math.min(count, CHUNK) * innerStride);
    product(
        mlp.skip(),
        x,
        0,
        count,
        0,
        outStride,
        new Epilogue.Store(mlp.skip().bias(), out, outStride));
    for (int start = 0; start < count; start += CHUNK) {
      int end = Math.min(count, start + CHUNK);
      product(
          mlp.linear1(),
          x,
          start,
          end,
          0,
          innerStride,
          new Epilogue.Silu(mlp.linear1().bias(), work.inner, innerStride, start));
      product(
          mlp.linear2(),
          Rows.of(work.inner, innerStride),
          0,
          end - start,
          0,
          outStride,
          new Epilogue.Residual(mlp.linear2().bias(), out, null, 1, out, outStride, start));
    }
  }

  /** factors[n] = 1 / √(mean(hidden²) + ε): products multiply their sums by it. */
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

  /** A product on several threads where that is worth it: by rows, or few rows by columns. */
  private void product(
      PackedMatrix weights,
      Rows a,
      int first,
      int end,
      int firstColumn,
      int endColumn,
      Epilogue epilogue) {
    int rows = end - first;
    long multiplyAdds = (long) rows * (endColumn - firstColumn) * weights.inputs();
    if (rows >= FEW_ROWS || weights.inLibrary()) {
      int blocks = (rows + Microkernels.ROWS - 1) / Microkernels.ROWS;
      split(
          blocks,
          multiplyAdds,
          (scratch, from, to) ->
              scratch.product.multiply(
                  weights,
                  a,
                  first + from * Microkernels.ROWS,
                  Math.min(end, first + to * Microkernels.ROWS),
                  firstColumn,
                  endColumn,
                  epilogue));
    } else {
      split(
          (endColumn - firstColumn) / PackedMatrix.PANEL,
          multiplyAdds,
          (scratch, from, to) ->
              scratch.product.multiply(
                  weights,
                  a,
                  first,
                  end,
                  firstColumn + from * PackedMatrix.PANEL,
                  firstColumn + to * PackedMatrix.PANEL,
                  epilogue));
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
