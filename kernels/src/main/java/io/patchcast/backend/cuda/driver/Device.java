package io.patchcast.backend.cuda.driver;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;

/**
 * A GPU in use. Safe for use by several threads.
 *
 * <p>Knows everything that was made on it, and frees it when it is closed. After an error that the
 * device does not recover from, every further call says so; a new {@link Device} starts afresh.
 */
public final class Device implements AutoCloseable {
  /** Errors after which a context can no longer be used. */
  private static final Set<Integer> LASTING =
      Set.of(
          CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
          CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_UNKNOWN);

  private final int ordinal;
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final Set<Resource> resources = Collections.synchronizedSet(new LinkedHashSet<>());
  private volatile String lost;
  private volatile boolean closed;

  /** Something on a device that has to be freed. */
  interface Resource {
    void free();
  }

  /** Opens a device by its number; the caller closes it. */
  public Device(int ordinal) {
    this.ordinal = ordinal;
    Driver.check(cuDeviceGet(device, ordinal), "opening device " + ordinal);
    Driver.check(
        cuDevicePrimaryCtxRetain(context, device), "making a context on device " + ordinal);
  }

  /** Its number. */
  public int ordinal() {
    return ordinal;
  }

  /** Bytes of its memory that are free. */
  public long freeBytes() {
    long[] free = new long[1];
    long[] total = new long[1];
    enter();
    check(cuMemGetInfo(free, total), "asking for the free memory");
    return free[0];
  }

  /** Memory of the device, not yet written. */
  public DeviceBuffer allocate(long bytes, String what) {
    return new DeviceBuffer(this, bytes, what);
  }

  /** Memory of the host that the device copies from and to. */
  public PinnedBuffer allocatePinned(long bytes) {
    return new PinnedBuffer(this, bytes);
  }

  /** A queue of work. */
  public Stream newStream() {
    return new Stream(this);
  }

  /** Loads kernels from PTX text. */
  public KernelImage load(String name, byte[] ptx) {
    return new KernelImage(this, name, ptx);
  }

  /** Makes this device the one that calls of this thread go to. */
  void enter() {
    if (closed) {
      throw new IllegalStateException("device " + ordinal + " is closed");
    }
    if (lost != null) {
      throw new CudaException(0, lost);
    }
    Driver.check(cuCtxSetCurrent(context), "entering device " + ordinal);
  }

  void check(int result, String doing) {
    if (result == CUresult.CUDA_SUCCESS) {
      return;
    }
    String where = doing + " on device " + ordinal;
    if (LASTING.contains(result)) {
      lost =
          "device "
              + ordinal
              + " cannot be used any more since "
              + Driver.name(result)
              + " while "
              + doing
              + "; close this backend and open another";
    }
    Driver.check(result, where);
  }

  void add(Resource resource) {
    resources.add(resource);
  }

  /** Frees a resource, once. */
  void remove(Resource resource) {
    if (resources.remove(resource)) {
      // Freeing is all that is left to do on a lost device, and it may fail there.
      int entered = cuCtxSetCurrent(context);
      assert entered == CUresult.CUDA_SUCCESS || lost != null;
      resource.free();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    List<Resource> left = new ArrayList<>(resources);
    Collections.reverse(left);
    left.forEach(this::remove);
    closed = true;
    int result = cuDevicePrimaryCtxRelease(device);
    if (lost == null) {
      Driver.check(result, "closing device " + ordinal);
    }
  }
}
