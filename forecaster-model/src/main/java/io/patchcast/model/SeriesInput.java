package io.patchcast.model;

import java.util.Arrays;
import java.util.Locale;

/**
 * One series as the model takes it: variates on one regular grid.
 *
 * <p>Rows are the targets, then the known covariates. Values where {@code observed} is false are
 * not looked at. Nothing is imputed here. The last patch of the context counts as observed whatever
 * its mask says, as in the reference: fill it before.
 *
 * @param values [variate][time]: targets through the context, covariates through the horizon
 * @param observed [variate][time] true = a real value is there
 * @param groupIds [variate] variates of different groups do not see each other
 * @param targetCount how many of the variates are to be forecast
 * @param contextLength steps of context, any number from 1 on
 * @param horizon steps to forecast
 */
public record SeriesInput(
    double[][] values,
    boolean[][] observed,
    long[] groupIds,
    int targetCount,
    int contextLength,
    int horizon) {

  public SeriesInput {
    if (targetCount < 1 || targetCount > values.length) {
      throw new IllegalArgumentException(
          "targetCount must be 1 to the number of variates "
              + values.length
              + ", got "
              + targetCount);
    }
    if (observed.length != values.length || groupIds.length != values.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "values, observed and groupIds must have one entry per variate, got %d, %d and %d",
              values.length,
              observed.length,
              groupIds.length));
    }
    if (contextLength < 1 || horizon < 1) {
      throw new IllegalArgumentException(
          "contextLength and horizon must be at least 1, got " + contextLength + " and " + horizon);
    }
    for (int v = 0; v < values.length; v++) {
      int expected = v < targetCount ? contextLength : contextLength + horizon;
      if (values[v].length != expected || observed[v].length != expected) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "variate %d must have %d values and marks, got %d and %d",
                v,
                expected,
                values[v].length,
                observed[v].length));
      }
    }
  }

  /** One variate, no gaps. */
  public static SeriesInput univariate(double[] values, int horizon) {
    boolean[] observed = new boolean[values.length];
    Arrays.fill(observed, true);
    return new SeriesInput(
        new double[][] {values},
        new boolean[][] {observed},
        new long[1],
        1,
        values.length,
        horizon);
  }

  /**
   * This series as the reference reads it: every step in the last patch of the context is an
   * observed value of its target, whatever the mask says.
   */
  public SeriesInput withLastPatchObserved(int patchSize) {
    boolean[][] marks = observed.clone();
    for (int v = 0; v < targetCount; v++) {
      marks[v] = observed[v].clone();
      Arrays.fill(marks[v], Math.max(0, contextLength - patchSize), contextLength, true);
    }
    return new SeriesInput(values, marks, groupIds, targetCount, contextLength, horizon);
  }
}
