package io.patchcast.cli;

import io.patchcast.cli.data.SeriesBuffer;
import io.patchcast.cli.plot.FanChart.Line;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.table.Columns;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The rows of one series, parted into context and, with a holdout, what came after it. */
final class SeriesSplit {
  private final SeriesBuffer buffer;
  private final Columns columns;
  private final long[] timestamps;
  private final long lastContextMillis;
  private final int[] contextRows;

  private SeriesSplit(SeriesBuffer buffer, Columns columns, long lastContextMillis) {
    this.buffer = buffer;
    this.columns = columns;
    this.timestamps = buffer.timestamps();
    this.lastContextMillis = lastContextMillis;
    this.contextRows =
        IntStream.range(0, timestamps.length)
            .filter(row -> timestamps[row] <= lastContextMillis)
            .toArray();
  }

  /** All rows are context. */
  static SeriesSplit whole(SeriesBuffer buffer, Columns columns) {
    return new SeriesSplit(buffer, columns, Long.MAX_VALUE);
  }

  /** The rows of the buffer's holdout are not context. */
  static SeriesSplit heldOut(SeriesBuffer buffer, Columns columns) {
    return new SeriesSplit(buffer, columns, buffer.lastContextMillis());
  }

  /** Values of the id columns. */
  String[] ids() {
    return buffer.ids();
  }

  /** What people call the series: its ids, or its value columns where it has none. */
  String name() {
    return buffer.ids().length == 0
        ? String.join(", ", columns.targets())
        : String.join(" · ", buffer.ids());
  }

  /**
   * The series to forecast. With known covariates it keeps all rows, without the targets after the
   * context.
   *
   * @param step the distance of two points, or null to infer it
   */
  TimeSeries series(Step step) {
    boolean future = !columns.known().isEmpty();
    TimeSeries.Builder series =
        TimeSeries.builder(String.join(",", buffer.ids()))
            .timestamps(future ? timestamps : picked(timestamps))
            .step(step)
            .zone(columns.zone());
    for (int i = 0; i < columns.targets().size(); i++) {
      double[] values = buffer.column(i);
      if (future) {
        hideAfterContext(values);
      }
      series.target(columns.targets().get(i), future ? values : picked(values));
    }
    for (int i = 0; i < columns.known().size(); i++) {
      series.knownCovariate(columns.known().get(i), buffer.column(columns.targets().size() + i));
    }
    return series.build();
  }

  private void hideAfterContext(double[] values) {
    for (int row = 0; row < values.length; row++) {
      if (timestamps[row] > lastContextMillis) {
        values[row] = Double.NaN;
      }
    }
  }

  private long[] picked(long[] all) {
    return Arrays.stream(contextRows).mapToLong(row -> all[row]).toArray();
  }

  private double[] picked(double[] all) {
    return Arrays.stream(contextRows).mapToDouble(row -> all[row]).toArray();
  }

  /** The context of a target in the order of time. */
  Line context(int target) {
    return Line.sorted(picked(timestamps), picked(buffer.column(target)));
  }

  /** What came after the context; empty without a holdout. */
  Line actual(int target) {
    double[] values = buffer.column(target);
    int[] rows =
        IntStream.range(0, timestamps.length)
            .filter(row -> timestamps[row] > lastContextMillis && Double.isFinite(values[row]))
            .toArray();
    return Line.sorted(
        Arrays.stream(rows).mapToLong(row -> timestamps[row]).toArray(),
        Arrays.stream(rows).mapToDouble(row -> values[row]).toArray());
  }
}
