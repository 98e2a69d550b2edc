package io.patchcast.serving.wire;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;

/** A list of instants that grows, in milliseconds since the epoch. */
final class Times {
  private static final int FIRST_CAPACITY = 512;

  private long[] times = new long[FIRST_CAPACITY];
  private int size;

  void add(long epochMillis) {
    if (size == times.length) {
      times = Arrays.copyOf(times, 2 * size);
    }
    times[size++] = epochMillis;
  }

  long[] toArray() {
    return Arrays.copyOf(times, size);
  }

  /** Reads ISO 8601 with an offset; what is finer than milliseconds is cut off. */
  static long parse(String text) {
    try {
      return text.endsWith("Z")
          ? Instant.parse(text).toEpochMilli()
          : OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "expected a time in ISO 8601 with an offset, such as 2026-11-22T00:00:00Z, found '"
              + text
              + "'",
          e);
    }
  }
}
