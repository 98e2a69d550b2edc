package io.patchcast.backend.cuda.driver;

/** What the driver answered, to what was asked of it. */
public final class CudaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** CUDA_ERROR_OUT_OF_MEMORY. */
  private static final int OUT_OF_MEMORY = 2;

  private final int code;

  CudaException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** The driver's number of this error; 0 where the device was lost before. */
  public int code() {
    return code;
  }

  /** Whether the device had no room; it can be used on. */
  public boolean outOfMemory() {
    return code == OUT_OF_MEMORY;
  }

  /** The same error with more to say about it. */
  public CudaException withDetail(String detail) {
    CudaException detailed = new CudaException(code, getMessage() + "; " + detail);
    detailed.initCause(this);
    return detailed;
  }
}
