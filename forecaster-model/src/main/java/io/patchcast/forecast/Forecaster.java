package io.patchcast.forecast;

import java.util.List;

/**
 * A forecasting model that is open: the way in for every use.
 *
 * <p>Safe for use by any number of threads at a time. Holds the weights until it is closed.
 */
public final class Forecaster implements AutoCloseable {
  private Forecaster() {}

  /** Opens a model on the backend that suits this machine best. */
  public static Forecaster open(ModelSource source) {
    return open(source, "auto");
  }

  /**
   * Opens a model on a backend asked for by name.
   *
   * @param backend {@code auto}, {@code vector} or {@code scalar}
   */
  public static Forecaster open(ModelSource source, String backend) {
    throw new UnsupportedOperationException("not written yet");
  }

  /** Forecasts all series of a request; a series that cannot be forecast says so in its status. */
  public ForecastResult forecast(ForecastRequest request) {
    throw new UnsupportedOperationException("not written yet");
  }

  /** Forecasts one series with the default options. */
  public SeriesForecast forecast(TimeSeries series, Horizon horizon) {
    return forecast(ForecastRequest.of(List.of(series), horizon)).series().get(0);
  }

  /** What is open here. */
  public ModelInfo model() {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override
  public void close() {}
}
