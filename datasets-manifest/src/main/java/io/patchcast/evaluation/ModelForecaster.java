package io.patchcast.evaluation;

import io.patchcast.datasets.DatasetSeries;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.forecast.VariateForecast;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The model on windows: each variate alone, through the public API as any caller would. */
public final class ModelForecaster implements WindowForecaster {
  /** The model sees no clock, so any will do. */
  private static final Step CLOCK = Step.of(Duration.ofMinutes(1));

  private final Forecaster forecaster;
  private final ForecastOptions options;
  private final String label;
  private final int contextLength;

  /**
   * Forecasts with a model that stays the caller's to close.
   *
   * @param label under which its scores are listed
   */
  public ModelForecaster(Forecaster forecaster, ForecastOptions options, String label) {
    this.forecaster = forecaster;
    this.options = options;
    this.label = label;
    ModelInfo model = forecaster.model();
    this.contextLength =
        options.contextLength() == 0 ? model.contextLength() : options.contextLength();
  }

  @Override
  public String label() {
    return label;
  }

  /** Most steps of history that the model sees. */
  public int contextLength() {
    return contextLength;
  }

  @Override
  public List<WindowForecast> forecast(List<Window> windows) {
    List<TimeSeries> series = new ArrayList<>(windows.size());
    for (Window window : windows) {
      series.add(series(window));
    }
    int horizon = windows.get(0).horizon();
    List<WindowForecast> forecasts = new ArrayList<>(windows.size());
    for (SeriesForecast forecast :
        forecaster
            .forecast(new ForecastRequest(series, Horizon.steps(horizon), options))
            .series()) {
      forecasts.add(
          forecast.status() == SeriesStatus.OK
              ? WindowForecast.of(quantiles(forecast.variates().get(0)))
              : WindowForecast.failed(forecast.status().code() + ": " + forecast.message()));
    }
    return forecasts;
  }

  private TimeSeries series(Window window) {
    DatasetSeries of = window.series();
    double[] values = window.context(contextLength);
    long[] timestamps = new long[values.length];
    for (int t = 0; t < timestamps.length; t++) {
      timestamps[t] = CLOCK.plus(0, t);
    }
    return TimeSeries.builder(of.id())
        .timestamps(timestamps)
        .step(CLOCK)
        .target("value", values)
        .build();
  }

  private static double[] quantiles(VariateForecast forecast) {
    int levels = WindowForecast.LEVEL_COUNT;
    double[] quantiles = new double[forecast.horizon() * levels];
    for (int q = 0; q < levels; q++) {
      double[] ofLevel = forecast.quantile((q + 1) / (levels + 1.0));
      for (int h = 0; h < ofLevel.length; h++) {
        quantiles[h * levels + q] = ofLevel[h];
      }
    }
    return quantiles;
  }
}
