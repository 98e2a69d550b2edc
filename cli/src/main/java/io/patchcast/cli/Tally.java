package io.patchcast.cli;

import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Counts what became of the series of a run. */
final class Tally {
  private final Map<SeriesStatus, Integer> counts = new EnumMap<>(SeriesStatus.class);
  private String firstFailure = "";
  private int total;

  void add(SeriesSplit split, SeriesForecast forecast) {
    total++;
    counts.merge(forecast.status(), 1, Integer::sum);
    if (forecast.status() != SeriesStatus.OK && firstFailure.isEmpty()) {
      firstFailure = split.name() + ": " + forecast.message();
    }
  }

  int total() {
    return total;
  }

  int failed() {
    return total - counts.getOrDefault(SeriesStatus.OK, 0);
  }

  /** How many failed and why, with the first of them in full. */
  String failures() {
    String reasons =
        counts.entrySet().stream()
            .filter(entry -> entry.getKey() != SeriesStatus.OK)
            .map(entry -> entry.getKey().code() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    return failed()
        + " of "
        + total
        + " series could not be forecast ("
        + reasons
        + "); the first: "
        + firstFailure;
  }
}
