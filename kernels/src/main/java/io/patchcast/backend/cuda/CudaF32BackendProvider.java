package io.patchcast.backend.cuda;

/** Offers the same GPUs in f32: slower, and comparable with the other backends digit by digit. */
public final class CudaF32BackendProvider extends CudaBackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public CudaF32BackendProvider() {
    super(Precision.F32, -10);
  }
}
