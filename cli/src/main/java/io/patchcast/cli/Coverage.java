package io.patchcast.cli;

import io.patchcast.cli.plot.FanChart.Line;
import io.patchcast.forecast.VariateForecast;
import java.util.Arrays;

/**
 * How many actual values lie in the 80 % band of their forecast.
 *
 * @param inside actual values from the 0.1 to the 0.9 quantile
 * @param compared actual values at a forecast step
 */
public record Coverage(int inside, int compared) {
  /** Nothing compared. */
  public static final Coverage NONE = new Coverage(0, 0);

  /** Compares a forecast with what came. */
  public static Coverage of(long[] timestamps, VariateForecast forecast, Line actual) {
    int inside = 0;
    int compared = 0;
    for (int i = 0; i < actual.times().length; i++) {
      int step = Arrays.binarySearch(timestamps, actual.times()[i]);
      if (step >= 0) {
        double value = actual.values()[i];
        compared++;
        if (value >= forecast.value(step, 0.1) && value <= forecast.value(step, 0.9)) {
          inside++;
        }
      }
    }
    return new Coverage(inside, compared);
  }

  /** Both together. */
  public Coverage plus(Coverage other) {
    return new Coverage(inside + other.inside, compared + other.compared);
  }

  /** The share in percent, {@code –} where nothing was compared. */
  public String percent() {
    return compared == 0 ? "–" : Math.round(100.0 * inside / compared) + "%";
  }
}
