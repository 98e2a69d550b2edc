package io.patchcast.forecast;

/** Quantile forecast of one target; nine levels are kept, whatever levels were asked for. */
public final class VariateForecast {
  /** The levels the model forecasts itself. */
  static final int KNOT_COUNT = 9;

  private final String name;
  private final double[] levels;
  private final double[] knots;

  /**
   * @param name the target's column name
   * @param levels the levels that were asked for
   * @param knots [horizon, 9], ascending in each step
   */
  VariateForecast(String name, double[] levels, double[] knots) {
    this.name = name;
    this.levels = levels;
    this.knots = knots;
  }

  /** The target's column name. */
  public String name() {
    return name;
  }

  /** The levels that were asked for, ascending. */
  public double[] levels() {
    return levels.clone();
  }

  /** Number of steps. */
  public int horizon() {
    return knots.length / KNOT_COUNT;
  }

  /** Median, one value per step. */
  public double[] median() {
    return quantile(0.5);
  }

  /** Values at a level between 0.1 and 0.9, interpolated linearly between the nine knots. */
  public double[] quantile(double level) {
    double[] values = new double[horizon()];
    for (int step = 0; step < values.length; step++) {
      values[step] = value(step, level);
    }
    return values;
  }

  /** Value at one step (from 0) and level. */
  public double value(int step, double level) {
    double position = level * (KNOT_COUNT + 1) - 1;
    if (!(position >= -1e-9 && position <= KNOT_COUNT - 1 + 1e-9)) {
      throw new IllegalArgumentException(
          "quantile levels must be between 0.1 and 0.9 (the model knows no tails beyond), got "
              + level);
    }
    int below = (int) Math.max(0, Math.min(KNOT_COUNT - 1, Math.floor(position + 1e-9)));
    double part = position - below;
    double low = knots[step * KNOT_COUNT + below];
    if (Math.abs(part) < 1e-9 || below == KNOT_COUNT - 1) {
      return low;
    }
    return low + part * (knots[step * KNOT_COUNT + below + 1] - low);
  }

  /** All asked-for levels: [horizon][level]. */
  public double[][] quantiles() {
    double[][] values = new double[horizon()][levels.length];
    for (int step = 0; step < values.length; step++) {
      for (int level = 0; level < levels.length; level++) {
        values[step][level] = value(step, levels[level]);
      }
    }
    return values;
  }
}
