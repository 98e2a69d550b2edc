package io.patchcast.serving.queue;

import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.serving.ForecastParameters;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The series of one request on their way: which are given out, and the forecasts that are back. */
final class Job {
  /** What jobs must share for their series to run in one call. */
  record Key(Forecaster forecaster, ForecastParameters.Shared parameters) {}

  private final Key key;
  private final List<TimeSeries> series;
  private final SeriesForecast[] forecasts;
  private final int[] tokens;
  private final long points;
  private final CompletableFuture<List<SeriesForecast>> future = new CompletableFuture<>();

  /** Guarded by the queue. */
  private int given;

  /** Guarded by the queue. */
  private int back;

  /**
   * @param tokens of each series, what it takes of a pass
   * @param points of all series
   */
  Job(Key key, List<TimeSeries> series, int[] tokens, long points) {
    this.key = key;
    this.series = series;
    this.tokens = tokens;
    this.points = points;
    this.forecasts = new SeriesForecast[series.size()];
  }

  Key key() {
    return key;
  }

  long points() {
    return points;
  }

  int seriesCount() {
    return forecasts.length;
  }

  CompletableFuture<List<SeriesForecast>> future() {
    return future;
  }

  boolean hasMore() {
    return given < series.size();
  }

  /** Tokens of the next series. */
  int nextTokens() {
    return tokens[given];
  }

  /** Index of the next series, which counts as given out from now on. */
  int giveNext() {
    return given++;
  }

  TimeSeries series(int index) {
    return series.get(index);
  }

  /** Whether this was the last. */
  boolean takeBack(int index, SeriesForecast forecast) {
    forecasts[index] = forecast;
    back++;
    return back == forecasts.length;
  }

  List<SeriesForecast> forecasts() {
    return Arrays.asList(forecasts);
  }
}
