package io.patchcast.serving.wire;

import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import io.patchcast.serving.RequestLimits;

/** Counts what a request asks for while it is read, and ends it where that is too much. */
final class Counter {
  private final RequestLimits limits;
  private int series;
  private long points;

  Counter(RequestLimits limits) {
    this.limits = limits;
  }

  void series() {
    if (++series > limits.series()) {
      throw new ProblemException(
          ProblemCode.TOO_MANY_SERIES, "expected at most " + limits.series() + " series");
    }
  }

  void point() {
    if (++points > limits.points()) {
      throw new ProblemException(
          ProblemCode.TOO_MANY_POINTS,
          "expected at most " + limits.points() + " numbers and timestamps in a request");
    }
  }

  void points(long count) {
    points += count - 1;
    point();
  }

  int mostSteps() {
    return limits.horizon();
  }

  void horizon(int steps) {
    if (steps > limits.horizon()) {
      throw new ProblemException(
          ProblemCode.HORIZON_TOO_LONG,
          "expected a horizon of at most " + limits.horizon() + " steps, found " + steps);
    }
  }

  void answers(double values) {
    if (values > limits.points()) {
      throw new ProblemException(
          ProblemCode.TOO_MANY_POINTS,
          "expected at most "
              + limits.points()
              + " quantile values in an answer, found "
              + (long) values
              + " (targets x horizon x levels)");
    }
  }
}
