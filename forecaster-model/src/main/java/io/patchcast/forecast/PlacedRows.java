package io.patchcast.forecast;

import java.util.Arrays;

/**
 * Rows put on the steps of a {@link Grid}: those of the context and, for columns that have values
 * there, of the horizon.
 */
final class PlacedRows {
  private final SortedRows rows;
  private final int firstRow;

  /** The step of each row from {@link #firstRow} on, 0 = the first of the context; ascending. */
  private final int[] steps;

  private int count;
  private int contextStepsWithRow;
  private int duplicatesDropped;
  private int rowsMerged;
  private int rowsSnapped;

  /**
   * Places the rows from {@code firstRow} up to the last that is not beyond {@code gridLength}.
   *
   * @param contextLength steps of the context
   * @param gridLength steps of context and horizon, or of the context alone
   */
  PlacedRows(SortedRows rows, Grid grid, int firstRow, int contextLength, int gridLength) {
    this.rows = rows;
    this.firstRow = firstRow;
    this.steps = new int[rows.count() - firstRow];
    long[] times = rows.times();
    long firstStep = grid.stepOf(times[firstRow]);
    long step = firstStep;
    boolean snapped = grid.instantOf(step) != times[firstRow];
    rowsSnapped = snapped ? 1 : 0;
    contextStepsWithRow = 1;
    count = 1;
    for (int row = firstRow + 1; row < times.length; row++) {
      if (times[row] == times[row - 1]) {
        duplicatesDropped++;
        steps[count] = steps[count - 1];
        count++;
        continue;
      }
      long previous = step;
      if (times[row] == grid.instantOf(step + 1)) {
        step++;
        snapped = false;
      } else {
        step = grid.stepOf(times[row]);
        snapped = grid.instantOf(step) != times[row];
      }
      long index = step - firstStep;
      if (index >= gridLength) {
        break;
      }
      steps[count++] = (int) index;
      rowsSnapped += snapped ? 1 : 0;
      if (step == previous) {
        rowsMerged++;
      } else if (index < contextLength) {
        contextStepsWithRow++;
      }
    }
  }

  /**
   * Puts the finite values of a column where they belong: of rows with equal timestamps the last,
   * of rows with different ones the mean.
   *
   * @param values of as many steps as are wanted, zeros
   * @param observed likewise; true = a real value is there
   */
  void place(double[] column, double[] values, boolean[] observed) {
    int end = values.length == 0 ? 0 : endOf(values.length - 1);
    if (duplicatesDropped == 0 && rowsMerged == 0) {
      for (int i = 0; i < end; i++) {
        double value = rows.value(column, firstRow + i);
        if (Double.isFinite(value)) {
          values[steps[i]] = value;
          observed[steps[i]] = true;
        }
      }
      return;
    }
    long[] times = rows.times();
    for (int i = end - 1; i >= 0; ) {
      int step = steps[i];
      double mean = 0;
      int found = 0;
      long lastTime = 0;
      for (; i >= 0 && steps[i] == step; i--) {
        double value = rows.value(column, firstRow + i);
        if (Double.isFinite(value) && (found == 0 || times[firstRow + i] != lastTime)) {
          found++;
          // Unlike a sum, this cannot overflow.
          mean += value / found - mean / found;
          lastTime = times[firstRow + i];
        }
      }
      if (found > 0) {
        values[step] = mean;
        observed[step] = true;
      }
    }
  }

  /** Number of placed rows up to a step. */
  private int endOf(int step) {
    if (count == 0 || steps[count - 1] <= step) {
      return count;
    }
    int place = Arrays.binarySearch(steps, 0, count, step + 1);
    int end = place < 0 ? -place - 1 : place;
    while (end > 0 && steps[end - 1] > step) {
      end--;
    }
    return end;
  }

  int contextStepsWithRow() {
    return contextStepsWithRow;
  }

  int duplicatesDropped() {
    return duplicatesDropped;
  }

  int rowsMerged() {
    return rowsMerged;
  }

  int rowsReordered() {
    return rows.reorderedCount();
  }

  int rowsSnapped() {
    return rowsSnapped;
  }

  /** Rows before the first and after the last that were placed. */
  int rowsCut() {
    return rows.count() - count;
  }
}
