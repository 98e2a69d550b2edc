package io.patchcast.backend.cuda;

import io.patchcast.backend.KvCache;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import io.patchcast.backend.cuda.driver.Device;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A model on all devices of the backend. Each device has a copy of the weights and a few threads
 * that take passes from one queue: a fast device takes more of them.
 */
final class CudaModel implements LoadedModel {
  private static final Logger LOGGER = System.getLogger(CudaModel.class.getName());

  /** Passes at the same time on one device: one computes while the other copies. */
  private static final int STREAMS = 2;

  private final List<DeviceModel> devices;
  private final int tokenBudget;
  private final List<ExecutorService> workers = new ArrayList<>();

  private CudaModel(List<DeviceModel> devices, int tokenBudget) {
    this.devices = devices;
    this.tokenBudget = tokenBudget;
  }

  static CudaModel load(
      ModelWeights weights,
      Precision precision,
      List<Device> devices,
      int tokenBudget,
      Launching launching) {
    Supported.require(weights);
    MemoryPlan memory = MemoryPlan.of(weights, precision, tokenBudget, STREAMS);
    LOGGER.log(Level.INFO, () -> memory + " on each of " + devices.size() + " devices");
    List<DeviceModel> models = new ArrayList<>();
    try {
      for (Device device : devices) {
        models.add(new DeviceModel(device, weights, precision, memory, launching));
      }
    } catch (RuntimeException e) {
      models.forEach(DeviceModel::close);
      throw e;
    }
    return new CudaModel(List.copyOf(models), tokenBudget);
  }

  /** The device of the thread that asks: a worker has its own, others take the first. */
  private DeviceModel here() {
    return Thread.currentThread() instanceof Worker worker ? worker.device : devices.get(0);
  }

  /** A thread that feeds one device. */
  private static final class Worker extends Thread {
    final DeviceModel device;

    Worker(Runnable work, DeviceModel device, int number) {
      super(work, "patchcast-cuda-" + number);
      this.device = device;
      setDaemon(true);
    }
  }

  @Override
  public Pass begin(PassPlan plan, KvCache cache) {
    CudaKvCache kept = (CudaKvCache) cache;
    return new CudaPass(kept == null ? here() : kept.model(), plan, kept);
  }

  @Override
  public KvCache newCache(int[] rowCapacity) {
    return new CudaKvCache(here(), rowCapacity);
  }

  @Override
  public int tokenBudget() {
    return tokenBudget;
  }

  @Override
  public <T> List<T> runAll(List<Callable<T>> passes, int maxThreads) {
    int threads = Math.min(maxThreads, Math.min(passes.size(), devices.size() * STREAMS));
    try {
      if (threads <= 1) {
        List<T> results = new ArrayList<>();
        for (Callable<T> pass : passes) {
          results.add(pass.call());
        }
        return results;
      }
      return runOnWorkers(passes, threads);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while forecasting");
    } catch (ExecutionException e) {
      throw unchecked(e.getCause());
    } catch (Exception e) {
      throw unchecked(e);
    }
  }

  private <T> List<T> runOnWorkers(List<Callable<T>> passes, int threads)
      throws InterruptedException, ExecutionException {
    java.util.concurrent.atomic.AtomicInteger next =
        new java.util.concurrent.atomic.AtomicInteger();
    List<T> results = new ArrayList<>(Collections.nCopies(passes.size(), (T) null));
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      running.add(
          worker(i)
              .submit(
                  () -> {
                    for (int pass; (pass = next.getAndIncrement()) < passes.size(); ) {
                      results.set(pass, passes.get(pass).call());
                    }
                    return null;
                  }));
    }
    try {
      for (Future<?> one : running) {
        one.get();
      }
      return results;
    } finally {
      // After a failure or an interrupt none begins another pass.
      next.set(passes.size());
    }
  }

  /** Worker {@code i} belongs to device {@code i} modulo their number. */
  private synchronized ExecutorService worker(int i) {
    while (workers.size() <= i) {
      DeviceModel device = devices.get(workers.size() % devices.size());
      int number = workers.size();
      workers.add(Executors.newSingleThreadExecutor(work -> new Worker(work, device, number)));
    }
    return workers.get(i);
  }

  private static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException(cause.getMessage(), cause);
  }

  @Override
  public synchronized void close() {
    workers.forEach(ExecutorService::shutdown);
    devices.forEach(DeviceModel::close);
  }
}
