package io.patchcast.evaluation;

/**
 * The baseline Theta: of the seasonally adjusted values ({@link SeasonalAdjustment}), the mean of
 * the line fitted through them and of the simple exponential smoothing of the values with twice
 * their distance from that line.
 *
 * <p>Source: Assimakopoulos and Nikolopoulos (2000), The theta model; the variant of the M4
 * competition's benchmarks. The spread is that of the smoothing, with the errors of the mean.
 */
final class Theta {
  private static final int FEWEST_VALUES = 4;

  private Theta() {}

  static WindowForecast forecast(Window window) {
    SeasonalAdjustment adjustment =
        SeasonalAdjustment.of(window.filledContext(Baseline.MOST_CONTEXT), window.season());
    double[] values = adjustment.adjusted();
    int n = values.length;
    if (n < FEWEST_VALUES) {
      return Baseline.NAIVE.forecast(window);
    }
    double middle = (n - 1) / 2.0;
    double mean = 0;
    double products = 0;
    double squares = 0;
    for (int t = 0; t < n; t++) {
      mean += values[t] / n;
    }
    for (int t = 0; t < n; t++) {
      products += (t - middle) * (values[t] - mean);
      squares += (t - middle) * (t - middle);
    }
    double slope = products / squares;
    double[] doubled = new double[n];
    for (int t = 0; t < n; t++) {
      doubled[t] = 2 * values[t] - (mean + slope * (t - middle));
    }
    Smoothing smoothing = Smoothing.fit(doubled, new Smoothing.Kind(Smoothing.Trend.NONE, 1));
    double[] median = smoothing.ahead(window.horizon());
    double[] deviation = smoothing.deviations(window.horizon());
    for (int h = 0; h < median.length; h++) {
      median[h] = (median[h] + mean + slope * (n + h - middle)) / 2;
      // The line has no error in this model, and the smoothing of the mean has half of the doubled.
      deviation[h] /= 2;
    }
    return adjustment.seasonal(median, deviation);
  }
}
