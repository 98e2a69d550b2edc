package io.patchcast.backend.cuda;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.PassPlan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The plan of a pass as it lies in device memory; {@code plan.cuh} reads it. One array of ints: a
 * header, a header per layer, then all arrays, each at a multiple of 16 bytes.
 */
final class PlanImage {
  private static final int HEADER = 24;
  private static final int LAYER_HEADER = 12;

  private final PassPlan plan;
  private final CudaKvCache cache;
  private final List<AttentionLists> lists = new ArrayList<>();
  private final List<int[]> arrays = new ArrayList<>();
  private final List<Integer> offsets = new ArrayList<>();
  private final int[] headers;
  private final int valuesOffset;
  private final int observedOffset;
  private int end;

  /**
   * Lays out a plan.
   *
   * @param stepKeys keys that the attention kernel takes at once
   */
  PlanImage(PassPlan plan, CudaKvCache cache, int stepKeys) {
    this.plan = plan;
    this.cache = cache;
    int layerCount = plan.layers().size();
    end = HEADER + LAYER_HEADER * layerCount;
    headers = new int[end];
    int[] patchTokens = new int[plan.patchCount()];
    Arrays.fill(patchTokens, -1);
    for (int token = 0; token < plan.tokenCount(); token++) {
      patchTokens[plan.tokenPatches()[token]] = token;
    }
    valuesOffset = reserve(Math.multiplyExact(2, plan.values().length));
    observedOffset = reserve((plan.observed().length + 3) / 4);
    int[] header = {
      plan.rowCount(),
      plan.patchCount(),
      plan.tokenCount(),
      plan.outputs().length,
      plan.scaleFallbackObservations(),
      place(plan.rowPatchStarts()),
      place(plan.contextPatchCounts()),
      place(patchTokens),
      valuesOffset,
      observedOffset,
      place(plan.outputs()),
      place(plan.outputPatches()),
      place(plan.outputRows()),
      cache == null ? 0 : cache.tokenCapacity()
    };
    System.arraycopy(header, 0, headers, 0, header.length);
    putLong(14, cache == null ? 0 : cache.address());
    putLong(16, Double.doubleToRawLongBits(plan.outputCap()));
    int previous = -1;
    int cacheLayer = 0;
    for (int layer = 0; layer < layerCount; layer++) {
      LayerPlan tokens = plan.layers().get(layer);
      AttentionLists attention = AttentionLists.of(tokens, layer, cache, stepKeys);
      lists.add(attention);
      int at = HEADER + LAYER_HEADER * layer;
      if (previous >= 0 && same(previous, layer)) {
        System.arraycopy(headers, HEADER + LAYER_HEADER * previous, headers, at, LAYER_HEADER);
      } else {
        int[] layerHeader = {
          tokens.inputCount(),
          tokens.outputCount(),
          attention.tileCount(),
          place(tokens.queries()),
          place(tokens.positions()),
          place(tokens.decayPositions()),
          place(attention.slots),
          place(attention.queryRows),
          place(attention.ranges),
          place(attention.keySlots),
          place(attention.tiles)
        };
        System.arraycopy(layerHeader, 0, headers, at, layerHeader.length);
        previous = layer;
      }
      headers[at + LAYER_HEADER - 1] = cacheLayer;
      cacheLayer += tokens.time() != null ? 1 : 0;
    }
  }

  /** Most layers do the same: their arrays are uploaded once. */
  private boolean same(int a, int b) {
    LayerPlan one = plan.layers().get(a);
    LayerPlan other = plan.layers().get(b);
    return one.inputCount() == other.inputCount()
        && Arrays.equals(one.queries(), other.queries())
        && Arrays.equals(one.positions(), other.positions())
        && Arrays.equals(one.decayPositions(), other.decayPositions())
        && lists.get(a).equalTo(lists.get(b));
  }

  private int reserve(int ints) {
    int at = (end + 3) / 4 * 4;
    end = Math.addExact(at, ints);
    return at;
  }

  private int place(int[] array) {
    int at = reserve(array.length);
    arrays.add(array);
    offsets.add(at);
    return at;
  }

  private void putLong(int at, long value) {
    headers[at] = (int) value;
    headers[at + 1] = (int) (value >>> 32);
  }

  /** The attention of a layer. */
  AttentionLists lists(int layer) {
    return lists.get(layer);
  }

  /** Most tiles of any layer. */
  int largestTileCount() {
    return lists.stream().mapToInt(AttentionLists::tileCount).max().orElse(0);
  }

  /** Its size. */
  int bytes() {
    return Math.multiplyExact(end, Integer.BYTES);
  }

  /** Writes it to the start of a buffer in native (little-endian) order. */
  void write(ByteBuffer target) {
    target.asIntBuffer().put(headers);
    for (int i = 0; i < arrays.size(); i++) {
      target
          .position(offsets.get(i) * Integer.BYTES)
          .slice()
          .order(target.order())
          .asIntBuffer()
          .put(arrays.get(i));
    }
    target.position(valuesOffset * Integer.BYTES);
    target.slice().order(target.order()).asDoubleBuffer().put(plan.values());
    int at = observedOffset * Integer.BYTES;
    for (boolean observed : plan.observed()) {
      target.put(at++, (byte) (observed ? 1 : 0));
    }
  }

  CudaKvCache cache() {
    return cache;
  }
}
