package io.patchcast.serving.wire;

import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.serving.ForecastCall;
import io.patchcast.serving.ForecastParameters;
import io.patchcast.serving.RequestedSeries;
import io.patchcast.serving.RequestedSeries.Shape;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A series while it is read; what makes no sense in it is kept as its fault. */
final class SeriesDraft {
  /** The name of a target that was given without one. */
  static final String LONE_TARGET = "target";

  String id;

  /** Null where there are timestamps. */
  Long start;

  /** Null = to be inferred. */
  String step;

  /** Null = UTC. */
  String zone;

  /** Null where there is a start. */
  Times timestamps;

  Shape shape = Shape.UNIVARIATE;
  Map<String, Doubles> targets;
  Map<String, Doubles> knownCovariates = Map.of();

  private String fault;

  /** Keeps what was expected and what was found; the first fault counts. */
  void fault(String message) {
    fault = fault == null ? message : fault;
  }

  /** The request of these series, when it does not ask for too much. */
  static ForecastCall call(
      String model, List<SeriesDraft> drafts, ForecastParameters parameters, Counter counter) {
    if (parameters.horizon().duration() == null) {
      counter.horizon(parameters.horizon().steps());
    }
    List<RequestedSeries> series = new ArrayList<>(drafts.size());
    double answers = 0;
    for (SeriesDraft draft : drafts) {
      RequestedSeries one = draft.build(parameters, counter);
      if (one.series() != null) {
        answers +=
            one.series().targets().size()
                * parameters.mostSteps(one.series().step())
                * parameters.quantileLevels().length;
      }
      series.add(one);
    }
    counter.answers(answers);
    return new ForecastCall(model, series, parameters);
  }

  private RequestedSeries build(ForecastParameters parameters, Counter counter) {
    if (fault == null) {
      try {
        TimeSeries series = series();
        checkHorizon(series, parameters, counter);
        return RequestedSeries.of(shape, series);
      } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
        fault = e.getMessage();
      }
    }
    return RequestedSeries.faulty(id, shape, fault);
  }

  private static void checkHorizon(
      TimeSeries series, ForecastParameters parameters, Counter counter) {
    if (parameters.horizon().duration() == null) {
      return;
    }
    if (series.step() == null) {
      throw new IllegalArgumentException(
          "expected a step, as the horizon is a duration, found none");
    }
    double steps = parameters.mostSteps(series.step());
    if (steps > counter.mostSteps()) {
      throw new IllegalArgumentException(
          "expected a horizon of at most "
              + counter.mostSteps()
              + " steps, found "
              + parameters.horizon().duration()
              + " with a step of "
              + series.step());
    }
  }

  private TimeSeries series() {
    ZoneId zoneId = zone == null ? ZoneOffset.UTC : ZoneId.of(zone);
    Step distance = step == null ? null : Step.parse(step, zoneId);
    int lengthOfTargets = longest(targets);
    int rows = Math.max(lengthOfTargets, longest(knownCovariates));
    long[] times;
    if (timestamps != null) {
      times = timestamps.toArray();
      rows = times.length;
    } else {
      times = new long[rows];
      for (int i = 0; i < rows; i++) {
        times[i] = distance.plus(start, i);
      }
    }
    TimeSeries.Builder builder =
        TimeSeries.builder(id).timestamps(times).step(distance).zone(zoneId);
    // Known covariates go on through the horizon, where targets have nothing to say.
    boolean mayEnd =
        !knownCovariates.isEmpty()
            && targets.values().stream().allMatch(target -> target.size() == lengthOfTargets);
    for (Map.Entry<String, Doubles> target : targets.entrySet()) {
      builder.target(target.getKey(), target.getValue().toArray(mayEnd ? rows : 0));
    }
    knownCovariates.forEach((name, values) -> builder.knownCovariate(name, values.toArray(0)));
    return builder.build();
  }

  private static int longest(Map<String, Doubles> columns) {
    return columns.values().stream().mapToInt(Doubles::size).max().orElse(0);
  }
}
