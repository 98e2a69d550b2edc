package io.patchcast.cli.data;

import io.patchcast.table.InputException;
import java.util.Arrays;

/**
 * The newest rows of one series, as many as a forecast can use, in arrays of primitives.
 *
 * <p>Rows may come in any order. When the buffer is full the oldest rows are dropped; of rows with
 * the same timestamp the one that came first. Rows after the last observed target (they carry what
 * is known of the future) and rows of the holdout are kept besides.
 */
public final class SeriesBuffer {
  private static final int FIRST_CAPACITY = 64;

  /**
   * What to keep of each series.
   *
   * @param rows newest rows up to the end of the context
   * @param windowMillis rows this much older than the end of the context are kept as well, however
   *     many (several rows may fall into one step)
   * @param holdoutRows rows held back at the end, 0 = none
   * @param holdoutMillis time held back at the end, 0 = none
   */
  public record Capacity(int rows, long windowMillis, int holdoutRows, long holdoutMillis) {
    public Capacity {
      if (rows < 1 || windowMillis < 0 || holdoutRows < 0 || holdoutMillis < 0) {
        throw new IllegalArgumentException("nothing may be negative, and rows at least 1");
      }
    }
  }

  private final String[] ids;
  private final Capacity capacity;
  private final int targetCount;
  private final boolean hasKnown;
  private long[] timestamps = new long[FIRST_CAPACITY];
  private final double[][] columns;
  private int size;
  private long rowsSeen;
  private int fullAt;

  SeriesBuffer(String[] ids, int targetCount, int columnCount, Capacity capacity) {
    this.ids = ids;
    this.capacity = capacity;
    this.targetCount = targetCount;
    this.hasKnown = columnCount > targetCount;
    this.columns = new double[columnCount][FIRST_CAPACITY];
    this.fullAt = Math.max(FIRST_CAPACITY, 2 * (capacity.rows + capacity.holdoutRows));
  }

  /** Values of the id columns. */
  public String[] ids() {
    return ids.clone();
  }

  /** Rows kept. */
  public int size() {
    return size;
  }

  /** Rows given, those dropped included. */
  public long rowsSeen() {
    return rowsSeen;
  }

  /** Timestamps of the rows kept, in the order of their coming. */
  public long[] timestamps() {
    return Arrays.copyOf(timestamps, size);
  }

  /** Values of a column, one per row kept. */
  public double[] column(int index) {
    return Arrays.copyOf(columns[index], size);
  }

  void add(long epochMillis, double[] values) {
    if (size == timestamps.length) {
      if (size >= fullAt) {
        dropOldest();
        // What must be kept may be more than expected; leave room so that the next drop pays.
        fullAt = Math.max(fullAt, 2 * size);
      }
      if (size == timestamps.length) {
        grow();
      }
    }
    timestamps[size] = epochMillis;
    for (int i = 0; i < columns.length; i++) {
      columns[i][size] = values[i];
    }
    size++;
    rowsSeen++;
  }

  private void grow() {
    int longer = (int) Math.min(Integer.MAX_VALUE - 8, timestamps.length * 2L);
    if (longer == timestamps.length) {
      throw new InputException(
          "series " + String.join(", ", ids) + ": more than " + size + " rows are needed at once");
    }
    timestamps = Arrays.copyOf(timestamps, longer);
    for (int i = 0; i < columns.length; i++) {
      columns[i] = Arrays.copyOf(columns[i], longer);
    }
  }

  private void dropOldest() {
    long end = contextEnd();
    long[] sorted = new long[size];
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (timestamps[i] <= end) {
        sorted[count++] = timestamps[i];
      }
    }
    if (count <= capacity.rows) {
      return;
    }
    Arrays.sort(sorted, 0, count);
    long oldest = Math.min(sorted[count - capacity.rows], end - capacity.windowMillis);
    int surplusOfOldest = surplus(sorted, count, oldest);
    int kept = 0;
    for (int i = 0; i < size; i++) {
      boolean drop = timestamps[i] < oldest || (timestamps[i] == oldest && surplusOfOldest-- > 0);
      if (!drop) {
        timestamps[kept] = timestamps[i];
        for (double[] column : columns) {
          column[kept] = column[i];
        }
        kept++;
      }
    }
    size = kept;
  }

  /** How many rows with exactly the oldest timestamp kept are beyond the capacity. */
  private int surplus(long[] sorted, int count, long oldest) {
    if (sorted[count - capacity.rows] != oldest) {
      return 0;
    }
    int below = count - capacity.rows;
    int first = below;
    while (first > 0 && sorted[first - 1] == oldest) {
      first--;
    }
    return below - first;
  }

  /** The last timestamp that belongs to the context as far as is known now. */
  private long contextEnd() {
    long newest = Long.MIN_VALUE;
    long newestObserved = Long.MIN_VALUE;
    for (int i = 0; i < size; i++) {
      newest = Math.max(newest, timestamps[i]);
      if (hasKnown && timestamps[i] > newestObserved && hasTarget(i)) {
        newestObserved = timestamps[i];
      }
    }
    long end = newestObserved == Long.MIN_VALUE ? newest : newestObserved;
    if (capacity.holdoutMillis > 0) {
      return end - capacity.holdoutMillis;
    }
    return capacity.holdoutRows > 0 ? beforeLast(capacity.holdoutRows, end) : end;
  }

  /** The timestamp before the last {@code steps} distinct ones up to {@code end}. */
  private long beforeLast(int steps, long end) {
    long[] distinct =
        Arrays.stream(timestamps, 0, size).filter(t -> t <= end).sorted().distinct().toArray();
    return distinct.length > steps ? distinct[distinct.length - 1 - steps] : Long.MIN_VALUE;
  }

  /**
   * Where the context ends and the holdout begins: rows up to this timestamp are context. Without a
   * holdout it is the last timestamp with a target.
   */
  public long lastContextMillis() {
    return size == 0 ? Long.MIN_VALUE : contextEnd();
  }

  private boolean hasTarget(int row) {
    for (int i = 0; i < targetCount; i++) {
      if (Double.isFinite(columns[i][row])) {
        return true;
      }
    }
    return false;
  }
}
