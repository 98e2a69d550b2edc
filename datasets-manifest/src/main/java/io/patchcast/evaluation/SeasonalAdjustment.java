package io.patchcast.evaluation;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/**
 * Classical seasonal adjustment as in the M4 competition's benchmarks: indices are averaged over
 * the ratios of the values to their centred moving average, if the autocorrelation one season apart
 * is significant at 90 %; else the values stay as they are.
 *
 * <p>Where a value is not above zero there are no ratios, and no adjustment.
 *
 * <p>Source: Makridakis, Spiliotis and Assimakopoulos (2020), The M4 Competition.
 *
 * @param adjusted the values divided by their index
 * @param indices [season] index of each place in the season, counted from the first value
 */
record SeasonalAdjustment(double[] adjusted, double[] indices) {
  /** One-sided 95 % point of the normal distribution. */
  private static final double CRITICAL = 1.645;

  private static final int FEWEST_SEASONS = 3;

  static SeasonalAdjustment of(double[] values, int season) {
    if (season < 2
        || values.length < FEWEST_SEASONS * season
        || Arrays.stream(values).anyMatch(value -> !(value > 0))
        || !isSeasonal(values, season)) {
      return new SeasonalAdjustment(values, new double[] {1});
    }
    double[] indices =
        indices(values, season, (value, trend) -> value / trend, (index, mean) -> index / mean);
    double[] adjusted = new double[values.length];
    for (int t = 0; t < values.length; t++) {
      adjusted[t] = values[t] / indices[t % season];
    }
    return new SeasonalAdjustment(adjusted, indices);
  }

  /** The index of a step after the last value, from 0. */
  double indexAhead(int step) {
    return indices[(adjusted.length + step) % indices.length];
  }

  /** A forecast of the adjusted values with the season put back. */
  WindowForecast seasonal(double[] median, double[] deviation) {
    for (int h = 0; h < median.length; h++) {
      double index = indexAhead(h);
      median[h] *= index;
      deviation[h] *= Math.abs(index);
    }
    return WindowForecast.normal(median, deviation);
  }

  private static boolean isSeasonal(double[] values, int season) {
    int n = values.length;
    double mean = Arrays.stream(values).average().orElse(0);
    double[] centred = new double[n];
    double variance = 0;
    for (int t = 0; t < n; t++) {
      centred[t] = values[t] - mean;
      variance += centred[t] * centred[t];
    }
    double squares = 0;
    double correlation = 0;
    for (int lag = 1; lag <= season; lag++) {
      squares += lag == 1 ? 0 : correlation * correlation;
      double sum = 0;
      for (int t = lag; t < n; t++) {
        sum += centred[t] * centred[t - lag];
      }
      correlation = sum / variance;
    }
    return Math.abs(correlation) > CRITICAL * Math.sqrt((1 + 2 * squares) / n);
  }

  /**
   * [season] Distance of each place in the season from the centred moving average, their mean being
   * 0; needs two seasons.
   */
  static double[] additive(double[] values, int season) {
    return indices(values, season, (value, trend) -> value - trend, (index, mean) -> index - mean);
  }

  private static double[] indices(
      double[] values, int season, DoubleBinaryOperator apart, DoubleBinaryOperator centred) {
    double[] sum = new double[season];
    int[] count = new int[season];
    int half = season / 2;
    boolean even = season % 2 == 0;
    for (int t = half; t + half < values.length; t++) {
      double trend = 0;
      for (int k = -half; k <= half; k++) {
        trend += values[t + k] * (even && Math.abs(k) == half ? 0.5 : 1);
      }
      sum[t % season] += apart.applyAsDouble(values[t], trend / season);
      count[t % season]++;
    }
    double total = 0;
    for (int i = 0; i < season; i++) {
      sum[i] /= count[i];
      total += sum[i];
    }
    for (int i = 0; i < season; i++) {
      sum[i] = centred.applyAsDouble(sum[i], total / season);
    }
    return sum;
  }
}
