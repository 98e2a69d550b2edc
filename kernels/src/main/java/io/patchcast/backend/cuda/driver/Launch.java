package io.patchcast.backend.cuda.driver;

import io.patchcast.backend.cuda.driver.KernelImage.Kernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jcuda.NativePointerObject;
import jcuda.Pointer;

/** One launch of a kernel, ready to be repeated. Immutable. */
public final class Launch {
  private final Kernel kernel;
  private final int gridX;
  private final int gridY;
  private final int threads;
  private final Pointer arguments;

  private Launch(Kernel kernel, int gridX, int gridY, int threads, Pointer arguments) {
    this.kernel = kernel;
    this.gridX = gridX;
    this.gridY = gridY;
    this.threads = threads;
    this.arguments = arguments;
  }

  /** The arguments of a kernel, in the order of its parameters. */
  public static final class Arguments {
    // Direct memory: an argument in a Java array would hold up the garbage collector during the
    // call.
    private final List<ByteBuffer> values = new ArrayList<>();

    /** A pointer. */
    public Arguments pointer(DeviceBuffer buffer) {
      values.add(room(Long.BYTES).putLong(0, buffer.address()));
      return this;
    }

    /** An int. */
    public Arguments number(int value) {
      values.add(room(Integer.BYTES).putInt(0, value));
      return this;
    }

    /** A float. */
    public Arguments number(float value) {
      values.add(room(Float.BYTES).putFloat(0, value));
      return this;
    }

    /** A structure of ints, with one float at its end. */
    public Arguments structure(int[] ints, float last) {
      ByteBuffer bytes = room((ints.length + 1) * Integer.BYTES);
      for (int i = 0; i < ints.length; i++) {
        bytes.putInt(i * Integer.BYTES, ints[i]);
      }
      values.add(bytes.putFloat(ints.length * Integer.BYTES, last));
      return this;
    }

    private static ByteBuffer room(int bytes) {
      return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** A launch with these arguments. */
    public Launch launch(Kernel kernel, int gridX, int gridY, int threads) {
      NativePointerObject[] pointers =
          values.stream().map(Pointer::toBuffer).toArray(NativePointerObject[]::new);
      return new Launch(kernel, gridX, gridY, threads, Pointer.to(pointers));
    }
  }

  Kernel kernel() {
    return kernel;
  }

  int gridX() {
    return gridX;
  }

  int gridY() {
    return gridY;
  }

  int threads() {
    return threads;
  }

  Pointer arguments() {
    return arguments;
  }
}
