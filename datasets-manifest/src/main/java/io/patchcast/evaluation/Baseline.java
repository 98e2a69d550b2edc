package io.patchcast.evaluation;

import io.patchcast.evaluation.Smoothing.Trend;
import java.util.List;
import java.util.Locale;

/**
 * The baselines, all with normal quantiles around their median.
 *
 * <p>m is the season, y_n the last value of the context with its gaps filled, n its length, h the
 * step ahead (from 1), s_m the root mean square of the differences one season apart. Those that fit
 * something look at the last 4,096 values, {@link #ETS} at the last 1,024.
 */
public enum Baseline implements WindowForecaster {
  /** y_n; deviation s_1·√h. */
  NAIVE,
  /**
   * The value m steps back, tiled; deviation s_m·√(⌊(h−1)/m⌋ + 1). Where the context is shorter
   * than a season the median is y_n with no spread.
   */
  SEASONAL_NAIVE,
  /** The line through the first and the last value; deviation s·√(h·(1 + h/(n−1))). */
  DRIFT,
  /** {@link Theta}. */
  THETA,
  /** {@link ExponentialSmoothing}. */
  ETS,
  /** The naive on seasonally adjusted values, M4's benchmark Naive2: {@link SeasonalAdjustment}. */
  NAIVE2,
  /** Exponential smoothing without trend, M4's benchmark: {@link ExponentialSmoothing}. */
  SES,
  /** With a linear trend. */
  HOLT,
  /** With a damped trend. */
  DAMPED,
  /** The mean of the three before. */
  COMB;

  /** Values that the baselines that fit something look at. */
  static final int MOST_CONTEXT = 4096;

  /** The baseline of a name such as {@code seasonal_naive}. */
  public static Baseline of(String name) {
    for (Baseline baseline : values()) {
      if (baseline.toString().equals(name)) {
        return baseline;
      }
    }
    throw new IllegalArgumentException(
        "expected a baseline of " + List.of(values()) + ", got '" + name + "'");
  }

  @Override
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The label. */
  @Override
  public String toString() {
    return label();
  }

  @Override
  public List<WindowForecast> forecast(List<Window> windows) {
    return windows.parallelStream().map(this::forecast).toList();
  }

  /** The forecast of one window. */
  WindowForecast forecast(Window window) {
    return switch (this) {
      case NAIVE -> naive(window);
      case SEASONAL_NAIVE -> seasonalNaive(window);
      case DRIFT -> drift(window);
      case THETA -> Theta.forecast(window);
      case ETS -> ExponentialSmoothing.automatic(window);
      case NAIVE2 -> naive2(window);
      case SES -> ExponentialSmoothing.adjusted(window, Trend.NONE);
      case HOLT -> ExponentialSmoothing.adjusted(window, Trend.LINEAR);
      case DAMPED -> ExponentialSmoothing.adjusted(window, Trend.DAMPED);
      case COMB -> ExponentialSmoothing.adjusted(window, Trend.values());
    };
  }

  private static WindowForecast naive(Window window) {
    double last = window.filled(window.origin() - 1);
    double deviation = window.successiveDeviation();
    double[] median = new double[window.horizon()];
    double[] spread = new double[median.length];
    for (int h = 0; h < median.length; h++) {
      median[h] = last;
      spread[h] = deviation * Math.sqrt(h + 1.0);
    }
    return WindowForecast.normal(median, spread);
  }

  private static WindowForecast seasonalNaive(Window window) {
    int n = window.origin();
    int m = window.season();
    double[] median = new double[window.horizon()];
    double[] spread = new double[median.length];
    double deviation = n < m ? 0 : window.seasonalDeviation();
    for (int h = 0; h < median.length; h++) {
      median[h] = window.filled(n < m ? n - 1 : n - m + h % m);
      int seasonsBefore = h / m;
      spread[h] = deviation * Math.sqrt(seasonsBefore + 1.0);
    }
    return WindowForecast.normal(median, spread);
  }

  private static WindowForecast drift(Window window) {
    int n = window.origin();
    double first = window.filled(0);
    double last = window.filled(n - 1);
    double slope = n < 2 ? 0 : (last - first) / (n - 1);
    double rms = window.successiveDeviation();
    // The residuals are the differences without their mean, which is the slope.
    double deviation = n < 3 ? 0 : Math.sqrt(Math.max(0, rms * rms - slope * slope));
    double[] median = new double[window.horizon()];
    double[] spread = new double[median.length];
    for (int h = 0; h < median.length; h++) {
      int ahead = h + 1;
      median[h] = last + slope * ahead;
      spread[h] = n < 2 ? 0 : deviation * Math.sqrt(ahead * (1 + ahead / (n - 1.0)));
    }
    return WindowForecast.normal(median, spread);
  }

  private static WindowForecast naive2(Window window) {
    SeasonalAdjustment adjustment =
        SeasonalAdjustment.of(window.filledContext(MOST_CONTEXT), window.season());
    double[] adjusted = adjustment.adjusted();
    double[] median = new double[window.horizon()];
    double[] spread = new double[median.length];
    double deviation = new SeasonalDifferences(adjusted, 1).rootMeanSquare(adjusted.length);
    for (int h = 0; h < median.length; h++) {
      median[h] = adjusted[adjusted.length - 1];
      spread[h] = deviation * Math.sqrt(h + 1.0);
    }
    return adjustment.seasonal(median, spread);
  }
}
