package io.patchcast.bench;

import io.patchcast.model.SeriesInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Series to be forecast in a measurement: random walks with a daily wave, the same on every
 * machine.
 *
 * @param context steps of history
 * @param horizon steps to forecast
 * @param batch series in a request
 * @param variates targets of each series
 * @param missingPercent how many of the steps are not observed, drawn one by one; the last 32 are
 *     always observed, as after preparation
 */
public record Workload(int context, int horizon, int batch, int variates, int missingPercent) {
  private static final long SEED = 42;
  private static final double WAVE = 2 * Math.PI / 288;

  public Workload {
    if (context < 1 || horizon < 1 || batch < 1 || variates < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "context, horizon, batch and variates must be at least 1, got %d, %d, %d and %d",
              context,
              horizon,
              batch,
              variates));
    }
    if (missingPercent < 0 || missingPercent > 99) {
      throw new IllegalArgumentException(
          "missing must be 0 to 99 percent of the steps, got " + missingPercent);
    }
  }

  /** The series. */
  public List<SeriesInput> series() {
    List<SeriesInput> series = new ArrayList<>(batch);
    for (int s = 0; s < batch; s++) {
      double[][] values = new double[variates][context];
      boolean[][] observed = new boolean[variates][context];
      for (int v = 0; v < variates; v++) {
        draw(new SplittableRandom(SEED + (long) s * variates + v), values[v], observed[v]);
      }
      series.add(new SeriesInput(values, observed, new long[variates], variates, context, horizon));
    }
    return series;
  }

  private void draw(SplittableRandom random, double[] values, boolean[] observed) {
    double level = 100 * random.nextDouble();
    double phase = 100 * random.nextDouble();
    for (int t = 0; t < context; t++) {
      level += random.nextDouble() - 0.5;
      values[t] = level + 10 * Math.sin(WAVE * (t + phase)) + random.nextDouble();
      observed[t] = t >= context - 32 || random.nextInt(100) >= missingPercent;
    }
  }
}
