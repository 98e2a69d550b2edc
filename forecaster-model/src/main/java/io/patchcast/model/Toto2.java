package io.patchcast.model;

import io.patchcast.backend.Backend;
import io.patchcast.backend.KvCache;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import io.patchcast.weights.Checkpoint;
import io.patchcast.weights.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * A Toto 2.0 model: forecasts of any number of series at once, nine quantiles per step.
 *
 * <p>Series of different lengths, variates and horizons run together without padding to the
 * longest; no series influences another. Safe for use by several threads. Holds the packed weights
 * until it is closed; the backend belongs to the caller.
 */
public final class Toto2 implements AutoCloseable {
  /** The index of the median among the knots. */
  private static final int MEDIAN = ModelConfig.LEVEL_COUNT / 2;

  private final ModelConfig config;
  private final Arithmetic arithmetic;
  private final LoadedModel weights;
  private final PassPlanner planner;

  /** Reads all weights of a checkpoint onto a backend. */
  public Toto2(Checkpoint checkpoint, Backend backend) {
    this(checkpoint, backend, Saving.all());
  }

  Toto2(Checkpoint checkpoint, Backend backend, Set<Saving> savings) {
    this(checkpoint.config(), WeightReader.read(checkpoint), backend, savings);
  }

  /** Takes weights that come from elsewhere, such as {@link RandomWeights}. */
  public Toto2(ModelConfig config, ModelWeights weights, Backend backend) {
    this(config, weights, backend, Saving.all());
  }

  private Toto2(ModelConfig config, ModelWeights weights, Backend backend, Set<Saving> savings) {
    this.config = config;
    this.arithmetic = new Arithmetic(weights.shape());
    this.weights = backend.load(weights);
    this.planner = new PassPlanner(config, savings);
  }

  /** Sizes and switches of the checkpoint. */
  public ModelConfig config() {
    return config;
  }

  /** Quantile forecasts of the targets of each series: [series][target][horizon · 9], ascending. */
  public List<double[][]> forecast(List<SeriesInput> series, DecodeOptions options) {
    return forecast(series, options, Integer.MAX_VALUE);
  }

  /**
   * The same on a part of the machine.
   *
   * @param maxThreads most threads of this process to use; 1 = the calling thread alone
   */
  public List<double[][]> forecast(
      List<SeriesInput> series, DecodeOptions options, int maxThreads) {
    checkBlockSize(options.decodeBlockSize());
    long[] tokens = new long[series.size()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] =
          new Decoding(series.get(i), config.patchSize(), options.decodeBlockSize()).tokenCount();
    }
    int atOnce = weights.passesAtOnce(maxThreads);
    List<int[]> batches = BatchPlan.of(tokens, weights.tokenBudget(), atOnce);
    int shared = BatchPlan.sharedCount(batches, tokens, weights.tokenBudget(), atOnce);
    List<Callable<List<double[][]>>> passes = new ArrayList<>();
    for (int[] batch : batches) {
      passes.add(() -> decode(batch, series, options));
    }
    List<List<double[][]>> results = new ArrayList<>();
    for (Callable<List<double[][]>> pass : passes.subList(0, shared)) {
      results.addAll(weights.runAll(List.of(pass), maxThreads));
    }
    results.addAll(weights.runAll(passes.subList(shared, passes.size()), maxThreads));
    double[][][] forecasts = new double[series.size()][][];
    for (int b = 0; b < batches.size(); b++) {
      for (int i = 0; i < batches.get(b).length; i++) {
        forecasts[batches.get(b)[i]] = results.get(b).get(i);
      }
    }
    return Arrays.asList(forecasts);
  }

  /**
   * Multiply-adds of the products and of attention that a forecast in one pass needs: what a
   * machine's peak is compared with.
   */
  public long multiplyAdds(List<SeriesInput> series) {
    long sum = 0;
    for (SeriesWindow window : windows(series, 0)) {
      sum += arithmetic.multiplyAdds(planner.plan(List.of(window), DecodeOptions.plain()));
    }
    return sum;
  }

  /**
   * Activations of a single pass after the patch embedding and after each layer, every patch of
   * every row included: stage -> [row, patch, D], rows being the variates of all series in order.
   * For checks against the reference; all series must have the same number of patches.
   */
  public Map<String, float[]> trace(List<SeriesInput> series) {
    PassPlanner every = new PassPlanner(config, Set.of());
    List<SeriesWindow> windows = windows(series, 0);
    PassPlan plan = every.plan(windows, DecodeOptions.plain());
    int[] tokenPatches = plan.tokenPatches();
    Map<String, float[]> stages = new LinkedHashMap<>();
    forward(
        plan,
        null,
        (stage, pass) -> {
          float[] hidden = pass.read(Pass.Activation.HIDDEN);
          float[] inOrder = new float[hidden.length];
          for (int n = 0; n < tokenPatches.length; n++) {
            System.arraycopy(
                hidden,
                n * config.modelDim(),
                inOrder,
                tokenPatches[n] * config.modelDim(),
                config.modelDim());
          }
          stages.put(stage, inOrder);
        });
    return stages;
  }

  /** The forward pass. */
  double[] forward(PassPlan plan, KvCache cache, Probe probe) {
    try (Pass pass = weights.begin(plan, cache)) {
      pass.scaleAndPatch();
      pass.embedPatches();
      probe.after("patch_embed", pass);
      for (int layer = 0; layer < config.layerCount(); layer++) {
        pass.normQkvRotary(layer);
        if (config.isVariateLayer(layer)) {
          pass.attendVariates(layer);
        } else {
          pass.attendTime(layer);
        }
        pass.projectResidual(layer);
        pass.normSwiGlu(layer);
        pass.outputResidual(layer);
        probe.after("layer." + layer, pass);
      }
      return pass.head();
    }
  }

  /** Sees the activations between the steps of a forward pass. */
  interface Probe {
    Probe NONE = (stage, pass) -> {};

    void after(String stage, Pass pass);
  }

  private List<SeriesWindow> windows(List<SeriesInput> series, int decodeBlockSize) {
    List<SeriesWindow> windows = new ArrayList<>();
    for (SeriesInput input : series) {
      Decoding decoding = new Decoding(input, config.patchSize(), decodeBlockSize);
      decoding.begin();
      windows.add(decoding.window(0, -1));
    }
    return windows;
  }

  /** Runs one batch block by block; a series takes part until its horizon is reached. */
  private List<double[][]> decode(int[] indices, List<SeriesInput> series, DecodeOptions options) {
    List<Decoding> batch = new ArrayList<>(indices.length);
    for (int index : indices) {
      Decoding decoding =
          new Decoding(series.get(index), config.patchSize(), options.decodeBlockSize());
      decoding.begin();
      batch.add(decoding);
    }
    boolean blocks = batch.stream().anyMatch(decoding -> decoding.blockCount() > 1);
    try (KvCache cache = blocks ? weights.newCache(rowCapacities(batch)) : null) {
      List<Decoding> active = batch;
      for (int block = 0; !active.isEmpty(); block++) {
        runBlock(active, block, batch, cache, options);
        int done = block + 1;
        active = active.stream().filter(decoding -> decoding.blockCount() > done).toList();
      }
    }
    return batch.stream().map(decoding -> decoding.quantiles).toList();
  }

  private void runBlock(
      List<Decoding> active,
      int block,
      List<Decoding> batch,
      KvCache cache,
      DecodeOptions options) {
    List<SeriesWindow> windows = new ArrayList<>();
    for (Decoding decoding : active) {
      windows.add(decoding.window(block, cache == null ? -1 : cacheRow(batch, decoding)));
    }
    double[] quantiles = forward(planner.plan(windows, options), cache, Probe.NONE);
    int offset = 0;
    for (int i = 0; i < windows.size(); i++) {
      SeriesWindow window = windows.get(i);
      Decoding decoding = active.get(i);
      decoding.accept(window, quantiles, offset);
      offset +=
          window.targetCount()
              * (window.patchCount() - window.knownPatches())
              * config.patchSize()
              * ModelConfig.LEVEL_COUNT;
      for (int v = 0; cache != null && v < window.variateCount(); v++) {
        cache.rewind(window.cacheRow() + v, window.knownTokens(v, config.patchSize()));
      }
    }
  }

  private static int cacheRow(List<Decoding> batch, Decoding wanted) {
    int row = 0;
    for (Decoding decoding : batch) {
      if (decoding == wanted) {
        return row;
      }
      row += decoding.input.values().length;
    }
    throw new AssertionError("a series of another batch");
  }

  private static int[] rowCapacities(List<Decoding> batch) {
    return batch.stream()
        .flatMapToInt(
            decoding -> {
              int[] capacities = new int[decoding.input.values().length];
              Arrays.fill(capacities, decoding.patchCount());
              return Arrays.stream(capacities);
            })
        .toArray();
  }

  private void checkBlockSize(int decodeBlockSize) {
    if (decodeBlockSize % config.patchSize() != 0) {
      throw new IllegalArgumentException(
          "decodeBlockSize must be a multiple of the patch size "
              + config.patchSize()
              + ", got "
              + decodeBlockSize);
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /** One series on its way through its blocks: the context, then medians as they come. */
  private static final class Decoding {
    final SeriesInput input;
    double[][] quantiles;
    private final int patchSize;
    private final int blockPatches;
    private final int contextPatches;
    private final int horizonPatches;
    private double[][] values;
    private boolean[][] observed;

    Decoding(SeriesInput input, int patchSize, int decodeBlockSize) {
      this.input = input;
      this.patchSize = patchSize;
      this.contextPatches = ceilDiv(input.contextLength(), patchSize);
      this.horizonPatches = ceilDiv(input.horizon(), patchSize);
      this.blockPatches =
          decodeBlockSize == 0
              ? horizonPatches
              : Math.min(horizonPatches, decodeBlockSize / patchSize);
      if (patchCount() > ModelConfig.MAX_PATCHES) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "context and horizon must fit into %d steps together, got %d and %d",
                ModelConfig.MAX_PATCHES * patchSize,
                input.contextLength(),
                input.horizon()));
      }
    }

    /** Makes room, and copies the context into it. */
    void begin() {
      int variates = input.values().length;
      this.quantiles = new double[input.targetCount()][input.horizon() * ModelConfig.LEVEL_COUNT];
      this.values = new double[variates][patchCount() * patchSize];
      this.observed = new boolean[variates][patchCount() * patchSize];
      // Whole patches end where the context ends: what is missing is padded on the left.
      int padding = contextPatches * patchSize - input.contextLength();
      for (int v = 0; v < variates; v++) {
        int length = input.values()[v].length;
        System.arraycopy(input.values()[v], 0, values[v], padding, length);
        System.arraycopy(input.observed()[v], 0, observed[v], padding, length);
      }
    }

    int patchCount() {
      return contextPatches + horizonPatches;
    }

    int blockCount() {
      return ceilDiv(horizonPatches, blockPatches);
    }

    long tokenCount() {
      return (long) input.values().length * (contextPatches + blockPatches);
    }

    /** What pass number {@code block} sees: the context or the block before, and the next block. */
    SeriesWindow window(int block, int cacheRow) {
      int knownPatches = contextPatches + block * blockPatches;
      return new SeriesWindow(
          values,
          observed,
          input.groupIds(),
          input.targetCount(),
          contextPatches,
          block == 0 ? 0 : knownPatches - blockPatches,
          knownPatches,
          Math.min(patchCount(), knownPatches + blockPatches),
          cacheRow);
    }

    /** Takes over the quantiles of a block and feeds their medians back as observed values. */
    void accept(SeriesWindow window, double[] blockQuantiles, int offset) {
      int firstStep = (window.knownPatches() - contextPatches) * patchSize;
      int steps = (window.patchCount() - window.knownPatches()) * patchSize;
      for (int target = 0; target < window.targetCount(); target++) {
        int from = offset + target * steps * ModelConfig.LEVEL_COUNT;
        int kept = Math.min(steps, input.horizon() - firstStep);
        System.arraycopy(
            blockQuantiles,
            from,
            quantiles[target],
            firstStep * ModelConfig.LEVEL_COUNT,
            kept * ModelConfig.LEVEL_COUNT);
        int start = window.knownPatches() * patchSize;
        for (int t = 0; t < steps; t++) {
          values[target][start + t] = blockQuantiles[from + t * ModelConfig.LEVEL_COUNT + MEDIAN];
          observed[target][start + t] = true;
        }
      }
    }

    private static int ceilDiv(int a, int b) {
      return (a + b - 1) / b;
    }
  }
}
