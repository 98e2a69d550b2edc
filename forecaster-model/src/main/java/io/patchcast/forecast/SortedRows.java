package io.patchcast.forecast;

import java.util.Arrays;

/**
 * The rows of a series in order of time; rows with equal timestamps stay in the order of the input.
 *
 * @param times ascending
 * @param order the row of the input that comes at each place; null = they are in order as they are
 * @param reorderedCount rows of the input that come after a row with a later timestamp
 * @param duplicateCount rows with the same timestamp as the one before
 */
record SortedRows(long[] times, int[] order, int reorderedCount, int duplicateCount) {

  static SortedRows of(long[] timestamps) {
    int reordered = 0;
    int duplicates = 0;
    long latest = timestamps[0];
    for (int i = 1; i < timestamps.length; i++) {
      long time = timestamps[i];
      if (time > latest) {
        latest = time;
      } else if (time == latest) {
        duplicates++;
      } else {
        reordered++;
      }
    }
    if (reordered == 0) {
      return new SortedRows(timestamps, null, 0, duplicates);
    }
    long[] times = timestamps.clone();
    Arrays.sort(times);
    int[] order = new int[times.length];
    int[] placed = new int[times.length];
    for (int row = 0; row < order.length; row++) {
      int first = firstAtLeast(times, timestamps[row]);
      order[first + placed[first]++] = row;
    }
    duplicates = 0;
    for (int i = 1; i < times.length; i++) {
      duplicates += times[i] == times[i - 1] ? 1 : 0;
    }
    return new SortedRows(times, order, reordered, duplicates);
  }

  int count() {
    return times.length;
  }

  /** The value of a column at a place in the order of time. */
  double value(double[] column, int place) {
    return column[order == null ? place : order[place]];
  }

  /** Every timestamp once, ascending. */
  long[] distinctTimes() {
    if (duplicateCount == 0) {
      return times;
    }
    long[] distinct = new long[times.length - duplicateCount];
    distinct[0] = times[0];
    int count = 1;
    for (int i = 1; i < times.length; i++) {
      if (times[i] != times[i - 1]) {
        distinct[count++] = times[i];
      }
    }
    return distinct;
  }

  private static int firstAtLeast(long[] sorted, long time) {
    int low = 0;
    int high = sorted.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
