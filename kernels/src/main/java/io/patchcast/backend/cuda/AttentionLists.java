package io.patchcast.backend.cuda;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.LayerPlan.TimeSegments;
import io.patchcast.backend.LayerPlan.VariateGroups;
import java.util.Arrays;

/**
 * One layer's attention as the kernel takes it: queries in an order, each with the range of a list
 * of keys that it sees, cut into tiles.
 *
 * <p>Queries that see the same keys follow each other, so that a tile of {@link #TILE_QUERIES} of
 * them reads each key once. Short runs share a tile while their keys fit one step of the kernel.
 */
final class AttentionLists {
  /** Queries of one block. */
  static final int TILE_QUERIES = 64;

  /** [N] where the keys and values of each input go: ≥ 0 in the cache, ~n in the workspace. */
  final int[] slots;

  /** [M] outputs, in the order of attention. */
  final int[] queryRows;

  /** [M, 2] first and end key of each. */
  final int[] ranges;

  /** [keys] slots, in the order of attention. */
  final int[] keySlots;

  /** [tiles, 4] first and end query, first and end key. */
  final int[] tiles;

  /** [segments, 2] rows of the cache, and how many tokens each of them gets; empty without one. */
  final int[] appended;

  private AttentionLists(
      int[] slots, int[] queryRows, int[] ranges, int[] keySlots, int[] tiles, int[] appended) {
    this.slots = slots;
    this.queryRows = queryRows;
    this.ranges = ranges;
    this.keySlots = keySlots;
    this.tiles = tiles;
    this.appended = appended;
  }

  int tileCount() {
    return tiles.length / 4;
  }

  /** The lists of layer {@code layer}; a step of the kernel takes {@code stepKeys} keys. */
  static AttentionLists of(LayerPlan plan, int layer, CudaKvCache cache, int stepKeys) {
    int[] slots = new int[plan.inputCount()];
    Arrays.setAll(slots, n -> ~n);
    if (plan.valueOnly()) {
      int[] none = new int[0];
      return new AttentionLists(slots, none, none, none, none, none);
    }
    return plan.time() != null
        ? overTime(plan, layer, cache, stepKeys, slots)
        : overVariates(plan, stepKeys, slots);
  }

  private static AttentionLists overTime(
      LayerPlan plan, int layer, CudaKvCache cache, int stepKeys, int[] slots) {
    TimeSegments segments = plan.time();
    int[] appended = new int[cache == null ? 0 : 2 * segments.count()];
    int keyCount = 0;
    for (int s = 0; s < segments.count(); s++) {
      boolean kept = cache != null && segments.rows()[s] >= 0;
      int held = kept ? cache.count(layer, segments.rows()[s]) : 0;
      keyCount = Math.addExact(keyCount, held + segments.keyCounts()[s]);
    }
    int[] keySlots = new int[keyCount];
    int[] queryRows = new int[plan.outputCount()];
    int[] ranges = new int[2 * plan.outputCount()];
    Tiles tiles = new Tiles(stepKeys, ranges);
    int key = 0;
    int query = 0;
    for (int s = 0; s < segments.count(); s++) {
      int row = segments.rows()[s];
      int keyStart = segments.keyStarts()[s];
      int firstKey = key;
      int firstQuery = query;
      int held = 0;
      if (cache != null) {
        appended[2 * s] = row;
        appended[2 * s + 1] = row >= 0 ? segments.keyCounts()[s] : 0;
      }
      if (cache != null && row >= 0) {
        held = cache.count(layer, row);
        int start = cache.start(row, held + segments.keyCounts()[s]);
        for (int i = 0; i < held; i++) {
          keySlots[key++] = start + i;
        }
        for (int i = 0; i < segments.keyCounts()[s]; i++) {
          slots[keyStart + i] = start + held + i;
        }
      }
      for (int i = 0; i < segments.keyCounts()[s]; i++) {
        keySlots[key++] = slots[keyStart + i];
      }
      for (int i = 0; i < segments.queryCounts()[s]; i++, query++) {
        int output = segments.queryStarts()[s] + i;
        queryRows[query] = output;
        ranges[2 * query] = firstKey;
        ranges[2 * query + 1] = firstKey + held + plan.queries()[output] - keyStart + 1;
      }
      tiles.add(firstQuery, query, firstKey, key);
    }
    return new AttentionLists(
        slots, Arrays.copyOf(queryRows, query), ranges, keySlots, tiles.cut(), appended);
  }

  private static AttentionLists overVariates(LayerPlan plan, int stepKeys, int[] slots) {
    VariateGroups groups = plan.variates();
    int[] keySlots = new int[groups.keys().length];
    Arrays.setAll(keySlots, k -> ~groups.keys()[k]);
    int[] ranges = new int[2 * groups.queries().length];
    Tiles tiles = new Tiles(stepKeys, ranges);
    for (int g = 0; g < groups.count(); g++) {
      int firstKey = groups.keyOffsets()[g];
      int endKey = groups.keyOffsets()[g + 1];
      for (int i = groups.queryOffsets()[g]; i < groups.queryOffsets()[g + 1]; i++) {
        ranges[2 * i] = firstKey;
        ranges[2 * i + 1] = endKey;
      }
      tiles.add(groups.queryOffsets()[g], groups.queryOffsets()[g + 1], firstKey, endKey);
    }
    return new AttentionLists(slots, groups.queries(), ranges, keySlots, tiles.cut(), new int[0]);
  }

  /** Whether another layer has the same lists. */
  boolean equalTo(AttentionLists other) {
    return Arrays.equals(slots, other.slots)
        && Arrays.equals(queryRows, other.queryRows)
        && Arrays.equals(ranges, other.ranges)
        && Arrays.equals(keySlots, other.keySlots)
        && Arrays.equals(tiles, other.tiles);
  }

  /** Cuts runs of queries into tiles, or joins them to one. */
  private static final class Tiles {
    private final int stepKeys;
    private final int[] ranges;
    private int[] tiles = new int[64];
    private int size;
    private int firstQuery;
    private int endQuery;
    private int firstKey;
    private int endKey;

    Tiles(int stepKeys, int[] ranges) {
      this.stepKeys = stepKeys;
      this.ranges = ranges;
    }

    void add(int runFirstQuery, int runEndQuery, int runFirstKey, int runEndKey) {
      boolean joins =
          endQuery > firstQuery
              && runEndQuery - firstQuery <= TILE_QUERIES
              && runEndKey - firstKey <= stepKeys;
      if (joins) {
        endQuery = runEndQuery;
        endKey = runEndKey;
        return;
      }
      flush();
      for (int q = runFirstQuery; q < runEndQuery; q += TILE_QUERIES) {
        flush();
        firstQuery = q;
        endQuery = Math.min(runEndQuery, q + TILE_QUERIES);
        firstKey = runFirstKey;
        endKey = runFirstKey;
        for (int i = firstQuery; i < endQuery; i++) {
          endKey = Math.max(endKey, ranges[2 * i + 1]);
        }
      }
    }

    private void flush() {
      if (endQuery > firstQuery) {
        if (size + 4 > tiles.length) {
          tiles = Arrays.copyOf(tiles, 2 * tiles.length);
        }
        tiles[size++] = firstQuery;
        tiles[size++] = endQuery;
        tiles[size++] = firstKey;
        tiles[size++] = endKey;
      }
      endQuery = firstQuery;
    }

    int[] cut() {
      flush();
      return Arrays.copyOf(tiles, size);
    }
  }
}
