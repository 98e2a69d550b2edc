package io.patchcast.backend.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

import io.patchcast.backend.Backend;
import io.patchcast.backend.BackendProvider;
import io.patchcast.backend.Precision;
import io.patchcast.backend.cpu.simd.VectorBackend;
import org.bytedeco.javacpp.Loader;

/** Offers oneDNN where its native code loads and the JVM has the Vector API. */
public final class OnednnBackendProvider implements BackendProvider {
  private static final String NAME = "onednn";
  private static final String MODULE = "jdk.incubator.vector";
  private static final String OMP_NUM_THREADS = "OMP_NUM_THREADS";

  /** Loads the native code once; a failed attempt would fail with another error the next time. */
  private static final class Native {
    static final Availability AVAILABILITY = probe();

    private static Availability probe() {
      if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
        return Availability.unavailable(
            "the JVM was started without --add-modules=" + MODULE + ", which this backend needs");
      }
      try {
        Loader.load(org.bytedeco.dnnl.global.dnnl.class);
        String threads = System.getenv(OMP_NUM_THREADS);
        return Availability.on(
            "instruction set "
                + Integer.toHexString(dnnl_get_effective_cpu_isa())
                + ("1".equals(threads)
                    ? ", f32 and bf16"
                    : ", f32 and bf16; slow with others: set OMP_NUM_THREADS=1"));
      } catch (LinkageError | RuntimeException e) {
        return Availability.unavailable("oneDNN does not load: " + e.getMessage());
      }
    }
  }

  /** For {@link java.util.ServiceLoader}. */
  public OnednnBackendProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  /** Below the backend without native code: this one is for those who ask for it. */
  @Override
  public int preference() {
    return 5;
  }

  @Override
  public Availability availability() {
    return Native.AVAILABILITY;
  }

  @Override
  public Backend open() {
    return open(Precision.F32);
  }

  @Override
  public Backend open(Precision precision) {
    String name = precision == Precision.F32 ? NAME : NAME + ":" + precision.label();
    return new VectorBackend(name, new OnednnProducts(precision));
  }
}
