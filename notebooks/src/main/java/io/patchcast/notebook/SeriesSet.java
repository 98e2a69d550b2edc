package io.patchcast.notebook;

import io.patchcast.cli.data.SeriesBuffer;
import io.patchcast.cli.data.SeriesStore;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.table.Columns;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Series by their ids, in the order in which a table has them. Immutable. */
public final class SeriesSet implements Iterable<TimeSeries> {
  /** Rows of a table are all kept; a forecast takes of them what the model can use. */
  static final SeriesBuffer.Capacity UNLIMITED = new SeriesBuffer.Capacity(1 << 29, 0, 0, 0);

  private final Map<String, TimeSeries> byId = new LinkedHashMap<>();

  private SeriesSet() {}

  /** The series of a long-format table; ids of several columns are joined with commas. */
  static SeriesSet of(SeriesStore store, Columns columns) {
    SeriesSet set = new SeriesSet();
    for (SeriesBuffer buffer : store.series()) {
      TimeSeries series = series(buffer, columns);
      TimeSeries other = set.byId.put(series.id(), series);
      if (other != null) {
        throw new IllegalArgumentException(
            "expected ids that differ when they are joined with commas, found '"
                + series.id()
                + "' twice");
      }
    }
    return set;
  }

  private static TimeSeries series(SeriesBuffer buffer, Columns columns) {
    TimeSeries.Builder series =
        TimeSeries.builder(String.join(",", buffer.ids()))
            .timestamps(buffer.timestamps())
            .zone(columns.zone());
    int column = 0;
    for (String target : columns.targets()) {
      series.target(target, buffer.column(column++));
    }
    for (String known : columns.known()) {
      series.knownCovariate(known, buffer.column(column++));
    }
    return series.build();
  }

  /**
   * The series of this id.
   *
   * @throws IllegalArgumentException if there is none; says which there are
   */
  public TimeSeries series(String id) {
    TimeSeries series = byId.get(id);
    if (series == null) {
      throw new IllegalArgumentException("no series '" + id + "', there are " + ids());
    }
    return series;
  }

  /** All ids. */
  public List<String> ids() {
    return List.copyOf(byId.keySet());
  }

  /** All series. */
  public List<TimeSeries> all() {
    return List.copyOf(byId.values());
  }

  /** Number of series. */
  public int size() {
    return byId.size();
  }

  @Override
  public Iterator<TimeSeries> iterator() {
    return all().iterator();
  }

  /** What a cell that ends with the set shows. */
  @Override
  public String toString() {
    return size() + " series: " + String.join(", ", byId.keySet());
  }
}
