package io.patchcast.evaluation;

/**
 * Exponential smoothing with additive errors, fitted by least squares:
 *
 * <pre>
 * y_t = l_(t−1) + φ·b_(t−1) + e_t
 * l_t = l_(t−1) + φ·b_(t−1) + α·e_t
 * b_t = φ·b_(t−1) + β·e_t
 * </pre>
 *
 * <p>The errors are linear in l_0 and b_0, so for given α, β, φ the best ones are computed, not
 * searched for. α, β and φ are searched on a grid that is refined around its best point.
 *
 * <p>Source: Hyndman, Koehler, Ord and Snyder (2008), Forecasting with Exponential Smoothing.
 *
 * @param trend what the model has of one
 * @param alpha of the level
 * @param beta of the trend
 * @param phi damping of the trend
 * @param level after the last value
 * @param slope after the last value
 * @param squares sum of the squared errors
 * @param errors [n] one-step errors
 */
record Smoothing(
    Trend trend,
    double alpha,
    double beta,
    double phi,
    double level,
    double slope,
    double squares,
    double[] errors) {

  /** The kinds of trend. */
  enum Trend {
    NONE(2),
    LINEAR(4),
    DAMPED(5);

    /** Parameters that are estimated, initial states included. */
    private final int parameterCount;

    Trend(int parameterCount) {
      this.parameterCount = parameterCount;
    }
  }

  private static final double LOWEST = 1e-4;
  private static final double HIGHEST = 0.9999;
  private static final double LOWEST_DAMPING = 0.8;
  private static final double HIGHEST_DAMPING = 0.98;
  private static final int GRID = 6;
  private static final int REFINEMENTS = 7;

  /** The best model of a kind; needs at least three values. */
  static Smoothing fit(double[] values, Trend trend) {
    double[] low = {LOWEST, LOWEST, LOWEST_DAMPING};
    double[] high = {HIGHEST, HIGHEST, HIGHEST_DAMPING};
    Smoothing best = null;
    for (int round = 0; round <= REFINEMENTS; round++) {
      Smoothing found = search(values, trend, low, high);
      best = best == null || found.squares < best.squares ? found : best;
      double[] at = {best.alpha, best.beta / best.alpha, best.phi};
      for (int i = 0; i < at.length; i++) {
        double width = (high[i] - low[i]) / (GRID - 1);
        double lowest = i == 2 ? LOWEST_DAMPING : LOWEST;
        double highest = i == 2 ? HIGHEST_DAMPING : HIGHEST;
        low[i] = Math.max(lowest, at[i] - width);
        high[i] = Math.min(highest, at[i] + width);
      }
    }
    return best;
  }

  private static Smoothing search(double[] values, Trend trend, double[] low, double[] high) {
    int betas = trend == Trend.NONE ? 1 : GRID;
    int phis = trend == Trend.DAMPED ? GRID / 2 : 1;
    Smoothing best = null;
    for (int a = 0; a < GRID; a++) {
      double alpha = between(low[0], high[0], a, GRID);
      for (int b = 0; b < betas; b++) {
        double beta = trend == Trend.NONE ? 0 : alpha * between(low[1], high[1], b, betas);
        for (int p = 0; p < phis; p++) {
          double phi =
              switch (trend) {
                case NONE -> 0;
                case LINEAR -> 1;
                case DAMPED -> between(low[2], high[2], p, phis);
              };
          Smoothing found = withStates(values, trend, alpha, beta, phi);
          best = best == null || found.squares < best.squares ? found : best;
        }
      }
    }
    return best;
  }

  private static double between(double low, double high, int index, int count) {
    return count == 1 ? low : low + (high - low) * index / (count - 1);
  }

  private static Smoothing withStates(
      double[] values, Trend trend, double alpha, double beta, double phi) {
    // Errors of the states 0, and how they change with l_0 and b_0.
    double l = 0;
    double b = 0;
    double lOfL = 1;
    double bOfL = 0;
    double lOfB = 0;
    double bOfB = 1;
    double ll = 0;
    double lb = 0;
    double bb = 0;
    double le = 0;
    double be = 0;
    for (double value : values) {
      double e = value - l - phi * b;
      double eOfL = -lOfL - phi * bOfL;
      double eOfB = -lOfB - phi * bOfB;
      ll += eOfL * eOfL;
      lb += eOfL * eOfB;
      bb += eOfB * eOfB;
      le += eOfL * e;
      be += eOfB * e;
      l += phi * b + alpha * e;
      b = phi * b + beta * e;
      lOfL += phi * bOfL + alpha * eOfL;
      bOfL = phi * bOfL + beta * eOfL;
      lOfB += phi * bOfB + alpha * eOfB;
      bOfB = phi * bOfB + beta * eOfB;
    }
    double level;
    double slope = 0;
    double determinant = ll * bb - lb * lb;
    if (trend == Trend.NONE || !(determinant > 1e-12 * ll * bb)) {
      level = -le / ll;
    } else {
      level = (-le * bb + be * lb) / determinant;
      slope = (-be * ll + le * lb) / determinant;
    }
    double[] errors = new double[values.length];
    double squares = 0;
    for (int t = 0; t < values.length; t++) {
      double e = values[t] - level - phi * slope;
      level += phi * slope + alpha * e;
      slope = phi * slope + beta * e;
      errors[t] = e;
      squares += e * e;
    }
    return new Smoothing(trend, alpha, beta, phi, level, slope, squares, errors);
  }

  /** Akaike's criterion, corrected for short series; infinite where there are too few values. */
  double correctedAkaike() {
    int n = errors.length;
    int k = trend.parameterCount + 1;
    return n - k - 1 <= 0
        ? Double.POSITIVE_INFINITY
        : n * Math.log(Math.max(squares, Double.MIN_NORMAL) / n)
            + 2.0 * k
            + 2.0 * k * (k + 1) / (n - k - 1);
  }

  /** Forecast of each step. */
  double[] ahead(int horizon) {
    double[] forecast = new double[horizon];
    double sum = 0;
    double factor = 1;
    for (int h = 0; h < horizon; h++) {
      factor *= phi;
      sum += factor;
      forecast[h] = level + sum * slope;
    }
    return forecast;
  }

  /** Standard deviation of the error of each step's forecast. */
  double[] deviations(int horizon) {
    double sigma = Math.sqrt(squares / Math.max(1, errors.length - trend.parameterCount));
    double[] deviations = new double[horizon];
    double variance = 1;
    double sum = 0;
    double factor = 1;
    for (int h = 0; h < horizon; h++) {
      deviations[h] = sigma * Math.sqrt(variance);
      factor *= phi;
      sum += factor;
      double weight = alpha + beta * sum;
      variance += weight * weight;
    }
    return deviations;
  }
}
