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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    Map<Window, WindowForecast> forecasts = new HashMap<>();
    List<List<Window>> failed = forecast(groups(windows), forecasts);
    // What one variate has must not fail the others.
    List<List<Window>> apart =
        failed.stream()
            .filter(group -> group.size() > 1)
            .flatMap(List::stream)
            .map(List::of)
            .toList();
    if (!apart.isEmpty()) {
      forecast(apart, forecasts);
    }
    return windows.stream().map(forecasts::get).toList();
  }

  /**
   * The windows that are forecast together. A variate without a value says nothing of the others,
   * and fails alone as it does apart.
   */
  private List<List<Window>> groups(List<Window> windows) {
    List<List<Window>> groups = new ArrayList<>();
    List<Window> table = List.of();
    for (Window window : windows) {
      if (variates == Variates.SEPARATE || !isObserved(window)) {
        groups.add(List.of(window));
      } else if (table.isEmpty() || window.variateIndex() <= table.get(0).variateIndex()) {
        table = new ArrayList<>(List.of(window));
        groups.add(table);
      } else {
        table.add(window);
      }
    }
    return groups;
  }

  private boolean isObserved(Window window) {
    double[] values = window.series().values();
    for (int t = window.origin() - 1; t >= Math.max(0, window.origin() - contextLength); t--) {
      if (!Double.isNaN(values[t])) {
        return true;
      }
    }
    return false;
  }

  /** Forecasts groups; returns those that failed. */
  private List<List<Window>> forecast(
      List<List<Window>> groups, Map<Window, WindowForecast> forecasts) {
    List<List<Window>> failed = new ArrayList<>();
    Horizon horizon = Horizon.steps(groups.get(0).get(0).horizon());
    List<TimeSeries> series = groups.stream().map(this::series).toList();
    List<SeriesForecast> made =
        forecaster.forecast(new ForecastRequest(series, horizon, options)).series();
    for (int i = 0; i < made.size(); i++) {
      SeriesForecast forecast = made.get(i);
      List<Window> group = groups.get(i);
      if (forecast.status() != SeriesStatus.OK) {
        failed.add(group);
      }
      for (int v = 0; v < group.size(); v++) {
        forecasts.put(
            group.get(v),
            forecast.status() == SeriesStatus.OK
                ? WindowForecast.of(quantiles(forecast.variates().get(v)))
                : WindowForecast.failed(forecast.status().code() + ": " + forecast.message()));
      }
    }
    return failed;
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
