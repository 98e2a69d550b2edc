package io.patchcast.datasets;

import java.util.ArrayList;
import java.util.List;

/** Keeps what a reader hands on. */
final class CollectedSeries implements SeriesVisitor {
  private final List<TimedSeries> series = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  @Override
  public void series(List<TimedSeries> variates) {
    series.addAll(variates);
  }

  @Override
  public void fault(String id, String reason) {
    faults.add(id + ": " + reason);
  }

  List<TimedSeries> series() {
    return series;
  }

  List<String> faults() {
    return faults;
  }
}
