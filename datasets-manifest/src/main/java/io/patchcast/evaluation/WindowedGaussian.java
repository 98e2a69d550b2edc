package io.patchcast.evaluation;

import java.util.Arrays;

/**
 * The Numenta Anomaly Benchmark's detector <em>windowed Gaussian</em>, as a reference for others: a
 * value is the more anomalous the more standard deviations it lies from the mean of the 6,400
 * values before it.
 *
 * <p>Missing values (NaN) count nowhere and are no anomaly. While there are fewer values all of
 * them count; then the window moves on by 100 values at a time. The benchmark's threshold is a
 * score of 1 − tail probability = 1, of scores that it keeps in twelve digits: a tail probability
 * below 5·10⁻¹³, which is 7.13 deviations.
 *
 * <p>Source: the scoreboard of the Numenta Anomaly Benchmark, entry Windowed Gaussian.
 */
final class WindowedGaussian {
  /** Deviations with a tail probability of 5·10⁻¹³. */
  static final double THRESHOLD = 7.130506848171326;

  private static final int WINDOW = 6400;
  private static final int STEP = 100;

  /** Of a constant, so that anything else is far away from it. */
  private static final double LEAST_DEVIATION = 1e-6;

  private WindowedGaussian() {}

  /** [row] Distance of each value from the mean before it, in deviations; 0 for the first. */
  static double[] scores(double[] values) {
    double[] scores = new double[values.length];
    Moments moments = new Moments(0, 0);
    int known = 0;
    for (int t = 1; t < values.length; t++) {
      int end = t <= WINDOW ? t : t - (t - WINDOW) % STEP;
      if (end != known) {
        moments = Moments.of(values, Math.max(0, end - WINDOW), end);
        known = end;
      }
      double score = Math.abs(values[t] - moments.mean) / moments.deviation;
      scores[t] = Double.isNaN(score) ? 0 : score;
    }
    return scores;
  }

  private record Moments(double mean, double deviation) {
    static Moments of(double[] values, int from, int to) {
      double[] known =
          Arrays.stream(values, from, to).filter(value -> !Double.isNaN(value)).toArray();
      if (known.length == 0) {
        return new Moments(0, Double.POSITIVE_INFINITY);
      }
      double mean = Arrays.stream(known).average().orElseThrow();
      double squares = 0;
      for (double value : known) {
        squares += (value - mean) * (value - mean);
      }
      double deviation = Math.sqrt(squares / known.length);
      return new Moments(mean, deviation == 0 ? LEAST_DEVIATION : deviation);
    }
  }
}
