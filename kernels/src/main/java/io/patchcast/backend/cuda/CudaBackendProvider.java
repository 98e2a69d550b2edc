package io.patchcast.backend.cuda;

import io.patchcast.backend.Backend;
import io.patchcast.backend.BackendProvider;
import io.patchcast.backend.Precision;
import io.patchcast.backend.cuda.driver.Driver;
import java.util.stream.Collectors;

/**
 * Offers the GPUs that the NVIDIA driver finds: in bf16 on tensor cores where no precision is
 * named, and in f32, slower and comparable with the other backends digit by digit. What is opened
 * says which in its name, {@code cuda:bf16} or {@code cuda:f32}.
 */
public final class CudaBackendProvider implements BackendProvider {
  static final String NAME = "cuda";

  /** What the driver said when it was first asked. */
  private static final class Probe {
    static final Driver DRIVER = Driver.probe();

    private Probe() {}
  }

  /** For {@link java.util.ServiceLoader}. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  /** Below the CPU's: bf16 is for those who ask for it, and no GPU has been measured yet. */
  @Override
  public int preference() {
    return 4;
  }

  @Override
  public Availability availability() {
    Driver driver = Probe.DRIVER;
    if (driver.devices().isEmpty()) {
      return Availability.unavailable(driver.reason());
    }
    return Availability.on(
        driver.devices().stream()
            .map(
                found ->
                    found.name() + " " + found.capability() / 10 + "." + found.capability() % 10)
            .collect(Collectors.joining(", ", "", ", bf16 and f32")));
  }

  @Override
  public Backend open() {
    return open(Precision.BF16);
  }

  @Override
  public Backend open(Precision precision) {
    return CudaBackend.open(Storage.of(precision), Probe.DRIVER);
  }
}
