package io.patchcast.backend.cuda;

import java.nio.ByteBuffer;

/** In what numbers a kernel takes weights and activations. Sums are f32 in both. */
enum Precision {
  /** IEEE single precision, for parity. */
  F32(4, "f32", "cuda-f32"),
  /** The upper half of it, for tensor cores. */
  BF16(2, "bf16", "cuda");

  private final int bytes;
  private final String suffix;
  private final String backendName;

  Precision(int bytes, String suffix, String backendName) {
    this.bytes = bytes;
    this.suffix = suffix;
    this.backendName = backendName;
  }

  /** Bytes of a number. */
  int bytes() {
    return bytes;
  }

  /** End of the names of its kernels. */
  String suffix() {
    return suffix;
  }

  /** What users ask for. */
  String backendName() {
    return backendName;
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
