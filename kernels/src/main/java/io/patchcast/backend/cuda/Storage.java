package io.patchcast.backend.cuda;

import io.patchcast.backend.Precision;
import java.nio.ByteBuffer;
import java.util.Locale;

/** How the weights and activations of a precision lie in memory. Sums are f32 in both. */
enum Storage {
  /** IEEE single precision, for parity. */
  F32(4),
  /** The upper half of it, for tensor cores. */
  BF16(2);

  private final int bytes;

  Storage(int bytes) {
    this.bytes = bytes;
  }

  static Storage of(Precision precision) {
    return switch (precision) {
      case F32 -> F32;
      case BF16 -> BF16;
    };
  }

  /** Bytes of a number. */
  int bytes() {
    return bytes;
  }

  /** End of the names of its kernels, and of the backend's after a colon. */
  String suffix() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Appends a number, rounded to nearest even. */
  void put(ByteBuffer target, float value) {
    if (this == F32) {
      target.putFloat(value);
    } else {
      int bits = Float.floatToRawIntBits(value);
      int rounded = Float.isNaN(value) ? 0x7fff : (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
      target.putShort((short) rounded);
    }
  }

  /** Reads the next number. */
  float next(ByteBuffer source) {
    return this == F32
        ? source.getFloat()
        : Float.intBitsToFloat(Short.toUnsignedInt(source.getShort()) << 16);
  }
}
