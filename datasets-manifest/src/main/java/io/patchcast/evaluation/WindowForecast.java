package io.patchcast.evaluation;

/**
 * Forecast of one window, or why there is none.
 *
 * @param quantiles [horizon · 9], levels 0.1 … 0.9 of each step; null where it failed
 * @param interval95 [horizon · 2], bounds of the central 95 % of each step; null where the
 *     forecaster knows nothing beyond the quantiles
 * @param failure what went wrong; null where nothing did
 */
public record WindowForecast(double[] quantiles, double[] interval95, String failure) {
  /** Levels of the quantiles. */
  static final int LEVEL_COUNT = 9;

  /** Where the median is among the levels. */
  static final int MEDIAN = LEVEL_COUNT / 2;

  /** Quantiles of the standard normal distribution at 0.1 … 0.9. */
  private static final double[] NORMAL = {
    -1.2815515655446004,
    -0.8416212335729142,
    -0.5244005127080409,
    -0.2533471031357997,
    0,
    0.2533471031357997,
    0.5244005127080407,
    0.8416212335729143,
    1.2815515655446004
  };

  /** Quantile of the standard normal distribution at 0.975. */
  private static final double NORMAL_975 = 1.959963984540054;

  /** A forecast that was made. */
  public static WindowForecast of(double[] quantiles) {
    return new WindowForecast(quantiles, null, null);
  }

  /** A forecast that could not be made. */
  public static WindowForecast failed(String reason) {
    return new WindowForecast(null, null, reason);
  }

  /**
   * Normal quantiles around a median.
   *
   * @param median [horizon]
   * @param deviation [horizon]; NaN counts as 0
   */
  static WindowForecast normal(double[] median, double[] deviation) {
    double[] quantiles = new double[median.length * LEVEL_COUNT];
    double[] interval = new double[median.length * 2];
    for (int h = 0; h < median.length; h++) {
      double spread = Double.isNaN(deviation[h]) ? 0 : deviation[h];
      interval[2 * h] = median[h] - NORMAL_975 * spread;
      interval[2 * h + 1] = median[h] + NORMAL_975 * spread;
      for (int q = 0; q < LEVEL_COUNT; q++) {
        quantiles[h * LEVEL_COUNT + q] = median[h] + NORMAL[q] * spread;
      }
    }
    return new WindowForecast(quantiles, interval, null);
  }

  double quantile(int step, int level) {
    return quantiles[step * LEVEL_COUNT + level];
  }

  /** The median of a step. */
  public double median(int step) {
    return quantile(step, MEDIAN);
  }

  boolean isFinite() {
    for (double value : quantiles) {
      if (!Double.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
