package io.patchcast.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps the windows that a forecaster did best and worst on, by their own MASE, to be looked at.
 */
public final class ExtremeWindows implements Evaluation.WindowListener {
  private static final int CONTEXT_PER_HORIZON = 4;
  private static final Comparator<Shown> BY_MASE = Comparator.comparingDouble(Shown::mase);

  private final String task;
  private final int count;
  private final List<Shown> best = new ArrayList<>();
  private final List<Shown> worst = new ArrayList<>();

  /**
   * A window with its forecast.
   *
   * @param task its task
   * @param series id of its series
   * @param mase of this window
   * @param contextTimes milliseconds since the epoch
   * @param context last values before the forecast, NaN = missing
   * @param times [horizon] of the forecast
   * @param actual [horizon] what came, NaN = missing
   * @param quantiles [horizon · 9]
   */
  public record Shown(
      String task,
      String series,
      double mase,
      long[] contextTimes,
      double[] context,
      long[] times,
      double[] actual,
      double[] quantiles) {}

  /**
   * @param task name of the task
   * @param count windows to keep at each end
   */
  public ExtremeWindows(String task, int count) {
    this.task = task;
    this.count = count;
  }

  @Override
  public void scored(Window window, WindowForecast forecast, double mase) {
    if (Double.isNaN(mase)) {
      return;
    }
    boolean good = best.size() < count || mase < best.get(best.size() - 1).mase;
    boolean bad = worst.size() < count || mase > worst.get(0).mase;
    if (good || bad) {
      Shown shown = shown(window, forecast, mase);
      if (good) {
        best.add(shown);
        best.sort(BY_MASE);
        if (best.size() > count) {
          best.remove(count);
        }
      }
      if (bad) {
        worst.add(shown);
        worst.sort(BY_MASE);
        if (worst.size() > count) {
          worst.remove(0);
        }
      }
    }
  }

  private Shown shown(Window window, WindowForecast forecast, double mase) {
    double[] context = window.context(CONTEXT_PER_HORIZON * window.horizon());
    double[] actual = new double[window.horizon()];
    long[] times = new long[actual.length];
    for (int h = 0; h < actual.length; h++) {
      actual[h] = window.actual(h);
      times[h] = window.series().instantOf(window.origin() + h);
    }
    long[] contextTimes = new long[context.length];
    for (int t = 0; t < context.length; t++) {
      contextTimes[t] = window.series().instantOf(window.origin() - context.length + t);
    }
    return new Shown(
        task,
        window.series().id(),
        mase,
        contextTimes,
        context,
        times,
        actual,
        forecast.quantiles());
  }

  /** The windows with the least MASE, the best first. */
  public List<Shown> best() {
    return List.copyOf(best);
  }

  /** The windows with the greatest MASE, the worst last. */
  public List<Shown> worst() {
    return List.copyOf(worst);
  }
}
