package io.patchcast.cli;

import io.patchcast.cli.data.SeriesBuffer;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Forecasts series in batches, so that neither inputs nor results of all of them are held at once.
 *
 * @param forecaster an open model; stays open
 * @param horizon how far
 * @param options settings
 * @param step the distance of two points, or null to infer it for each series
 */
record ForecastRun(Forecaster forecaster, Horizon horizon, ForecastOptions options, Step step) {
  private static final int SERIES_PER_BATCH = 64;

  /** Gets the forecasts one by one, in the order of the series. */
  interface Listener {
    void forecast(SeriesSplit split, SeriesForecast forecast) throws IOException;
  }

  void run(
      Collection<SeriesBuffer> buffers,
      Function<SeriesBuffer, SeriesSplit> splitting,
      Listener listener)
      throws IOException {
    List<SeriesSplit> batch = new ArrayList<>(SERIES_PER_BATCH);
    for (SeriesBuffer buffer : buffers) {
      batch.add(splitting.apply(buffer));
      if (batch.size() == SERIES_PER_BATCH) {
        forecast(batch, listener);
        batch.clear();
      }
    }
    if (!batch.isEmpty()) {
      forecast(batch, listener);
    }
  }

  private void forecast(List<SeriesSplit> batch, Listener listener) throws IOException {
    List<TimeSeries> series = batch.stream().map(split -> split.series(step)).toList();
    List<SeriesForecast> forecasts =
        forecaster.forecast(new ForecastRequest(series, horizon, options)).series();
    for (int i = 0; i < batch.size(); i++) {
      listener.forecast(batch.get(i), forecasts.get(i));
    }
  }
}
