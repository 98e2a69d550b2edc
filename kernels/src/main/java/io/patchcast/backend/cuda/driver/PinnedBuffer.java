package io.patchcast.backend.cuda.driver;

import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;

/**
 * Memory of the host that stays where it is, so that the device can copy while the host goes on.
 */
public final class PinnedBuffer implements AutoCloseable {
  private final Device device;
  private final Pointer pointer = new Pointer();
  private final ByteBuffer bytes;
  private final Device.Resource resource = () -> cuMemFreeHost(pointer);

  PinnedBuffer(Device device, long size) {
    this.device = device;
    device.enter();
    device.check(cuMemAllocHost(pointer, size), "allocating " + size + " bytes of pinned memory");
    device.add(resource);
    bytes = pointer.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
  }

  /** All of it, from the start; valid until this is closed. */
  public ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.nativeOrder());
  }

  Pointer pointer() {
    return pointer;
  }

  @Override
  public void close() {
    device.remove(resource);
  }
}
