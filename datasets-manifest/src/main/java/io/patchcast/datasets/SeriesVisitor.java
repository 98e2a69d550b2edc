package io.patchcast.datasets;

import java.util.List;

/** Gets the series of a data set one by one, as a reader meets them. */
public interface SeriesVisitor {
  /**
   * A series.
   *
   * @param variates at least one, all of the same id
   */
  void series(List<TimedSeries> variates);

  /**
   * A series that cannot be used; the others follow.
   *
   * @param series its id
   * @param reason what was expected and what was found
   */
  void fault(String series, String reason);
}
