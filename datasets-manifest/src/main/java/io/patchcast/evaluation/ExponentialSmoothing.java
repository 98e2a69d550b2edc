package io.patchcast.evaluation;

import java.util.Arrays;

/**
 * The baseline ETS: exponential smoothing of the seasonally adjusted values ({@link
 * SeasonalAdjustment}) without trend, with a linear or with a damped trend, whichever has the least
 * corrected Akaike criterion.
 *
 * <p>Looks at the last 1,024 values. Seasons are adjusted for, not smoothed, so that a season of
 * hundreds of steps is no obstacle.
 */
final class ExponentialSmoothing {
  private static final int MOST_VALUES = 1024;
  private static final int FEWEST_VALUES = 4;

  private ExponentialSmoothing() {}

  static WindowForecast forecast(Window window) {
    SeasonalAdjustment adjustment =
        SeasonalAdjustment.of(window.filledContext(Baseline.MOST_CONTEXT), window.season());
    double[] all = adjustment.adjusted();
    double[] values = Arrays.copyOfRange(all, Math.max(0, all.length - MOST_VALUES), all.length);
    if (values.length < FEWEST_VALUES) {
      return Baseline.NAIVE.forecast(window);
    }
    Smoothing best = null;
    for (Smoothing.Trend trend : Smoothing.Trend.values()) {
      Smoothing fit = Smoothing.fit(values, trend);
      best = best == null || fit.correctedAkaike() < best.correctedAkaike() ? fit : best;
    }
    return seasonal(adjustment, best.ahead(window.horizon()), best.deviations(window.horizon()));
  }

  /** Puts the season back. */
  static WindowForecast seasonal(
      SeasonalAdjustment adjustment, double[] median, double[] deviation) {
    for (int h = 0; h < median.length; h++) {
      double index = adjustment.indexAhead(h);
      median[h] *= index;
      deviation[h] *= Math.abs(index);
    }
    return WindowForecast.normal(median, deviation);
  }
}
