package io.patchcast.evaluation;

import io.patchcast.datasets.DatasetSeries;

/**
 * A series whose windows are forecast; keeps what all its windows share. Immutable.
 *
 * <p>{@link #filled()} has the gaps filled as GIFT-Eval does for its baselines: the last value is
 * carried forward.
 */
final class EvaluatedSeries {
  private final DatasetSeries series;
  private final SeasonalDifferences observed;
  private final double[] filled;
  private final int firstObserved;
  private final SeasonalDifferences seasonal;
  private final SeasonalDifferences successive;

  EvaluatedSeries(DatasetSeries series, int season) {
    this.series = series;
    this.observed = new SeasonalDifferences(series.values(), season);
    this.filled = series.values().clone();
    int first = 0;
    while (first < filled.length && Double.isNaN(filled[first])) {
      first++;
    }
    this.firstObserved = first;
    for (int t = 0; t < filled.length; t++) {
      if (Double.isNaN(filled[t])) {
        filled[t] = t > first ? filled[t - 1] : first < filled.length ? filled[first] : 0;
      }
    }
    this.seasonal = new SeasonalDifferences(filled, season);
    this.successive = season == 1 ? seasonal : new SeasonalDifferences(filled, 1);
  }

  DatasetSeries series() {
    return series;
  }

  /** The scale S of MASE for a context; NaN or 0 where there is none. */
  double scale(int contextLength) {
    return observed.meanAbsolute(contextLength);
  }

  /** All values without gaps; within a context before {@link #firstObserved} they mean 0. */
  double[] filled() {
    return filled;
  }

  /** Whether a context has any value. */
  boolean isObserved(int contextLength) {
    return firstObserved < contextLength;
  }

  /** Root mean square of the differences one season apart in a filled context; NaN for none. */
  double seasonalDeviation(int contextLength) {
    return seasonal.rootMeanSquare(contextLength);
  }

  /** Root mean square of the differences of neighbours in a filled context; NaN for none. */
  double successiveDeviation(int contextLength) {
    return successive.rootMeanSquare(contextLength);
  }
}
