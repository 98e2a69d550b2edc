package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.Backend;
import io.patchcast.backend.BackendProvider;

/** Offers the Vector API twin where the JVM was started with the incubator module. */
public final class VectorBackendProvider implements BackendProvider {
  private static final String NAME = "vector";
  private static final String MODULE = "jdk.incubator.vector";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int preference() {
    return 10;
  }

  @Override
  public Availability availability() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return Availability.unavailable(
          "the JVM was started without --add-modules=" + MODULE + ", which this backend needs");
    }
    return Availability.on(
        Lanes.COUNT * Float.SIZE + "-bit vectors, " + Runtime.version().feature() + " JIT");
  }

  @Override
  public Backend open() {
    return new VectorBackend(NAME, null);
  }
}
