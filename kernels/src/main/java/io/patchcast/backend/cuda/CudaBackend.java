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

  private final Precision precision;
  private final List<Device> devices;
  private final int tokenBudget;
  private final Launching launching;

  private CudaBackend(
      Precision precision, List<Device> devices, int tokenBudget, Launching launching) {
    this.launching = launching;
    this.precision = precision;
    this.devices = devices;
    this.tokenBudget = tokenBudget;
  }

  static CudaBackend open(Precision precision, Driver driver) {
    return open(precision, driver, TOKEN_BUDGET, Launching.GRAPH);
  }

  static CudaBackend open(
      Precision precision, Driver driver, int tokenBudget, Launching launching) {
    if (driver.devices().isEmpty()) {
      throw new IllegalStateException(
          "backend " + precision.backendName() + " cannot be used: " + driver.reason());
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
    return new CudaBackend(precision, List.copyOf(devices), tokenBudget, launching);
  }

  @Override
  public String name() {
    return precision.backendName();
  }

  @Override
  public LoadedModel load(ModelWeights weights) {
    return CudaModel.load(weights, precision, devices, tokenBudget, launching);
  }

  @Override
  public void close() {
    devices.forEach(Device::close);
  }
}
