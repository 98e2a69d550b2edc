package io.patchcast.serving.wire;

import java.util.Arrays;

/** A list of doubles that grows. */
final class Doubles {
  private static final int FIRST_CAPACITY = 512;

  private double[] values = new double[FIRST_CAPACITY];
  private int size;

  void add(double value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  /** What was added, followed by NaN where {@code length} is more. */
  double[] toArray(int length) {
    double[] array = Arrays.copyOf(values, Math.max(length, size));
    if (size < array.length) {
      Arrays.fill(array, size, array.length, Double.NaN);
    }
    return array;
  }

  int size() {
    return size;
  }
}
