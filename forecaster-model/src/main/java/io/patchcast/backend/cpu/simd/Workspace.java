package io.patchcast.backend.cpu.simd;

/** Buffers that passes and their threads use again and again; they grow and never shrink. */
final class Workspace {
  final Product product = new Product();
  final AttentionKernel attention = new AttentionKernel();
  final float[] lanes = new float[Lanes.COUNT];
  float[] patches = {};
  float[] hidden = {};
  float[] hiddenNext = {};
  float[] projected = {};
  float[] queries = {};
  float[] mixed = {};
  float[] gated = {};
  float[] inner = {};
  float[] raw = {};
  float[] factors = {};

  /** {@code buffer} if it holds {@code size} floats, else a new one that does. */
  static float[] atLeast(float[] buffer, long size) {
    return buffer.length >= size ? buffer : new float[Math.toIntExact(size + size / 4)];
  }
}
