package io.patchcast.evaluation;

/**
 * Sums of the differences between values one season apart, from which their mean over any context
 * follows at once. Pairs with a missing value are skipped.
 */
final class SeasonalDifferences {
  private final int season;

  /** [length + 1] Sum over the pairs that end before an index. */
  private final double[] absolute;

  /** [length + 1] */
  private final double[] squared;

  /** [length + 1] */
  private final int[] count;

  SeasonalDifferences(double[] values, int season) {
    this.season = season;
    absolute = new double[values.length + 1];
    squared = new double[values.length + 1];
    count = new int[values.length + 1];
    for (int t = 0; t < values.length; t++) {
      double difference = t < season ? Double.NaN : values[t] - values[t - season];
      boolean missing = Double.isNaN(difference);
      absolute[t + 1] = absolute[t] + (missing ? 0 : Math.abs(difference));
      squared[t + 1] = squared[t] + (missing ? 0 : difference * difference);
      count[t + 1] = count[t] + (missing ? 0 : 1);
    }
  }

  int season() {
    return season;
  }

  /** Mean of |y_t − y_(t−m)| over the first values; NaN where there is no pair. */
  double meanAbsolute(int contextLength) {
    return absolute[contextLength] / count[contextLength];
  }

  /** Root of the mean of (y_t − y_(t−m))² over the first values; NaN where there is no pair. */
  double rootMeanSquare(int contextLength) {
    return Math.sqrt(squared[contextLength] / count[contextLength]);
  }
}
