package io.patchcast.datasets;

/** Gets the series of a data set one by one, as a reader meets them. */
public interface SeriesVisitor {
  /** One variate of a series. */
  void series(TimedSeries series);

  /**
   * A series that cannot be used; the others follow.
   *
   * @param series its id
   * @param reason what was expected and what was found
   */
  void fault(String series, String reason);
}
