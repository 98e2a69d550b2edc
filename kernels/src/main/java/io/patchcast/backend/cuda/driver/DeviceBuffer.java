package io.patchcast.backend.cuda.driver;

import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoH;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoD;
import static jcuda.driver.JCudaDriver.cuMemsetD8;

import java.nio.ByteBuffer;
import java.util.Locale;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** A piece of device memory. */
public final class DeviceBuffer implements AutoCloseable {
  private final Device device;
  private final Address pointer = new Address();
  private final long bytes;
  private final Device.Resource resource = () -> cuMemFree(pointer);

  DeviceBuffer(Device device, long bytes, String what) {
    this.device = device;
    this.bytes = bytes;
    device.enter();
    device.check(
        cuMemAlloc(pointer, bytes),
        String.format(Locale.ROOT, "allocating %,d bytes for %s", bytes, what));
    device.add(resource);
  }

  /** Its size. */
  public long bytes() {
    return bytes;
  }

  /** Its address on the device. */
  public long address() {
    return pointer.value();
  }

  /** Copies the rest of a direct buffer to {@code offset}; returns when it is there. */
  public void write(long offset, ByteBuffer source) {
    requireDirect(source, offset);
    device.enter();
    device.check(
        cuMemcpyHtoD(pointer.withByteOffset(offset), pointer(source), source.remaining()),
        "copying to it");
  }

  /** Fills a direct buffer from {@code offset} on. */
  public void read(long offset, ByteBuffer target) {
    requireDirect(target, offset);
    device.enter();
    device.check(
        cuMemcpyDtoH(pointer(target), pointer.withByteOffset(offset), target.remaining()),
        "copying from it");
  }

  /** Sets every byte to zero. */
  public void clear() {
    device.enter();
    device.check(cuMemsetD8(pointer, (byte) 0, bytes), "clearing memory");
  }

  CUdeviceptr pointer() {
    return pointer;
  }

  private static Pointer pointer(ByteBuffer buffer) {
    return Pointer.toBuffer(buffer);
  }

  private void requireDirect(ByteBuffer buffer, long offset) {
    if (!buffer.isDirect() || offset < 0 || offset + buffer.remaining() > bytes) {
      throw new IllegalArgumentException(
          "expected a direct buffer within " + bytes + " bytes, got " + buffer + " at " + offset);
    }
  }

  @Override
  public void close() {
    device.remove(resource);
  }
}
