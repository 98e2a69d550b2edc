package io.patchcast.backend.cpu.simd;

/**
 * A library that computes products in place of the Vector API; everything else stays as it is. Safe
 * for use by several threads.
 */
public interface ProductLibrary extends AutoCloseable {
  /**
   * Copies weights into the library's own layout, for as long as the library is open.
   *
   * @param weights W [inputs, outputs], row-major
   */
  Matrix pack(int inputs, int outputs, float[] weights);

  @Override
  void close();

  /** Weights in the library's layout. */
  @FunctionalInterface
  interface Matrix {
    /** C = A · W: a [rows, inputs] -> c [rows, outputs], on the calling thread. */
    void multiply(int rows, float[] a, float[] c);
  }
}
