package io.patchcast.evaluation;

import io.patchcast.evaluation.Smoothing.Kind;
import io.patchcast.evaluation.Smoothing.Trend;
import java.util.ArrayList;
import java.util.List;

/**
 * The baselines of exponential smoothing.
 *
 * <p>{@link Baseline#ETS} chooses the model with the least corrected Akaike criterion: without
 * trend, with a linear or with a damped one, and each of them without and with additive seasons,
 * where there are three seasons of at most 24 steps; errors are additive. It looks at the last
 * 1,024 values.
 *
 * <p>SES, Holt and Damped are those of the M4 competition: one kind of trend each, on the
 * seasonally adjusted values ({@link SeasonalAdjustment}); Comb is their mean.
 */
final class ExponentialSmoothing {
  private static final int MOST_VALUES = 1024;
  private static final int FEWEST_VALUES = 4;
  private static final int LONGEST_SEASON = 24;
  private static final int FEWEST_SEASONS = 3;

  private ExponentialSmoothing() {}

  /** The forecast of the model that is chosen. */
  static WindowForecast automatic(Window window) {
    double[] values = window.filledContext(MOST_VALUES);
    if (values.length < FEWEST_VALUES) {
      return Baseline.NAIVE.forecast(window);
    }
    int season = window.season();
    boolean seasonal =
        season > 1 && season <= LONGEST_SEASON && values.length >= FEWEST_SEASONS * season;
    List<Kind> kinds = new ArrayList<>();
    for (Trend trend : Trend.values()) {
      kinds.add(new Kind(trend, 1));
      if (seasonal) {
        kinds.add(new Kind(trend, season));
      }
    }
    Smoothing best = null;
    for (Kind kind : kinds) {
      Smoothing fit = Smoothing.fit(values, kind);
      best = best == null || fit.correctedAkaike() < best.correctedAkaike() ? fit : best;
    }
    return WindowForecast.normal(best.ahead(window.horizon()), best.deviations(window.horizon()));
  }

  /** The mean of the forecasts with each of these trends, and of their deviations. */
  static WindowForecast adjusted(Window window, Trend... trends) {
    SeasonalAdjustment adjustment =
        SeasonalAdjustment.of(window.filledContext(Baseline.MOST_CONTEXT), window.season());
    if (adjustment.adjusted().length < FEWEST_VALUES) {
      return Baseline.NAIVE.forecast(window);
    }
    double[] median = new double[window.horizon()];
    double[] deviation = new double[window.horizon()];
    for (Trend trend : trends) {
      Smoothing fit = Smoothing.fit(adjustment.adjusted(), new Kind(trend, 1));
      double[] ahead = fit.ahead(median.length);
      double[] deviations = fit.deviations(median.length);
      for (int h = 0; h < median.length; h++) {
        median[h] += ahead[h] / trends.length;
        deviation[h] += deviations[h] / trends.length;
      }
    }
    return adjustment.seasonal(median, deviation);
  }
}
