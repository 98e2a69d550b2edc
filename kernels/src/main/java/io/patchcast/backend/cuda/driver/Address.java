package io.patchcast.backend.cuda.driver;

import jcuda.driver.CUdeviceptr;

/** A device pointer whose number can be read. */
final class Address extends CUdeviceptr {
  long value() {
    return getNativePointer();
  }
}
