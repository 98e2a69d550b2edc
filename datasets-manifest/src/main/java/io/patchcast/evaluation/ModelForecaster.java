package io.patchcast.evaluation;

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

/** The model on windows, through the public API as any caller would. */
public final class ModelForecaster implements WindowForecaster {
  /** The model sees no clock, so any will do. */
  private static final Step CLOCK = Step.of(Duration.ofMinutes(1));

  private final Forecaster forecaster;
  private final ForecastOptions options;
  private final Variates variates;
  private final String label;
  private final int contextLength;

  /**
   * Forecasts with a model that stays the caller's to close.
   *
   * @param variates whether variates of one file are forecast together
   * @param label under which its scores are listed
   */
  public ModelForecaster(
      Forecaster forecaster, ForecastOptions options, Variates variates, String label) {
    this.forecaster = forecaster;
    this.options = options;
    this.variates = variates;
    this.label = label;
    ModelInfo model = forecaster.model();
    this.contextLength =
        options.contextLength() == 0 ? model.contextLength() : options.contextLength();
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public Variates variates() {
    return variates;
  }

  /** Most steps of history that the model sees. */
  public int contextLength() {
    return contextLength;
  }

  @Override
  public List<WindowForecast> forecast(List<Window> windows) {
    List<TimeSeries> series = new ArrayList<>(windows.size());
    for (int from = 0; from < windows.size(); ) {
      int to = from + 1;
      while (variates == Variates.JOINT
          && to < windows.size()
          && windows.get(to).variateIndex() > 0) {
        to++;
      }
      series.add(series(windows.subList(from, to)));
      from = to;
    }
    int horizon = windows.get(0).horizon();
    List<WindowForecast> forecasts = new ArrayList<>(windows.size());
    List<SeriesForecast> made =
        forecaster.forecast(new ForecastRequest(series, Horizon.steps(horizon), options)).series();
    for (int i = 0; i < made.size(); i++) {
      SeriesForecast forecast = made.get(i);
      for (int v = 0; v < series.get(i).targets().size(); v++) {
        forecasts.add(
            forecast.status() == SeriesStatus.OK
                ? WindowForecast.of(quantiles(forecast.variates().get(v)))
                : WindowForecast.failed(forecast.status().code() + ": " + forecast.message()));
      }
    }
    return forecasts;
  }

  /** The histories of windows that have one origin, as one series. */
  private TimeSeries series(List<Window> windows) {
    TimeSeries.Builder builder = TimeSeries.builder(windows.get(0).series().id()).step(CLOCK);
    double[] values = {};
    for (int v = 0; v < windows.size(); v++) {
      values = windows.get(v).context(contextLength);
      builder.target("value " + v, values);
    }
    long[] timestamps = new long[values.length];
    for (int t = 0; t < timestamps.length; t++) {
      timestamps[t] = CLOCK.plus(0, t);
    }
    return builder.timestamps(timestamps).build();
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
