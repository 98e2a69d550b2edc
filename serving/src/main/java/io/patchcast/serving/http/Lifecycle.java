package io.patchcast.serving.http;

import io.patchcast.forecast.Forecaster;
import io.patchcast.serving.GoldenCheck;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Whether forecasts can be asked for: starting, ready or not as the models turn out, draining. */
final class Lifecycle {
  private static final Duration RETRY = Duration.ofSeconds(1);

  private enum State {
    STARTING,
    READY,
    WRONG,
    DRAINING
  }

  private State state = State.STARTING;
  private List<String> faults = List.of();

  /** Checks the models, which takes a moment, and becomes ready or not. */
  void check(List<Forecaster> forecasters) {
    List<String> found = new ArrayList<>();
    for (Forecaster forecaster : forecasters) {
      try {
        found.addAll(GoldenCheck.faults(forecaster));
      } catch (RuntimeException e) {
        found.add(forecaster.model().name() + ": " + e);
      }
    }
    synchronized (this) {
      faults = List.copyOf(found);
      if (state == State.STARTING) {
        state = found.isEmpty() ? State.READY : State.WRONG;
      }
    }
  }

  synchronized void drain() {
    state = State.DRAINING;
  }

  synchronized List<String> faults() {
    return faults;
  }

  synchronized int ready() {
    return state == State.READY ? 1 : 0;
  }

  /** Ends the request unless the service is ready. */
  synchronized void requireReady() {
    switch (state) {
      case READY -> {}
      case STARTING ->
          throw ProblemException.passing(
              ProblemCode.NOT_READY, "the models are being checked", RETRY);
      case WRONG -> throw new ProblemException(ProblemCode.NOT_READY, String.join("; ", faults));
      case DRAINING ->
          throw ProblemException.passing(
              ProblemCode.DRAINING, "the service finishes what it has and ends", RETRY);
    }
  }
}
