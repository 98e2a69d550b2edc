package io.patchcast.backend.cuda;

import io.patchcast.backend.Backend;
import io.patchcast.backend.BackendProvider;
import io.patchcast.backend.cuda.driver.Driver;
import java.util.stream.Collectors;

/** Offers the GPUs that the NVIDIA driver finds, with bf16 tensor-core products. */
public class CudaBackendProvider implements BackendProvider {
  /** What the driver said when it was first asked. */
  private static final class Probe {
    static final Driver DRIVER = Driver.probe();

    private Probe() {}
  }

  private final Precision precision;
  private final int preference;

  /** For {@link java.util.ServiceLoader}. */
  public CudaBackendProvider() {
    this(Precision.BF16, 20);
  }

  CudaBackendProvider(Precision precision, int preference) {
    this.precision = precision;
    this.preference = preference;
  }

  @Override
  public String name() {
    return precision.backendName();
  }

  @Override
  public int preference() {
    return preference;
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
            .collect(Collectors.joining(", ")));
  }

  @Override
  public Backend open() {
    return CudaBackend.open(precision, Probe.DRIVER);
  }
}
