package io.patchcast.backend.cuda;

import io.patchcast.backend.KvCache;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import io.patchcast.backend.cpu.Runners;
import io.patchcast.backend.cuda.driver.Device;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

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
      Storage storage,
      List<Device> devices,
      int tokenBudget,
      Launching launching) {
    Supported.require(weights);
    MemoryPlan memory = MemoryPlan.of(weights, storage, tokenBudget, STREAMS);
    LOGGER.log(Level.INFO, () -> memory + " on each of " + devices.size() + " devices");
    List<DeviceModel> models = new ArrayList<>();
    try {
      for (Device device : devices) {
        models.add(new DeviceModel(device, weights, storage, memory, launching));
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
  public int passesAtOnce(int maxThreads) {
    return Math.min(maxThreads, devices.size() * STREAMS);
  }

  /** With one thread it is the caller's, on the first device. */
  @Override
  public <T> List<T> runAll(List<Callable<T>> passes, int maxThreads) {
    int threads = Math.min(passes.size(), passesAtOnce(maxThreads));
    try {
      return threads > 1 ? Runners.runAll(passes, workers(threads)) : runHere(passes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while forecasting");
    } catch (Exception e) {
      throw Runners.unchecked(e);
    }
  }

  private static <T> List<T> runHere(List<Callable<T>> passes) throws Exception {
    List<T> results = new ArrayList<>(passes.size());
    for (Callable<T> pass : passes) {
      results.add(pass.call());
    }
    return results;
  }

  /** The first of the workers; worker {@code i} belongs to device {@code i} modulo their number. */
  private synchronized List<ExecutorService> workers(int count) {
    while (workers.size() < count) {
      DeviceModel device = devices.get(workers.size() % devices.size());
      int number = workers.size();
      workers.add(Executors.newSingleThreadExecutor(work -> new Worker(work, device, number)));
    }
    return List.copyOf(workers.subList(0, count));
  }

  @Override
  public synchronized void close() {
    workers.forEach(ExecutorService::shutdown);
    devices.forEach(DeviceModel::close);
  }
}
