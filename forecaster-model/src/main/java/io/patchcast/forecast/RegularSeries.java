package io.patchcast.forecast;

import java.time.Instant;

/**
 * The targets of a series on its regular grid, as a forecast would see them but for the length of
 * the context: for those who compare forecasts with what came.
 *
 * @param id the id of the series
 * @param status {@link SeriesStatus#OK}, or why there is no grid
 * @param message the reason; empty where all is well
 * @param step distance of two values
 * @param startMillis instant of the first value, milliseconds since the epoch
 * @param targets [target][time], NaN = missing
 */
public record RegularSeries(
    String id,
    SeriesStatus status,
    String message,
    Step step,
    long startMillis,
    double[][] targets) {

  /** A grid with more steps per row than this is the work of a stray timestamp. */
  private static final int MOST_STEPS_PER_ROW = 100;

  /** Lays a series on its grid; never throws for what is in it. */
  public static RegularSeries of(TimeSeries series) {
    String fault = SeriesPreparation.faultOf(series);
    if (fault != null) {
      return refused(series, SeriesStatus.INVALID, fault);
    }
    SortedRows rows = SortedRows.of(series.timestamps());
    long[] times = rows.distinctTimes();
    if (times.length < (series.step() == null ? 2 : 1)) {
      return refused(
          series,
          SeriesStatus.TOO_SHORT,
          "expected at least two different timestamps, or one and a step, found " + times.length);
    }
    Step step = series.step() == null ? StepInference.infer(times, series.zone()) : series.step();
    if (step == null) {
      return refused(
          series,
          SeriesStatus.INVALID,
          "expected timestamps with a common step, found "
              + StepInference.describeGaps(times)
              + "; give a step");
    }
    Grid grid = Grid.fit(step, series.zone(), times);
    long first = grid.stepOf(times[0]);
    long length = grid.stepOf(times[times.length - 1]) - first + 1;
    if (length > Math.multiplyExact((long) MOST_STEPS_PER_ROW, times.length)
        || length > Integer.MAX_VALUE / 2) {
      return refused(
          series,
          SeriesStatus.INVALID,
          "expected rows on most steps of "
              + step
              + ", found "
              + times.length
              + " on "
              + length
              + " steps from "
              + Instant.ofEpochMilli(times[0])
              + " to "
              + Instant.ofEpochMilli(times[times.length - 1]));
    }
    PlacedRows placed = new PlacedRows(rows, grid, 0, (int) length, (int) length);
    double[][] targets = new double[series.targets().size()][(int) length];
    for (int i = 0; i < targets.length; i++) {
      boolean[] observed = new boolean[(int) length];
      placed.place(series.targets().get(i).values(), targets[i], observed);
      for (int t = 0; t < observed.length; t++) {
        targets[i][t] = observed[t] ? targets[i][t] : Double.NaN;
      }
    }
    return new RegularSeries(
        series.id(), SeriesStatus.OK, "", step, grid.instantOf(first), targets);
  }

  private static RegularSeries refused(TimeSeries series, SeriesStatus status, String message) {
    return new RegularSeries(series.id(), status, message, series.step(), 0, new double[0][]);
  }
}
