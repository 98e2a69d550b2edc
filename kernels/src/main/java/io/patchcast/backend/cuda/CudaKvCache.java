package io.patchcast.backend.cuda;

import io.patchcast.backend.KvCache;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.cuda.driver.DeviceBuffer;

/**
 * Keys and values of the time layers in device memory: [time layer, keys or values, token, G, d].
 * Rows have their places from the start; how full they are is known to the host alone, so that a
 * rewind moves nothing.
 */
final class CudaKvCache implements KvCache {
  private final DeviceModel model;
  private final DeviceBuffer buffer;

  /** [B + 1] first token of each row. */
  private final int[] starts;

  /** [layer][row] tokens held. */
  private final int[][] counts;

  CudaKvCache(DeviceModel model, int[] rowCapacity) {
    this.model = model;
    this.starts = new int[rowCapacity.length + 1];
    for (int row = 0; row < rowCapacity.length; row++) {
      starts[row + 1] = Math.addExact(starts[row], rowCapacity[row]);
    }
    ModelWeights weights = model.weights();
    long timeLayers = weights.layers().stream().filter(ModelWeights.Layer::rotary).count();
    long width = (long) weights.shape().groupCount() * weights.shape().queryDim();
    long bytes = 2 * timeLayers * tokenCapacity() * width * model.storage().bytes();
    this.buffer = model.allocate(Math.max(1, bytes), "the KV cache");
    this.counts = new int[weights.layers().size()][rowCapacity.length];
  }

  DeviceModel model() {
    return model;
  }

  long address() {
    return buffer.address();
  }

  /** Tokens that all rows together have room for. */
  int tokenCapacity() {
    return starts[starts.length - 1];
  }

  /** Tokens held for a row. */
  int count(int layer, int row) {
    return counts[layer][row];
  }

  /** Place of a row's first token, if it has room for {@code needed}. */
  int start(int row, int needed) {
    if (starts[row] + needed > starts[row + 1]) {
      throw new IllegalArgumentException(
          "expected at most "
              + (starts[row + 1] - starts[row])
              + " cached tokens in row "
              + row
              + ", got "
              + needed);
    }
    return starts[row];
  }

  /** Takes over what a layer has left in the rows. */
  void append(int layer, int[] rowsAndCounts) {
    for (int i = 0; i < rowsAndCounts.length; i += 2) {
      if (rowsAndCounts[i] >= 0) {
        counts[layer][rowsAndCounts[i]] += rowsAndCounts[i + 1];
      }
    }
  }

  @Override
  public void rewind(int row, int tokens) {
    for (int[] layerCounts : counts) {
      layerCounts[row] = Math.min(layerCounts[row], tokens);
    }
  }

  DeviceBuffer buffer() {
    return buffer;
  }

  @Override
  public void close() {
    buffer.close();
  }
}
