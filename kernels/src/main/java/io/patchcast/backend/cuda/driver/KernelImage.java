package io.patchcast.backend.cuda.driver;

import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadDataEx;
import static jcuda.driver.JCudaDriver.cuModuleUnload;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;

/** Kernels of one PTX text, compiled by the driver for the device. */
public final class KernelImage {
  private final Device device;
  private final CUmodule module = new CUmodule();

  KernelImage(Device device, String name, byte[] ptx) {
    this.device = device;
    // The driver reads up to a NUL byte.
    ByteBuffer text = ByteBuffer.allocateDirect(ptx.length + 1).put(ptx).put((byte) 0).flip();
    device.enter();
    device.check(
        cuModuleLoadDataEx(module, Pointer.toBuffer(text), 0, new int[0], Pointer.to(new int[0])),
        "loading the kernels of " + name + ".ptx");
    device.add(() -> cuModuleUnload(module));
  }

  /**
   * A kernel by its name.
   *
   * @param sharedBytes dynamic shared memory of its blocks
   */
  public Kernel kernel(String name, int sharedBytes) {
    CUfunction function = new CUfunction();
    device.enter();
    device.check(cuModuleGetFunction(function, module, name), "looking for kernel " + name);
    device.check(
        cuFuncSetAttribute(
            function,
            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
            sharedBytes),
        "asking for " + sharedBytes + " bytes of shared memory for kernel " + name);
    return new Kernel(function, name, sharedBytes);
  }

  /** A kernel and the shared memory of its blocks. */
  public static final class Kernel {
    private final CUfunction function;
    private final String name;
    private final int sharedBytes;

    private Kernel(CUfunction function, String name, int sharedBytes) {
      this.function = function;
      this.name = name;
      this.sharedBytes = sharedBytes;
    }

    CUfunction function() {
      return function;
    }

    /** Its name in the PTX. */
    public String name() {
      return name;
    }

    int sharedBytes() {
      return sharedBytes;
    }
  }
}
