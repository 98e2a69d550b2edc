package io.patchcast.weights;

import java.nio.ByteBuffer;

/** Element types of safetensors files that are read here; checkpoints have the first three. */
public enum TensorType {
  F32(4),
  BF16(2),
  F16(2),
  F64(8),
  I64(8),
  BOOL(1);

  private final int byteSize;

  TensorType(int byteSize) {
    this.byteSize = byteSize;
  }

  /** Bytes of one element. */
  public int byteSize() {
    return byteSize;
  }

  /** Whether a checkpoint may store weights in this type. */
  boolean isWeightType() {
    return this == F32 || this == BF16 || this == F16;
  }

  /** Widens {@code count} elements at the start of {@code bytes} (little endian) to float. */
  void widen(ByteBuffer bytes, float[] target, int offset, int count) {
    switch (this) {
      case F32 -> bytes.asFloatBuffer().get(target, offset, count);
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          target[offset + i] = Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          target[offset + i] = halfToFloat(bytes.getShort(2 * i));
        }
      }
      default -> throw new IllegalArgumentException("weights are F32, BF16 or F16, not " + this);
    }
  }

  /** IEEE 754 binary16 to binary32; exact. */
  static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int bits = exponent == 31 ? 0x7f800000 : (exponent + 112) << 23;
    return Float.intBitsToFloat(sign | bits | fraction << 13);
  }
}
