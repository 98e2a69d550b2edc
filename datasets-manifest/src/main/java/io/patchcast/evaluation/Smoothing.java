package io.patchcast.evaluation;

import java.util.Arrays;

/**
 * Exponential smoothing with additive errors and, if any, additive seasons of m steps, fitted by
 * least squares:
 *
 * <pre>
 * y_t = l_(t−1) + φ·b_(t−1) + s_(t−m) + e_t
 * l_t = l_(t−1) + φ·b_(t−1) + α·e_t
 * b_t = φ·b_(t−1) + β·e_t
 * s_t = s_(t−m) + γ·e_t
 * </pre>
 *
 * <p>Parameters and initial states are searched together ({@link NelderMead}), with α, β/α, γ/(1 −
 * α) within (0, 1), φ from 0.8 to 0.98, and all of them admissible together. Start, bounds and
 * length of the search are those of the R package forecast, from which the benchmarks of the M4
 * competition come; a longer search would find a lower sum of squares now and then, and another
 * forecast.
 *
 * <p>Sources: Hyndman, Koehler, Ord and Snyder (2008), Forecasting with Exponential Smoothing;
 * Hyndman and Khandakar (2008), Automatic Time Series Forecasting: The forecast Package for R.
 *
 * @param kind which of the components it has
 * @param parameters that were searched for
 * @param level after the last value
 * @param slope after the last value
 * @param seasonal [m] last state of each place in the season, counted from the first value; 0 for
 *     no season
 * @param squares sum of the squared one-step errors
 * @param length number of values
 */
record Smoothing(
    Kind kind,
    double[] parameters,
    double level,
    double slope,
    double[] seasonal,
    double squares,
    int length) {

  /** The kinds of trend. */
  enum Trend {
    NONE,
    LINEAR,
    DAMPED
  }

  /**
   * Components of a model.
   *
   * @param trend of the level
   * @param season steps of a season, 1 = none
   */
  record Kind(Trend trend, int season) {
    private boolean isSeasonal() {
      return season > 1;
    }

    /** Where in the parameters b_0, γ and φ are; α is the first, β the second. */
    private int gammaIndex() {
      return trend == Trend.NONE ? 1 : 2;
    }

    private int phiIndex() {
      return gammaIndex() + (isSeasonal() ? 1 : 0);
    }

    private int levelIndex() {
      return phiIndex() + (trend == Trend.DAMPED ? 1 : 0);
    }

    private int seasonalIndex() {
      return levelIndex() + (trend == Trend.NONE ? 1 : 2);
    }

    /** Parameters that are searched, initial states included: seasonal ones add up to 0. */
    int parameterCount() {
      return seasonalIndex() + season - 1;
    }

    private double alpha(double[] parameters) {
      return parameters[0];
    }

    private double beta(double[] parameters) {
      return trend == Trend.NONE ? 0 : parameters[1];
    }

    private double gamma(double[] parameters) {
      return isSeasonal() ? parameters[gammaIndex()] : 0;
    }

    private double phi(double[] parameters) {
      return switch (trend) {
        case NONE -> 0;
        case LINEAR -> 1;
        case DAMPED -> parameters[phiIndex()];
      };
    }

    boolean isWithinBounds(double[] parameters) {
      double alpha = alpha(parameters);
      double beta = beta(parameters);
      double gamma = gamma(parameters);
      double phi = phi(parameters);
      return isBetween(LOWEST, alpha, HIGHEST)
          && (trend == Trend.NONE || isBetween(LOWEST, beta, alpha))
          && (!isSeasonal() || isBetween(LOWEST, gamma, 1 - alpha))
          && (trend != Trend.DAMPED || isBetween(LOWEST_DAMPING, phi, HIGHEST_DAMPING))
          && (trend == Trend.NONE || !isSeasonal() || forgets(alpha, beta, gamma, phi));
    }

    /**
     * Whether errors of the distant past are forgotten: all roots of the characteristic polynomial
     * lie within the unit circle. With a trend and a season together the bounds do not see to it.
     *
     * <p>Source: Hyndman, Akram and Archibald (2008), The admissible parameter space for
     * exponential smoothing models; by the recursion of Schur and Cohn.
     */
    private boolean forgets(double alpha, double beta, double gamma, double phi) {
      int degree = season + 1;
      double[] coefficients = new double[degree + 1];
      Arrays.fill(coefficients, alpha + beta - alpha * phi);
      coefficients[0] = phi * (1 - alpha - gamma);
      coefficients[1] += gamma - 1;
      coefficients[season] = alpha + beta - phi;
      coefficients[degree] = 1;
      for (int i = 0; i < degree; i++) {
        coefficients[i] *= Math.pow(CIRCLE, i - degree);
      }
      double[] reduced = new double[degree + 1];
      for (int n = degree; n > 0; n--) {
        double last = coefficients[0];
        if (!(Math.abs(last) < 1)) {
          return false;
        }
        for (int i = 1; i <= n; i++) {
          reduced[i - 1] = (coefficients[i] - last * coefficients[n - i]) / (1 - last * last);
        }
        System.arraycopy(reduced, 0, coefficients, 0, n);
      }
      return true;
    }

    private static boolean isBetween(double low, double value, double high) {
      return low <= value && value <= high;
    }
  }

  private static final double LOWEST = 1e-4;
  private static final double HIGHEST = 0.9999;
  private static final double LOWEST_DAMPING = 0.8;
  private static final double HIGHEST_DAMPING = 0.98;
  private static final int MOST_EVALUATIONS = 2000;

  /** As much beyond the unit circle as R's package allows for rounding. */
  private static final double CIRCLE = 1 + 1e-10;

  /** Values that the initial level and slope are taken from, at least. */
  private static final int FIRST_VALUES = 10;

  /** The model of a kind; needs at least three values, and three seasons. */
  static Smoothing fit(double[] values, Kind kind) {
    State state = new State(kind);
    double[] found =
        NelderMead.minimum(
            start(values, kind),
            parameters ->
                kind.isWithinBounds(parameters)
                    ? state.run(parameters, values) / values.length
                    : Double.POSITIVE_INFINITY,
            MOST_EVALUATIONS);
    double squares = state.run(found, values);
    return new Smoothing(
        kind, found, state.level, state.slope, state.seasonal, squares, values.length);
  }

  private static double[] start(double[] values, Kind kind) {
    int season = kind.season;
    double[] start = new double[kind.parameterCount()];
    double alpha = LOWEST + 0.5 * (HIGHEST - LOWEST) / season;
    start[0] = alpha;
    if (kind.trend != Trend.NONE) {
      start[1] = LOWEST + 0.1 * (Math.min(HIGHEST, alpha) - LOWEST);
    }
    if (kind.isSeasonal()) {
      start[kind.gammaIndex()] = LOWEST + 0.05 * (Math.min(HIGHEST, 1 - alpha) - LOWEST);
    }
    if (kind.trend == Trend.DAMPED) {
      start[kind.phiIndex()] = LOWEST_DAMPING + 0.99 * (HIGHEST_DAMPING - LOWEST_DAMPING);
    }
    int first = Math.min(Math.max(FIRST_VALUES, 2 * season), values.length);
    double[] adjusted = Arrays.copyOf(values, first);
    if (kind.isSeasonal()) {
      double[] places = SeasonalAdjustment.additive(values, season);
      for (int t = 0; t < first; t++) {
        adjusted[t] -= places[t % season];
      }
      // That of the first place follows from the others.
      System.arraycopy(places, 1, start, kind.seasonalIndex(), season - 1);
    }
    double mean = Arrays.stream(adjusted).average().orElse(0);
    start[kind.levelIndex()] = mean;
    if (kind.trend != Trend.NONE) {
      double middle = (first - 1) / 2.0;
      double products = 0;
      double squares = 0;
      for (int t = 0; t < first; t++) {
        products += (t - middle) * (adjusted[t] - mean);
        squares += (t - middle) * (t - middle);
      }
      double slope = products / squares;
      start[kind.levelIndex()] = mean - slope * (middle + 1);
      start[kind.levelIndex() + 1] = slope;
    }
    return start;
  }

  /** The recursion. */
  private static final class State {
    private final Kind kind;
    private final double[] seasonal;
    private double level;
    private double slope;

    State(Kind kind) {
      this.kind = kind;
      this.seasonal = new double[kind.season];
    }

    /** Goes through all values; returns the sum of the squared errors. */
    double run(double[] parameters, double[] values) {
      double alpha = kind.alpha(parameters);
      double beta = kind.beta(parameters);
      double gamma = kind.gamma(parameters);
      double phi = kind.phi(parameters);
      level = parameters[kind.levelIndex()];
      slope = kind.trend == Trend.NONE ? 0 : parameters[kind.levelIndex() + 1];
      seasonal[0] = 0;
      for (int i = 1; i < seasonal.length; i++) {
        seasonal[i] = parameters[kind.seasonalIndex() + i - 1];
        seasonal[0] -= seasonal[i];
      }
      double squares = 0;
      int place = 0;
      for (double value : values) {
        double error = value - level - phi * slope - seasonal[place];
        level += phi * slope + alpha * error;
        slope = phi * slope + beta * error;
        seasonal[place] += gamma * error;
        squares += error * error;
        place = place + 1 == seasonal.length ? 0 : place + 1;
      }
      return squares;
    }
  }

  /** Akaike's criterion, corrected for short series; infinite where there are too few values. */
  double correctedAkaike() {
    int k = kind.parameterCount() + 1;
    return length - k - 1 <= 0
        ? Double.POSITIVE_INFINITY
        : length * Math.log(Math.max(squares, Double.MIN_NORMAL) / length)
            + 2.0 * k
            + 2.0 * k * (k + 1) / (length - k - 1);
  }

  /** Forecast of each step. */
  double[] ahead(int horizon) {
    double[] forecast = new double[horizon];
    double sum = 0;
    double factor = 1;
    for (int h = 0; h < horizon; h++) {
      factor *= kind.phi(parameters);
      sum += factor;
      forecast[h] = level + sum * slope + seasonal[(length + h) % kind.season];
    }
    return forecast;
  }

  /** Standard deviation of the error of each step's forecast. */
  double[] deviations(int horizon) {
    double sigma = Math.sqrt(squares / Math.max(1, length - kind.parameterCount()));
    double[] deviations = new double[horizon];
    double variance = 1;
    double sum = 0;
    double factor = 1;
    for (int h = 0; h < horizon; h++) {
      deviations[h] = sigma * Math.sqrt(variance);
      factor *= kind.phi(parameters);
      sum += factor;
      double weight = kind.alpha(parameters) + kind.beta(parameters) * sum;
      if ((h + 1) % kind.season == 0) {
        weight += kind.gamma(parameters);
      }
      variance += weight * weight;
    }
    return deviations;
  }
}
