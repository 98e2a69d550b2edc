package io.patchcast.backend.cuda;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.ModelWeights.Shape;
import io.patchcast.backend.cuda.driver.CudaException;
import io.patchcast.backend.cuda.driver.Device;
import io.patchcast.backend.cuda.driver.DeviceBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** A model on one device: kernels, packed weights, and workspaces that wait for a pass. */
final class DeviceModel implements AutoCloseable {
  /** Workspaces kept for the next pass of their bucket; the one unused for longest goes first. */
  private static final int IDLE_LIMIT = 8;

  private final Device device;
  private final ModelWeights weights;
  private final Storage storage;
  private final MemoryPlan memory;
  private final Launching launching;
  private final List<DeviceBuffer> buffers = Collections.synchronizedList(new ArrayList<>());
  private final Deque<Workspace> idle = new ArrayDeque<>();
  private final KernelSet kernels;
  private final PackedWeights packed;

  DeviceModel(
      Device device,
      ModelWeights weights,
      Storage storage,
      MemoryPlan memory,
      Launching launching) {
    this.launching = launching;
    this.device = device;
    this.weights = weights;
    this.storage = storage;
    this.memory = memory;
    this.kernels = KernelSet.load(device, weights.shape(), storage);
    try {
      this.packed = new PackedWeights(weights, this);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  Device device() {
    return device;
  }

  ModelWeights weights() {
    return weights;
  }

  Shape shape() {
    return weights.shape();
  }

  Storage storage() {
    return storage;
  }

  Launching launching() {
    return launching;
  }

  KernelSet kernels() {
    return kernels;
  }

  PackedWeights packed() {
    return packed;
  }

  /** Memory that lives as long as the model, or until it is closed. */
  DeviceBuffer allocate(long bytes, String what) {
    try {
      DeviceBuffer buffer = device.allocate(bytes, what);
      buffers.add(buffer);
      return buffer;
    } catch (CudaException e) {
      throw explained(e);
    }
  }

  /** A workspace for one pass; a new one where none of the bucket is idle. */
  Workspace borrow(Bucket bucket) {
    synchronized (idle) {
      for (Iterator<Workspace> all = idle.iterator(); all.hasNext(); ) {
        Workspace workspace = all.next();
        if (workspace.bucket().equals(bucket)) {
          all.remove();
          return workspace;
        }
      }
    }
    try {
      return new Workspace(this, bucket);
    } catch (CudaException e) {
      if (!e.outOfMemory()) {
        throw e;
      }
    }
    // Those of other buckets make room.
    closeIdle(0);
    try {
      return new Workspace(this, bucket);
    } catch (CudaException e) {
      throw explained(e);
    }
  }

  void giveBack(Workspace workspace) {
    synchronized (idle) {
      idle.addFirst(workspace);
    }
    closeIdle(IDLE_LIMIT);
  }

  private void closeIdle(int left) {
    synchronized (idle) {
      while (idle.size() > left) {
        idle.removeLast().close();
      }
    }
  }

  private CudaException explained(CudaException e) {
    return e.outOfMemory()
        ? e.withDetail(memory + ", free " + (device.freeBytes() >> 20) + " MiB")
        : e;
  }

  @Override
  public void close() {
    closeIdle(0);
    synchronized (buffers) {
      buffers.forEach(DeviceBuffer::close);
      buffers.clear();
    }
  }
}
