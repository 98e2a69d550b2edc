package io.patchcast.evaluation;

import io.patchcast.datasets.DatasetSeries;
import java.util.Arrays;

/** One forecast to be made: the values of a series before an origin, and how far to look ahead. */
public final class Window {
  private final EvaluatedSeries evaluated;
  private final int variateIndex;
  private final int index;
  private final int origin;
  private final int horizon;
  private final int season;

  Window(
      EvaluatedSeries evaluated, int variateIndex, int index, int origin, int horizon, int season) {
    this.evaluated = evaluated;
    this.variateIndex = variateIndex;
    this.index = index;
    this.origin = origin;
    this.horizon = horizon;
    this.season = season;
  }

  /** The series. */
  public DatasetSeries series() {
    return evaluated.series();
  }

  /**
   * Which of the variates of one file it is of, from 0. The windows of the variates follow each
   * other, so that one with 0 begins the next.
   */
  public int variateIndex() {
    return variateIndex;
  }

  /** Number of the window in its series, from 0. */
  public int index() {
    return index;
  }

  /** Steps before the forecast. */
  public int origin() {
    return origin;
  }

  /** Steps to forecast. */
  public int horizon() {
    return horizon;
  }

  /** Steps of a season. */
  public int season() {
    return season;
  }

  /** The last values before the forecast, NaN = missing. */
  public double[] context(int most) {
    return Arrays.copyOfRange(series().values(), Math.max(0, origin - most), origin);
  }

  /** The last values before the forecast, gaps filled: the value before, else 0. */
  public double[] filledContext(int most) {
    return evaluated.isObserved(origin)
        ? Arrays.copyOfRange(evaluated.filled(), Math.max(0, origin - most), origin)
        : new double[Math.min(most, origin)];
  }

  /** The value at a step of the context, gaps filled. */
  double filled(int step) {
    return evaluated.isObserved(origin) ? evaluated.filled()[step] : 0;
  }

  /** Root mean square of the differences one season apart in the context; NaN for none. */
  double seasonalDeviation() {
    return evaluated.isObserved(origin) ? evaluated.seasonalDeviation(origin) : 0;
  }

  /** Root mean square of the differences of neighbours in the context; NaN for none. */
  double successiveDeviation() {
    return evaluated.isObserved(origin) ? evaluated.successiveDeviation(origin) : 0;
  }

  /** The scale of MASE; NaN or 0 where there is none. */
  double scale() {
    return evaluated.scale(origin);
  }

  /** The value that came, NaN = missing. */
  public double actual(int step) {
    return series().values()[origin + step];
  }
}
