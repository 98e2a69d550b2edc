package io.patchcast.backend.cuda;

import io.patchcast.backend.Backend;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.cuda.driver.Device;
import io.patchcast.backend.cuda.driver.Driver;
import java.util.ArrayList;
import java.util.List;

/** The GPUs of this machine, open. */
final class CudaBackend implements Backend {
  /** Enough to fill a device many times over; not tuned on hardware. */
  private static final int TOKEN_BUDGET = 4096;

  private final Storage storage;
  private final List<Device> devices;
  private final int tokenBudget;
  private final Launching launching;

  private CudaBackend(Storage storage, List<Device> devices, int tokenBudget, Launching launching) {
    this.launching = launching;
    this.storage = storage;
    this.devices = devices;
    this.tokenBudget = tokenBudget;
  }

  static CudaBackend open(Storage storage, Driver driver) {
    return open(storage, driver, TOKEN_BUDGET, Launching.GRAPH);
  }

  static CudaBackend open(Storage storage, Driver driver, int tokenBudget, Launching launching) {
    if (driver.devices().isEmpty()) {
      throw new IllegalStateException(
          "backend " + CudaBackendProvider.NAME + " cannot be used: " + driver.reason());
    }
    List<Device> devices = new ArrayList<>();
    try {
      for (Driver.Found found : driver.devices()) {
        devices.add(new Device(found.ordinal()));
      }
    } catch (RuntimeException e) {
      devices.forEach(Device::close);
      throw e;
    }
    return new CudaBackend(storage, List.copyOf(devices), tokenBudget, launching);
  }

  @Override
  public String name() {
    return CudaBackendProvider.NAME + ":" + storage.suffix();
  }

  @Override
  public LoadedModel load(ModelWeights weights) {
    return CudaModel.load(weights, storage, devices, tokenBudget, launching);
  }

  @Override
  public void close() {
    devices.forEach(Device::close);
  }
}
