package io.patchcast.forecast;

import io.patchcast.forecast.TimeSeries.Column;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns recorded observations into a regular series.
 *
 * <p>Each row goes to the nearest step of a {@link Grid}. Of rows with the same timestamp the later
 * one wins, column by column: a value is never replaced by a missing one. Rows of different times
 * in one step are averaged over their finite values. Nothing is interpolated: a step without a
 * value is unobserved, but in the last patch of the context, which the model takes as observed,
 * where the last value before is repeated.
 */
final class SeriesPreparation {
  /** The positions the model was made for, context and horizon together. */
  private static final int MOST_PATCHES = 8_192;

  // The years 1 to 9999: what lies outside was not counted in milliseconds.
  private static final long EARLIEST_MILLIS = -62_135_596_800_000L;
  private static final long LATEST_MILLIS = 253_402_300_799_999L;

  /** A hundred years; keeps all arithmetic on steps far from overflow. */
  private static final double LONGEST_STEP_MILLIS = 36_525.0 * Grid.DAY;

  private SeriesPreparation() {}

  /**
   * Prepares one series; never throws for what is in it.
   *
   * @param contextLength most steps of context to keep, at least 1
   * @param patchSize the last patch of the context is filled forward
   */
  static PreparedSeries prepare(
      TimeSeries series, Horizon horizon, int contextLength, int patchSize) {
    assert contextLength >= 1 && patchSize >= 1 : contextLength + ", " + patchSize;
    int rowCount = series.timestamps().length;
    boolean stepInferred = series.step() == null;
    PreparationReport unread = PreparationReport.of(series.step(), false, rowCount);
    String fault = faultOf(series);
    if (fault != null) {
      return PreparedSeries.refused(SeriesStatus.INVALID, unread, fault);
    }
    if (rowCount == 0) {
      return PreparedSeries.refused(
          SeriesStatus.TOO_SHORT,
          unread,
          "expected at least two rows, or one and a step, found no row");
    }
    SortedRows rows = SortedRows.of(series.timestamps());
    long[] times = rows.distinctTimes();
    if (stepInferred && times.length == 1) {
      return PreparedSeries.refused(
          SeriesStatus.TOO_SHORT,
          unread,
          "expected at least two different timestamps to infer the step from, found "
              + Instant.ofEpochMilli(times[0])
              + " only; give a step");
    }
    Step step = stepInferred ? StepInference.infer(times, series.zone()) : series.step();
    if (step == null) {
      return PreparedSeries.refused(
          SeriesStatus.INVALID,
          unread,
          "expected timestamps with a common step, found "
              + StepInference.describeGaps(times)
              + "; give a step");
    }
    // Where the clock of the source drifted, it is the latest rows that the grid has to fit.
    long[] latest =
        times.length <= contextLength
            ? times
            : Arrays.copyOfRange(times, times.length - contextLength, times.length);
    Grid grid = Grid.fit(step, series.zone(), latest);
    int lastRow = lastRowOfContext(series, rows);
    long lastStep = grid.stepOf(rows.times()[lastRow]);
    int firstRow = firstRowFrom(lastStep - contextLength + 1, rows, lastRow, grid);
    int length = (int) (lastStep - grid.stepOf(rows.times()[firstRow]) + 1);
    long horizonLength = horizon.stepsAfter(grid, lastStep);
    if (patches(horizonLength, patchSize) > MOST_PATCHES - patches(length, patchSize)) {
      return PreparedSeries.refused(
          SeriesStatus.INVALID,
          PreparationReport.of(step, stepInferred, rowCount),
          "expected context and horizon within "
              + MOST_PATCHES
              + " patches of "
              + patchSize
              + " steps, found a context of "
              + length
              + " steps of "
              + step
              + " and a horizon of "
              + horizonLength);
    }
    long[] timestamps = new long[(int) horizonLength];
    for (int i = 0; i < timestamps.length; i++) {
      timestamps[i] = grid.instantOf(lastStep + 1 + i);
    }
    int gridLength = series.knownCovariates().isEmpty() ? length : length + timestamps.length;
    PlacedRows placed = new PlacedRows(rows, grid, firstRow, length, gridLength);
    PreparedSeries prepared =
        layOut(series, placed, step, timestamps, length, gridLength, patchSize);
    // A lone timestamp far in the future must not pass for the whole series.
    if (placed.contextStepsWithRow() > 1 || firstRow == 0 || contextLength == 1) {
      return prepared;
    }
    return PreparedSeries.refused(
        prepared.status() == SeriesStatus.OK ? SeriesStatus.INVALID : prepared.status(),
        prepared.report(),
        "expected more than one row in the context of "
            + contextLength
            + " steps of "
            + step
            + ", found the row at "
            + Instant.ofEpochMilli(rows.times()[firstRow])
            + " only: the row before it, at "
            + Instant.ofEpochMilli(rows.times()[firstRow - 1])
            + ", and "
            + (firstRow - 1)
            + " others are too far away; correct or remove that row");
  }

  private static PreparedSeries layOut(
      TimeSeries series,
      PlacedRows placed,
      Step step,
      long[] timestamps,
      int contextLength,
      int gridLength,
      int patchSize) {
    List<Column> columns = new ArrayList<>(series.targets());
    columns.addAll(series.knownCovariates());
    int targetCount = series.targets().size();
    double[][] values = new double[columns.size()][];
    boolean[][] observed = new boolean[columns.size()][];
    int observedCount = 0;
    int covariateValuesMissing = 0;
    int filled = 0;
    StringBuilder notes = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      Column column = columns.get(i);
      boolean isTarget = i < targetCount;
      values[i] = new double[isTarget ? contextLength : gridLength];
      observed[i] = new boolean[values[i].length];
      placed.place(column.values(), values[i], observed[i]);
      int found = observedFrom(isTarget ? 0 : contextLength, observed[i]);
      observedCount += isTarget ? found : 0;
      covariateValuesMissing += isTarget ? 0 : timestamps.length - found;
      if (found == 0) {
        notes
            .append(notes.isEmpty() ? "" : "; ")
            .append(isTarget ? "target '" : "known covariate '")
            .append(column.name())
            .append("' has no value in the ")
            .append(isTarget ? "context" : "horizon");
      }
      filled += fillForward(values[i], observed[i], contextLength, patchSize);
    }
    PreparationReport report =
        new PreparationReport(
            step,
            series.step() == null,
            series.timestamps().length,
            contextLength,
            observedCount,
            contextLength - placed.contextStepsWithRow(),
            targetCount * placed.contextStepsWithRow() - observedCount,
            placed.duplicatesDropped(),
            placed.rowsMerged(),
            placed.rowsReordered(),
            placed.rowsCut(),
            placed.rowsSnapped(),
            filled,
            covariateValuesMissing);
    if (observedCount == 0) {
      return PreparedSeries.refused(
          SeriesStatus.ALL_MISSING,
          report,
          "expected at least one finite target value in the context, found none in "
              + placed.contextStepsWithRow()
              + " steps with a row");
    }
    return new PreparedSeries(
        SeriesStatus.OK, notes.toString(), report, timestamps.length, timestamps, values, observed);
  }

  /** What is wrong with the columns, timestamps or step of a series, or null. */
  static String faultOf(TimeSeries series) {
    long[] timestamps = series.timestamps();
    if (series.targets().isEmpty()) {
      return "expected at least one target column, found none";
    }
    Set<String> names = new HashSet<>();
    for (List<Column> columns : List.of(series.targets(), series.knownCovariates())) {
      for (Column column : columns) {
        if (!names.add(column.name())) {
          return "expected columns of different names, found '" + column.name() + "' twice";
        }
        int found = column.values() == null ? 0 : column.values().length;
        if (found != timestamps.length) {
          return "expected "
              + timestamps.length
              + " values in column '"
              + column.name()
              + "', one per timestamp, found "
              + found;
        }
      }
    }
    for (int row = 0; row < timestamps.length; row++) {
      if (timestamps[row] < EARLIEST_MILLIS || timestamps[row] > LATEST_MILLIS) {
        return "expected timestamps in milliseconds since the epoch between the years 1 and 9999,"
            + " found "
            + timestamps[row]
            + " in row "
            + row
            + " (from 0)";
      }
    }
    if (series.step() != null && series.step().meanMillis() > LONGEST_STEP_MILLIS) {
      return "expected a step of at most 100 years, found " + series.step();
    }
    return null;
  }

  /** With known covariates, the last row with a target, or else the last row. */
  private static int lastRowOfContext(TimeSeries series, SortedRows rows) {
    int last = rows.count() - 1;
    if (series.knownCovariates().isEmpty()) {
      return last;
    }
    for (int row = last; row >= 0; row--) {
      for (Column target : series.targets()) {
        if (Double.isFinite(rows.value(target.values(), row))) {
          return row;
        }
      }
    }
    return last;
  }

  private static int firstRowFrom(long step, SortedRows rows, int lastRow, Grid grid) {
    int low = 0;
    int high = lastRow;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (grid.stepOf(rows.times()[middle]) < step) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long patches(long steps, int patchSize) {
    return (steps - 1) / patchSize + 1;
  }

  private static int observedFrom(int step, boolean[] observed) {
    int count = 0;
    for (int i = step; i < observed.length; i++) {
      count += observed[i] ? 1 : 0;
    }
    return count;
  }

  /** Repeats the last observed value wherever one is missing in the last patch of the context. */
  private static int fillForward(
      double[] values, boolean[] observed, int contextLength, int patchSize) {
    int from = Math.max(0, contextLength - patchSize);
    int last = from;
    while (last >= 0 && !observed[last]) {
      last--;
    }
    int filled = 0;
    for (int i = from; i < contextLength; i++) {
      if (observed[i]) {
        last = i;
      } else if (last >= 0) {
        values[i] = values[last];
        observed[i] = true;
        filled++;
      }
    }
    return filled;
  }
}
