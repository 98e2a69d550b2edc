package io.patchcast.model;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.LayerPlan.TimeSegments;
import io.patchcast.backend.LayerPlan.VariateGroups;
import io.patchcast.backend.PassPlan;
import io.patchcast.weights.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Decides which tokens a pass has, who sees whom, and which tokens each layer still needs.
 *
 * <p>There are no masks. Masks of the model say "same variate, not later, same id" and "same
 * position, same id"; ids are constant along a row but for the patches without observations. So a
 * row is one causal run of its observed tokens (and, unless they are left out, a second run of the
 * unobserved ones), and a variate group is a list of tokens.
 */
final class PassPlanner {
  /** Marks patches without observations among the groups of a series. */
  private static final int UNOBSERVED = 0;

  private final ModelConfig config;
  private final Set<Saving> savings;

  PassPlanner(ModelConfig config, Set<Saving> savings) {
    this.config = config;
    this.savings = savings;
  }

  /** The plan of one pass over {@code windows}. */
  PassPlan plan(List<SeriesWindow> windows, DecodeOptions options) {
    Tokens tokens = new Tokens(windows);
    int rowCount = tokens.rowCount;
    int[] rowPatchStarts = new int[rowCount + 1];
    int[] contextPatchCounts = new int[rowCount];
    int[] cacheRows = new int[rowCount];
    int row = 0;
    for (SeriesWindow window : windows) {
      for (int v = 0; v < window.variateCount(); v++, row++) {
        rowPatchStarts[row + 1] = Math.addExact(rowPatchStarts[row], window.patchCount());
        contextPatchCounts[row] = window.contextPatches();
        cacheRows[row] = window.cacheRow() < 0 ? -1 : window.cacheRow() + v;
      }
    }
    int stepCount = Math.multiplyExact(rowPatchStarts[rowCount], config.patchSize());
    double[] values = new double[stepCount];
    boolean[] observed = new boolean[stepCount];
    row = 0;
    for (SeriesWindow window : windows) {
      int steps = window.patchCount() * config.patchSize();
      for (int v = 0; v < window.variateCount(); v++, row++) {
        int start = rowPatchStarts[row] * config.patchSize();
        System.arraycopy(window.values()[v], 0, values, start, steps);
        System.arraycopy(window.observed()[v], 0, observed, start, steps);
      }
    }

    boolean[][] inputs = new boolean[config.layerCount()][];
    boolean[][] queries = new boolean[config.layerCount()][];
    boolean[] needed = tokens.outputs();
    for (int layer = config.layerCount() - 1; layer >= 0; layer--) {
      queries[layer] = needed;
      needed = config.isVariateLayer(layer) ? tokens.groupsOf(needed) : tokens.pastOf(needed);
      inputs[layer] = needed;
    }
    LayerPlan[] layers = new LayerPlan[config.layerCount()];
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer] =
          tokens.layer(config.isVariateLayer(layer), inputs[layer], queries[layer], cacheRows);
    }

    int[] lastRank = tokens.ranks(queries[config.layerCount() - 1]);
    int[] outputs = tokens.select(tokens.isOutput);
    int[] outputPatches = new int[outputs.length];
    int[] outputRows = new int[outputs.length];
    for (int i = 0; i < outputs.length; i++) {
      int token = outputs[i];
      outputRows[i] = tokens.row[token];
      outputPatches[i] = rowPatchStarts[outputRows[i]] + tokens.position[token] + 1;
      outputs[i] = lastRank[token];
    }
    int[] first = tokens.select(inputs[0]);
    int[] tokenPatches = new int[first.length];
    for (int i = 0; i < first.length; i++) {
      tokenPatches[i] = rowPatchStarts[tokens.row[first[i]]] + tokens.position[first[i]];
    }
    return new PassPlan(
        config.patchSize(),
        rowPatchStarts,
        contextPatchCounts,
        cacheRows,
        values,
        observed,
        tokenPatches,
        List.of(layers),
        outputs,
        outputPatches,
        outputRows,
        options.scaleFallbackObservations(),
        options.outputCap());
  }

  /** All candidate tokens of a batch: row by row; in a row the observed ones, then the others. */
  private final class Tokens {
    final int rowCount;
    final int count;
    final int[] row;
    final int[] position;
    final int[] decayPosition;
    final boolean[] isOutput;

    /** Bounds of the causal runs, and the row of each. */
    private final int[] runStart;

    private final int[] runRow;
    private final int runCount;

    /** Tokens by series, position and id: bounds, and the tokens. */
    private final int[] groupOffsets;

    private final int[] groupTokens;

    Tokens(List<SeriesWindow> windows) {
      int rows = 0;
      int capacity = 0;
      for (SeriesWindow window : windows) {
        rows += window.variateCount();
        capacity += window.variateCount() * (window.patchCount() - window.firstPatch());
      }
      rowCount = rows;
      row = new int[capacity];
      position = new int[capacity];
      decayPosition = new int[capacity];
      isOutput = new boolean[capacity];
      runStart = new int[2 * rows + 1];
      runRow = new int[2 * rows];
      groupOffsets = new int[capacity + 1];
      groupTokens = new int[capacity];

      boolean skipLast = savings.contains(Saving.LAST_HORIZON_PATCH);
      int token = 0;
      int run = 0;
      int group = 0;
      int rowBase = 0;
      for (SeriesWindow window : windows) {
        int variates = window.variateCount();
        int end = window.patchCount() - (skipLast ? 1 : 0);
        int length = end - window.firstPatch();
        int[] ids = new int[variates * length];
        int[] tokenOf = new int[variates * length];
        Arrays.fill(tokenOf, -1);
        int[] denseIds = denseIds(window.groupIds());
        int centre = window.patchCount() / 2;
        for (int v = 0; v < variates; v++) {
          for (int p = 0; p < length; p++) {
            ids[v * length + p] =
                window.isUnobserved(v, window.firstPatch() + p, config.patchSize())
                    ? UNOBSERVED
                    : denseIds[v];
          }
          for (int round = 0; round < 2; round++) {
            boolean unobserved = round == 1;
            if (unobserved && savings.contains(Saving.UNOBSERVED_PATCHES)) {
              continue;
            }
            int start = token;
            for (int p = 0; p < length; p++) {
              if ((ids[v * length + p] == UNOBSERVED) != unobserved) {
                continue;
              }
              int patch = window.firstPatch() + p;
              tokenOf[v * length + p] = token;
              row[token] = rowBase + v;
              position[token] = patch;
              decayPosition[token] = patch - centre;
              isOutput[token] =
                  v < window.targetCount()
                      && patch >= window.knownPatches() - 1
                      && patch < window.patchCount() - 1;
              token++;
            }
            if (token > start) {
              runRow[run] = rowBase + v;
              runStart[run++] = start;
              runStart[run] = token;
            }
          }
        }
        group = addGroups(variates, length, ids, tokenOf, group);
        rowBase += variates;
      }
      count = token;
      runCount = run;
      groupCount = group;
    }

    private final int groupCount;

    /** Tokens of one series: for each position, one group per id. */
    private int addGroups(int variates, int length, int[] ids, int[] tokenOf, int group) {
      boolean[] done = new boolean[variates];
      for (int p = 0; p < length; p++) {
        Arrays.fill(done, false);
        for (int v = 0; v < variates; v++) {
          if (done[v] || tokenOf[v * length + p] < 0) {
            continue;
          }
          int end = groupOffsets[group];
          for (int w = v; w < variates; w++) {
            if (ids[w * length + p] == ids[v * length + p] && tokenOf[w * length + p] >= 0) {
              groupTokens[end++] = tokenOf[w * length + p];
              done[w] = true;
            }
          }
          groupOffsets[++group] = end;
        }
      }
      return group;
    }

    /** Group ids as 1, 2, 3 … in the order of their first appearance. */
    private int[] denseIds(long[] groupIds) {
      int[] dense = new int[groupIds.length];
      int next = UNOBSERVED + 1;
      for (int v = 0; v < dense.length; v++) {
        for (int w = 0; w < v && dense[v] == 0; w++) {
          dense[v] = groupIds[w] == groupIds[v] ? dense[w] : 0;
        }
        if (dense[v] == 0) {
          dense[v] = next++;
        }
      }
      return dense;
    }

    /** Tokens that the last layer must leave behind. */
    boolean[] outputs() {
      return savings.contains(Saving.NARROW_LATE_LAYERS) ? isOutput : every();
    }

    /** Tokens that time attention of {@code queries} reads: each run up to its last query. */
    boolean[] pastOf(boolean[] queries) {
      if (!savings.contains(Saving.NARROW_LATE_LAYERS)) {
        return queries;
      }
      boolean[] past = new boolean[count];
      for (int run = 0; run < runCount; run++) {
        int end = runStart[run + 1];
        while (end > runStart[run] && !queries[end - 1]) {
          end--;
        }
        Arrays.fill(past, runStart[run], end, true);
      }
      return past;
    }

    /** Tokens that variate attention of {@code queries} reads: their groups. */
    boolean[] groupsOf(boolean[] queries) {
      if (!savings.contains(Saving.NARROW_LATE_LAYERS)) {
        return queries;
      }
      boolean[] read = new boolean[count];
      for (int group = 0; group < groupCount; group++) {
        boolean any = false;
        for (int i = groupOffsets[group]; i < groupOffsets[group + 1]; i++) {
          any |= queries[groupTokens[i]];
        }
        for (int i = groupOffsets[group]; any && i < groupOffsets[group + 1]; i++) {
          read[groupTokens[i]] = true;
        }
      }
      return read;
    }

    private boolean[] every() {
      boolean[] all = new boolean[count];
      Arrays.fill(all, true);
      return all;
    }

    /** The tokens that are marked, ascending. */
    int[] select(boolean[] marked) {
      int[] selected = new int[count];
      int size = 0;
      for (int token = 0; token < count; token++) {
        if (marked[token]) {
          selected[size++] = token;
        }
      }
      return Arrays.copyOf(selected, size);
    }

    /** For each token, how many marked ones come before it. */
    int[] ranks(boolean[] marked) {
      int[] ranks = new int[count + 1];
      for (int token = 0; token < count; token++) {
        ranks[token + 1] = ranks[token] + (marked[token] ? 1 : 0);
      }
      return ranks;
    }

    LayerPlan layer(boolean variate, boolean[] inputs, boolean[] queries, int[] cacheRows) {
      int[] inputTokens = select(inputs);
      int[] inputRank = ranks(inputs);
      int[] queryRank = ranks(queries);
      int[] queryInputs = select(queries);
      for (int i = 0; i < queryInputs.length; i++) {
        queryInputs[i] = inputRank[queryInputs[i]];
      }
      int[] positions = new int[inputTokens.length];
      int[] decayPositions = new int[inputTokens.length];
      for (int i = 0; i < inputTokens.length; i++) {
        positions[i] = position[inputTokens[i]];
        decayPositions[i] = decayPosition[inputTokens[i]];
      }
      VariateGroups groups = variate ? groups(inputs, queries, inputRank, queryRank) : null;
      return new LayerPlan(
          inputTokens.length,
          queryInputs,
          positions,
          decayPositions,
          variate ? null : segments(inputRank, queryRank, cacheRows),
          groups,
          variate && savings.contains(Saving.LONE_VARIATES) && groups.lone());
    }

    private TimeSegments segments(int[] inputRank, int[] queryRank, int[] cacheRows) {
      int[] rows = new int[runCount];
      int[] keyStarts = new int[runCount];
      int[] keyCounts = new int[runCount];
      int[] queryStarts = new int[runCount];
      int[] queryCounts = new int[runCount];
      int size = 0;
      for (int run = 0; run < runCount; run++) {
        int start = runStart[run];
        int end = runStart[run + 1];
        if (queryRank[end] == queryRank[start]) {
          continue;
        }
        boolean second = run > 0 && runRow[run - 1] == runRow[run];
        rows[size] = second ? -1 : cacheRows[runRow[run]];
        keyStarts[size] = inputRank[start];
        keyCounts[size] = inputRank[end] - inputRank[start];
        queryStarts[size] = queryRank[start];
        queryCounts[size] = queryRank[end] - queryRank[start];
        size++;
      }
      return new TimeSegments(
          Arrays.copyOf(rows, size),
          Arrays.copyOf(keyStarts, size),
          Arrays.copyOf(keyCounts, size),
          Arrays.copyOf(queryStarts, size),
          Arrays.copyOf(queryCounts, size));
    }

    private VariateGroups groups(
        boolean[] inputs, boolean[] queries, int[] inputRank, int[] queryRank) {
      int[] keyOffsets = new int[groupCount + 1];
      int[] keys = new int[count];
      int[] queryOffsets = new int[groupCount + 1];
      int[] queryOutputs = new int[count];
      int size = 0;
      for (int group = 0; group < groupCount; group++) {
        int keyEnd = keyOffsets[size];
        int queryEnd = queryOffsets[size];
        for (int i = groupOffsets[group]; i < groupOffsets[group + 1]; i++) {
          int token = groupTokens[i];
          if (inputs[token]) {
            keys[keyEnd++] = inputRank[token];
          }
          if (queries[token]) {
            queryOutputs[queryEnd++] = queryRank[token];
          }
        }
        if (queryEnd > queryOffsets[size]) {
          size++;
          keyOffsets[size] = keyEnd;
          queryOffsets[size] = queryEnd;
        }
      }
      return new VariateGroups(
          Arrays.copyOf(keyOffsets, size + 1),
          Arrays.copyOf(keys, keyOffsets[size]),
          Arrays.copyOf(queryOffsets, size + 1),
          Arrays.copyOf(queryOutputs, queryOffsets[size]));
    }
  }
}
