package io.patchcast.cli.data;

import io.patchcast.table.Columns;
import io.patchcast.table.RowConsumer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects the rows of long-format tables by series, in the order in which series first appear.
 *
 * <p>Memory is bounded by the number of series times the {@link SeriesBuffer.Capacity}, not by the
 * number of rows.
 */
public final class SeriesStore implements RowConsumer {
  private final Columns columns;
  private final SeriesBuffer.Capacity capacity;
  private final Map<List<String>, SeriesBuffer> buffers = new LinkedHashMap<>();
  private long rows;

  public SeriesStore(Columns columns, SeriesBuffer.Capacity capacity) {
    this.columns = columns;
    this.capacity = capacity;
  }

  @Override
  public void row(String[] ids, long epochMillis, double[] values) {
    List<String> key = List.of(ids);
    SeriesBuffer buffer = buffers.get(key);
    if (buffer == null) {
      buffer = open(key);
    }
    buffer.add(epochMillis, values);
    rows++;
  }

  private SeriesBuffer open(List<String> key) {
    SeriesBuffer buffer =
        new SeriesBuffer(
            key.toArray(new String[0]), columns.targets().size(), columns.valueCount(), capacity);
    buffers.put(key, buffer);
    return buffer;
  }

  /** Rows collected, those dropped since included. */
  public long rows() {
    return rows;
  }

  /** The series, in the order in which they first appeared. */
  public Collection<SeriesBuffer> series() {
    return buffers.values();
  }

  /** The series with these ids, or null. */
  public SeriesBuffer find(String[] ids) {
    return buffers.get(List.of(ids));
  }
}
