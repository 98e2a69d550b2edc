package io.patchcast.evaluation;

/**
 * The metrics of one forecaster on one task; their definitions are those of the package.
 *
 * <p>Adds up in double, window by window, in constant memory. For use by one thread.
 */
public final class Score {
  private static final int LEVELS = WindowForecast.LEVEL_COUNT;

  /**
   * In exponential tails through the quantiles at 0.1 and 0.2 that at 0.025 lies this many of their
   * distances beyond the one at 0.1: log(0.1 / 0.025) / log(0.2 / 0.1).
   */
  private static final double TAIL = 2;

  private long windowCount;
  private long failureCount;
  private long nonFiniteCount;
  private long entryCount;
  private long scaledCount;
  private double scaledError;
  private double absoluteError;
  private double squaredError;
  private double absoluteValue;
  private double percentageError;
  private long percentageCount;
  private double symmetricError;
  private long symmetricCount;
  private long insideCount;
  private double width;
  private final double[] quantileLoss = new double[LEVELS];
  private double scaledQuantileLoss;
  private double intervalScore80;
  private double intervalScore95;
  private boolean known95 = true;
  private double extrapolatedScore95;

  /** [level] Entries at or below the quantile. */
  private final long[] belowCount = new long[LEVELS];

  /** Adds a window; returns its own MASE, NaN where it has none. */
  double add(Window window, WindowForecast forecast) {
    windowCount++;
    double scale = window.scale();
    boolean scaled = scale > 0;
    double[] interval95 = forecast.interval95();
    known95 &= interval95 != null;
    double windowError = 0;
    int windowEntries = 0;
    for (int h = 0; h < window.horizon(); h++) {
      double actual = window.actual(h);
      if (Double.isNaN(actual)) {
        continue;
      }
      double error = Math.abs(actual - forecast.median(h));
      entryCount++;
      absoluteError += error;
      squaredError += error * error;
      absoluteValue += Math.abs(actual);
      if (actual != 0) {
        percentageError += error / Math.abs(actual);
        percentageCount++;
      }
      double sum = Math.abs(actual) + Math.abs(forecast.median(h));
      if (sum > 0) {
        symmetricError += 2 * error / sum;
        symmetricCount++;
      }
      double low = forecast.quantile(h, 0);
      double high = forecast.quantile(h, LEVELS - 1);
      insideCount += low <= actual && actual <= high ? 1 : 0;
      width += high - low;
      double losses = 0;
      for (int q = 0; q < LEVELS; q++) {
        double quantile = forecast.quantile(h, q);
        boolean below = actual <= quantile;
        double loss =
            2 * Math.abs((actual - quantile) * ((below ? 1 : 0) - (q + 1.0) / (LEVELS + 1)));
        quantileLoss[q] += loss;
        losses += loss;
        belowCount[q] += below ? 1 : 0;
      }
      if (scaled) {
        scaledCount++;
        scaledError += error / scale;
        scaledQuantileLoss += losses / LEVELS / scale;
        intervalScore80 += intervalScore(low, high, actual, 0.2) / scale;
        double lower = low - TAIL * (forecast.quantile(h, 1) - low);
        double upper = high + TAIL * (high - forecast.quantile(h, LEVELS - 2));
        extrapolatedScore95 += intervalScore(lower, upper, actual, 0.05) / scale;
        if (interval95 != null) {
          intervalScore95 +=
              intervalScore(interval95[2 * h], interval95[2 * h + 1], actual, 0.05) / scale;
        }
        windowError += error / scale;
        windowEntries++;
      }
    }
    return windowError / windowEntries;
  }

  /**
   * Width of an interval, and what a value outside of it costs; alpha = what should lie outside.
   */
  private static double intervalScore(double low, double high, double actual, double alpha) {
    double outside = Math.max(0, Math.max(low - actual, actual - high));
    return high - low + 2 / alpha * outside;
  }

  void addFailure() {
    failureCount++;
  }

  void addNonFinite() {
    nonFiniteCount++;
  }

  /** Windows scored. */
  public long windowCount() {
    return windowCount;
  }

  /** Windows for which there was no forecast, scored with that of the seasonal naive. */
  public long failureCount() {
    return failureCount;
  }

  /** Those of the failures whose forecast had a value that is no number. */
  public long nonFiniteCount() {
    return nonFiniteCount;
  }

  /** Entries scored: window steps that have a value. */
  public long entryCount() {
    return entryCount;
  }

  /** Mean absolute scaled error. */
  public double mase() {
    return scaledError / scaledCount;
  }

  /** Mean weighted quantile loss. */
  public double crps() {
    double sum = 0;
    for (double loss : quantileLoss) {
      sum += loss / absoluteValue;
    }
    return sum / LEVELS;
  }

  /** Scaled quantile loss. */
  public double sql() {
    return scaledQuantileLoss / scaledCount;
  }

  /** Mean scaled interval score of the central 80 %, the outermost quantiles. */
  public double msis80() {
    return intervalScore80 / scaledCount;
  }

  /** Mean scaled interval score of the central 95 %; NaN where a forecast has no such interval. */
  public double msis95() {
    return known95 ? intervalScore95 / scaledCount : Double.NaN;
  }

  /** The same of an interval that is extrapolated from the nine quantiles, as GIFT-Eval does. */
  public double msisExtrapolated() {
    return extrapolatedScore95 / scaledCount;
  }

  /** Normalised deviation. */
  public double nd() {
    return absoluteError / absoluteValue;
  }

  /** Mean absolute error of the median. */
  public double mae() {
    return absoluteError / entryCount;
  }

  /** Mean squared error of the median. */
  public double mse() {
    return squaredError / entryCount;
  }

  /** Root mean squared error over the mean of |y|. */
  public double nrmse() {
    return Math.sqrt(mse()) / (absoluteValue / entryCount);
  }

  /** Mean absolute percentage error, as a part of 1; values of 0 are left out. */
  public double mape() {
    return percentageError / percentageCount;
  }

  /**
   * Symmetric mean absolute percentage error, as a part of 1; entries whose value and median are
   * both 0 are left out.
   */
  public double smape() {
    return symmetricError / symmetricCount;
  }

  /** Share of values within the 80 % band. */
  public double coverage() {
    return (double) insideCount / entryCount;
  }

  /** Width of the 80 % band over the mean of |y|. */
  public double width() {
    return width / absoluteValue;
  }

  /** Share of values at or below the quantile of level (index + 1) / 10. */
  public double shareBelow(int level) {
    return (double) belowCount[level] / entryCount;
  }

  /**
   * What came out.
   *
   * @param variateCount most series of the task that are variates of one table
   * @param tooShort windows that could not be
   * @param seconds spent on forecasting
   */
  TaskScore of(
      EvaluationTask task, int variateCount, String forecaster, long tooShort, double seconds) {
    double[] below = new double[LEVELS];
    for (int q = 0; q < LEVELS; q++) {
      below[q] = shareBelow(q);
    }
    return new TaskScore(
        task.benchmark(),
        task.name(),
        task.domain(),
        variateCount,
        forecaster,
        windowCount,
        entryCount,
        failureCount,
        nonFiniteCount,
        tooShort,
        mase(),
        crps(),
        sql(),
        msis80(),
        msis95(),
        msisExtrapolated(),
        nd(),
        mae(),
        mse(),
        nrmse(),
        mape(),
        smape(),
        coverage(),
        width(),
        below,
        seconds);
  }
}
