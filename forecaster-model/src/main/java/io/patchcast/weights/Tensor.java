package io.patchcast.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/**
 * One tensor of a file: its place is known, its bytes are read when they are asked for.
 *
 * <p>Row-major. Values are widened to float on the way into the caller's array and nowhere else
 * kept; a value that is not finite is a {@link CheckpointFormatException} at its byte offset.
 */
public final class Tensor {
  /** Elements read at a time: keeps a mapping below two gigabytes whatever the element type. */
  private static final int CHUNK = 1 << 22;

  private final ByteSource source;
  private final String name;
  private final TensorType type;
  private final long[] shape;
  private final long byteOffset;

  Tensor(ByteSource source, String name, TensorType type, long[] shape, long byteOffset) {
    this.source = source;
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.byteOffset = byteOffset;
  }

  /** The name in the file. */
  public String name() {
    return name;
  }

  /** The element type in the file. */
  public TensorType type() {
    return type;
  }

  /** Extents, outermost first; empty for a scalar. */
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements; 1 for a scalar. */
  public long size() {
    long size = 1;
    for (long extent : shape) {
      size *= extent;
    }
    return size;
  }

  /** Copies {@code count} elements from element {@code first} on, widened to float. */
  public void read(long first, float[] target, int offset, int count) {
    assert first >= 0 && first + count <= size();
    for (int done = 0; done < count; done += CHUNK) {
      int chunk = Math.min(CHUNK, count - done);
      type.widen(bytes(first + done, chunk), target, offset + done, chunk);
    }
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(target[offset + i])) {
        throw new CheckpointFormatException(
            source.name(),
            byteOffset + (first + i) * type.byteSize(),
            String.format(
                Locale.ROOT,
                "tensor %s element %d: expected a finite value, found %s",
                name,
                first + i,
                target[offset + i]));
      }
    }
  }

  /** All elements as float. */
  public float[] floats() {
    float[] values = new float[Math.toIntExact(size())];
    read(0, values, 0, values.length);
    return values;
  }

  /** All elements of an F64 or F32 tensor as double; not checked for finiteness. */
  public double[] doubles() {
    double[] values = new double[Math.toIntExact(size())];
    ByteBuffer bytes = bytes(0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case F64 -> bytes.getDouble(8 * i);
            case F32 -> bytes.getFloat(4 * i);
            default -> throw new IllegalStateException(name + " is " + type + ", not F64 or F32");
          };
    }
    return values;
  }

  /** All elements of an I64 tensor. */
  public long[] longs() {
    if (type != TensorType.I64) {
      throw new IllegalStateException(name + " is " + type + ", not I64");
    }
    long[] values = new long[Math.toIntExact(size())];
    bytes(0, values.length).asLongBuffer().get(values);
    return values;
  }

  /** All elements of a BOOL tensor. */
  public boolean[] booleans() {
    if (type != TensorType.BOOL) {
      throw new IllegalStateException(name + " is " + type + ", not BOOL");
    }
    boolean[] values = new boolean[Math.toIntExact(size())];
    ByteBuffer bytes = bytes(0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes.get(i) != 0;
    }
    return values;
  }

  private ByteBuffer bytes(long first, int count) {
    return source
        .slice(byteOffset + first * type.byteSize(), Math.multiplyExact(count, type.byteSize()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public String toString() {
    return name + " " + type + " " + Arrays.toString(shape);
  }
}
