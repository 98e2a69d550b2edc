package io.patchcast.notebook;

import io.patchcast.cli.Coverage;
import io.patchcast.cli.plot.FanChart.Line;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.forecast.VariateForecast;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * A series whose end is kept back, to compare a forecast with what came.
 *
 * @param context what the forecast may see; known covariates keep their values through the end
 * @param actual the rows kept back
 */
public record Holdout(TimeSeries context, TimeSeries actual) {

  /**
   * Keeps back the rows of the last {@code span}, counted back from the last row with a target.
   *
   * @throws IllegalArgumentException if that is not a part of the series
   */
  public static Holdout last(Duration span, TimeSeries series) {
    long[] times = series.timestamps();
    long end =
        IntStream.range(0, times.length)
            .filter(row -> hasTarget(series, row))
            .mapToLong(row -> times[row])
            .max()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "series '" + series.id() + "' has no values, so none can be held back"));
    long cut = end - span.toMillis();
    boolean isPart = span.toMillis() > 0 && Arrays.stream(times).anyMatch(time -> time <= cut);
    if (!isPart) {
      throw new IllegalArgumentException(
          "expected to hold back a part of series '"
              + series.id()
              + "', which is "
              + Duration.ofMillis(end - Arrays.stream(times).min().orElse(end))
              + " long; found "
              + span);
    }
    return new Holdout(
        series.knownCovariates().isEmpty()
            ? rows(series, row -> times[row] <= cut)
            : withoutTargetsAfter(series, cut),
        rows(series, row -> times[row] > cut && times[row] <= end));
  }

  /** How many of the values kept back lie in the 80 % band of the forecast of one target. */
  public Coverage coverage(SeriesForecast forecast) {
    Coverage coverage = Coverage.NONE;
    for (VariateForecast variate : forecast.variates()) {
      coverage =
          coverage.plus(Coverage.of(forecast.timestamps(), variate, line(actual, variate.name())));
    }
    return coverage;
  }

  /** The observed values of a target in the order of time. */
  static Line line(TimeSeries series, String target) {
    for (TimeSeries.Column column : series.targets()) {
      if (column.name().equals(target)) {
        int[] rows =
            IntStream.range(0, series.timestamps().length)
                .filter(row -> Double.isFinite(column.values()[row]))
                .toArray();
        return Line.sorted(
            Arrays.stream(rows).mapToLong(row -> series.timestamps()[row]).toArray(),
            Arrays.stream(rows).mapToDouble(row -> column.values()[row]).toArray());
      }
    }
    throw new IllegalArgumentException(
        "expected a target of series '" + series.id() + "', found '" + target + "'");
  }

  private static boolean hasTarget(TimeSeries series, int row) {
    return series.targets().stream().anyMatch(target -> Double.isFinite(target.values()[row]));
  }

  private static TimeSeries rows(TimeSeries series, IntPredicate wanted) {
    int[] rows = IntStream.range(0, series.timestamps().length).filter(wanted).toArray();
    TimeSeries.Builder part =
        TimeSeries.builder(series.id())
            .timestamps(Arrays.stream(rows).mapToLong(row -> series.timestamps()[row]).toArray())
            .step(series.step())
            .zone(series.zone());
    for (TimeSeries.Column target : series.targets()) {
      part.target(
          target.name(), Arrays.stream(rows).mapToDouble(row -> target.values()[row]).toArray());
    }
    return part.build();
  }

  private static TimeSeries withoutTargetsAfter(TimeSeries series, long cut) {
    TimeSeries.Builder part =
        TimeSeries.builder(series.id())
            .timestamps(series.timestamps())
            .step(series.step())
            .zone(series.zone());
    for (TimeSeries.Column target : series.targets()) {
      double[] values = target.values().clone();
      for (int row = 0; row < values.length; row++) {
        if (series.timestamps()[row] > cut) {
          values[row] = Double.NaN;
        }
      }
      part.target(target.name(), values);
    }
    series.knownCovariates().forEach(known -> part.knownCovariate(known.name(), known.values()));
    return part.build();
  }
}
