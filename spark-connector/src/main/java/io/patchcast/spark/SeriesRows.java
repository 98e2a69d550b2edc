package io.patchcast.spark;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Rows of one series in arrays of primitives: times, and one column per variate.
 *
 * <p>Rows of a Spark table have no order. So that partitioning cannot change a result, rows are put
 * into the order of time, those of equal time into the order of their values: the core takes the
 * later of them, so the greatest value wins.
 */
final class SeriesRows {
  private static final int FIRST_CAPACITY = 16;

  private long[] times = new long[FIRST_CAPACITY];
  private final double[][] columns;
  private int size;
  private int rowsWithoutTime;

  SeriesRows(int columnCount) {
    columns = new double[columnCount][FIRST_CAPACITY];
  }

  /**
   * What to keep of a series: its newest rows, as many as a forecast can use.
   *
   * @param rows newest rows up to the end of the context, duplicates included
   * @param windowMillis rows this much older than the end of the context are kept as well, however
   *     many (several rows may fall into one step)
   * @param targetCount the first columns are targets; where there are others too, rows after the
   *     last one with a target are the future, and are kept besides
   */
  record Capacity(int rows, long windowMillis, int targetCount) {
    /** Twice the context, in rows and, where the step is known, in time. */
    static Capacity of(ForecastTableOptions options, int modelContextLength) {
      int context = options.forecast().contextLength();
      int steps = context == 0 ? modelContextLength : context;
      return new Capacity(
          (int) Math.min(Integer.MAX_VALUE, 2L * steps),
          options.step() == null ? 0 : (long) (options.step().meanMillis() * steps),
          options.values().size());
    }
  }

  int size() {
    return size;
  }

  int rowsWithoutTime() {
    return rowsWithoutTime;
  }

  long[] times() {
    return Arrays.copyOf(times, size);
  }

  double[] column(int index) {
    return Arrays.copyOf(columns[index], size);
  }

  /** Bytes that the arrays take. */
  long bytes() {
    return 8L * times.length * (1 + columns.length);
  }

  /** Makes room for one more row and returns its place; the caller fills it. */
  int add(long epochMillis) {
    reserve(1);
    times[size] = epochMillis;
    return size++;
  }

  void set(int column, int row, double value) {
    columns[column][row] = value;
  }

  /** Counts rows that had no time, and so have no place. */
  void addRowsWithoutTime(int count) {
    rowsWithoutTime += count;
  }

  /** Adds the rows of arrays of one length. */
  void addAll(long[] moreTimes, double[][] moreColumns) {
    reserve(moreTimes.length);
    System.arraycopy(moreTimes, 0, times, size, moreTimes.length);
    for (int i = 0; i < columns.length; i++) {
      System.arraycopy(moreColumns[i], 0, columns[i], size, moreTimes.length);
    }
    size += moreTimes.length;
  }

  private void reserve(int count) {
    if (times.length - size < count) {
      int longer =
          (int)
              Math.max(
                  Math.addExact(size, count), Math.min(Integer.MAX_VALUE - 8L, 2L * times.length));
      times = Arrays.copyOf(times, longer);
      for (int i = 0; i < columns.length; i++) {
        columns[i] = Arrays.copyOf(columns[i], longer);
      }
    }
  }

  /** Puts the rows in order and keeps the newest. */
  void keepNewest(Capacity capacity) {
    sort();
    int end = capacity.targetCount < columns.length ? contextEnd(capacity.targetCount) : size - 1;
    // Where no target has been seen yet, nobody can tell history from future.
    if (end < capacity.rows) {
      return;
    }
    int first = end + 1 - capacity.rows;
    if (capacity.windowMillis > 0) {
      while (first > 0 && times[first - 1] >= times[end] - capacity.windowMillis) {
        first--;
      }
    }
    drop(first);
  }

  private void drop(int count) {
    size -= count;
    System.arraycopy(times, count, times, 0, size);
    for (double[] column : columns) {
      System.arraycopy(column, count, column, 0, size);
    }
  }

  /** The last row with a target, or -1. */
  private int contextEnd(int targetCount) {
    for (int row = size - 1; row >= 0; row--) {
      for (int i = 0; i < targetCount; i++) {
        if (Double.isFinite(columns[i][row])) {
          return row;
        }
      }
    }
    return -1;
  }

  private void sort() {
    boolean ascending = true;
    for (int row = 1; row < size && ascending; row++) {
      ascending = times[row] > times[row - 1];
    }
    if (ascending) {
      return;
    }
    Integer[] order = new Integer[size];
    Arrays.setAll(order, row -> row);
    // The sort of objects is fast where runs are in order already, as here.
    Arrays.sort(order, byTimeAndValues());
    long[] unsortedTimes = times();
    for (int row = 0; row < size; row++) {
      times[row] = unsortedTimes[order[row]];
    }
    for (int i = 0; i < columns.length; i++) {
      double[] unsorted = column(i);
      for (int row = 0; row < size; row++) {
        columns[i][row] = unsorted[order[row]];
      }
    }
  }

  private Comparator<Integer> byTimeAndValues() {
    return (one, other) -> {
      int compared = Long.compare(times[one], times[other]);
      for (int i = 0; i < columns.length && compared == 0; i++) {
        compared = Double.compare(columns[i][one], columns[i][other]);
      }
      return compared;
    };
  }
}
