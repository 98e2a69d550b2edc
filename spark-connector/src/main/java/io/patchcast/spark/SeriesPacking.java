package io.patchcast.spark;

import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;

/**
 * Packs the rows of a partition by series: out come a few long rows per series in the place of many
 * short ones, so that exchange and sort move arrays.
 *
 * <p>Rows may come in any order. Memory is bounded: when the budget is spent, all that was packed
 * goes out, and packing starts anew. Of a very long series the rows that no forecast can use are
 * dropped here already.
 */
final class SeriesPacking implements InternalRows.PartitionFunction {
  private static final long BUDGET_BYTES = 64L << 20;

  /** What a series costs besides its rows: its key, its place in the map. */
  private static final int BYTES_PER_SERIES = 256;

  /** Series of more rows than this are looked at: perhaps most of them are too old to matter. */
  private static final int LONG_SERIES = 1 << 16;

  private final ForecastTableOptions options;
  private final PackedColumns columns;

  SeriesPacking(ForecastTableOptions options, PackedColumns columns) {
    this.options = options;
    this.columns = columns;
  }

  @Override
  public Iterator<InternalRow> apply(Iterator<InternalRow> rows) {
    return new Packed(rows);
  }

  /** The ids of a series, in Spark's own form. */
  private record Ids(Object[] values) {
    @Override
    public boolean equals(Object other) {
      // Deep: binary ids are arrays.
      return other instanceof Ids ids && Arrays.deepEquals(values, ids.values);
    }

    @Override
    public int hashCode() {
      return Arrays.deepHashCode(values);
    }
  }

  /** One series, as far as it has been seen. */
  private record Series(Ids ids, SeriesRows rows) {}

  private final class Packed implements Iterator<InternalRow> {
    private final Iterator<InternalRow> rows;
    private final Map<Ids, Series> seen = new LinkedHashMap<>();
    private Iterator<Series> full = Collections.emptyIterator();
    private Series last;
    private long bytes;

    /** The ids of the row at hand: valid until the next one. */
    private final Ids ids = new Ids(new Object[columns.idCount()]);

    Packed(Iterator<InternalRow> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      if (!full.hasNext()) {
        seen.clear();
        last = null;
        bytes = 0;
        while (bytes < BUDGET_BYTES && rows.hasNext()) {
          add(rows.next());
        }
        full = seen.values().iterator();
      }
      return full.hasNext();
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return pack(full.next());
    }

    private void add(InternalRow row) {
      SeriesRows into = seriesOf(row).rows();
      long epochMillis = columns.epochMillis(row);
      if (epochMillis == PackedColumns.NO_TIME) {
        into.addRowsWithoutTime(1);
        return;
      }
      long before = into.bytes();
      int place = into.add(epochMillis);
      for (int i = 0; i < columns.valueCount(); i++) {
        into.set(i, place, columns.value(row, i));
      }
      bytes += into.bytes() - before;
      if (into.size() % LONG_SERIES == 0) {
        shorten(into);
      }
    }

    /** Rows of one series often come one after the other: then their ids are not looked up. */
    private Series seriesOf(InternalRow row) {
      for (int i = 0; i < ids.values().length; i++) {
        ids.values()[i] = columns.id(row, i);
      }
      if (last == null || !last.ids().equals(ids)) {
        last = seen.get(ids);
        if (last == null) {
          last =
              new Series(
                  new Ids(PackedColumns.copies(ids.values())),
                  new SeriesRows(columns.valueCount()));
          seen.put(last.ids(), last);
          bytes += BYTES_PER_SERIES + last.rows().bytes();
        }
      }
      return last;
    }

    /** Known covariates may come without the targets that tell their past from their future. */
    private void shorten(SeriesRows series) {
      if (options.known().isEmpty()) {
        series.keepNewest(
            ExecutorModels.ofThisJvm()
                .use(
                    options.model(),
                    model -> SeriesRows.Capacity.of(options, model.model().contextLength())));
      }
    }

    private InternalRow pack(Series series) {
      SeriesRows from = series.rows();
      long[] times = from.times();
      Object[] cells = Arrays.copyOf(series.ids().values(), columns.packedCount());
      int next = columns.idCount();
      cells[next++] = times.length == 0 ? Long.MIN_VALUE : times[0];
      cells[next++] = from.rowsWithoutTime();
      cells[next++] = UnsafeArrayData.fromPrimitiveArray(times);
      for (int i = 0; i < columns.valueCount(); i++) {
        cells[next++] = UnsafeArrayData.fromPrimitiveArray(from.column(i));
      }
      return new GenericInternalRow(cells);
    }
  }
}
