package io.patchcast.forecast;

/** Turns recorded observations into a regular series. */
final class SeriesPreparation {
  private SeriesPreparation() {}

  /**
   * Prepares one series; never throws for what is in it.
   *
   * @param contextLength most steps of context to keep
   * @param patchSize the last patch of the context is filled forward
   */
  static PreparedSeries prepare(
      TimeSeries series, Horizon horizon, int contextLength, int patchSize) {
    throw new UnsupportedOperationException("not written yet");
  }
}
