package io.patchcast.evaluation;

import io.patchcast.datasets.DatasetSeries;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.LongConsumer;

/**
 * Scores forecasters on a task.
 *
 * <p>Windows are made, forecast and scored in batches; besides the series themselves memory holds
 * one batch, however many windows there are.
 *
 * @param task what to forecast
 * @param series of the task's data set
 * @param batchSize windows handed to a forecaster at once
 */
public record Evaluation(EvaluationTask task, List<DatasetSeries> series, int batchSize) {
  /** Windows of a batch unless the caller says otherwise. */
  public static final int BATCH_SIZE = 128;

  /** Sees each window with its forecast, after it was scored. */
  public interface WindowListener {
    /** Does nothing. */
    WindowListener NONE = (window, forecast, mase) -> {};

    /**
     * A window was scored.
     *
     * @param mase of this window alone, NaN where it has none
     */
    void scored(Window window, WindowForecast forecast, double mase);
  }

  public Evaluation {
    series = List.copyOf(series);
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + batchSize);
    }
  }

  /** An evaluation in batches of the usual size. */
  public static Evaluation of(EvaluationTask task, List<DatasetSeries> series) {
    return new Evaluation(task, series, BATCH_SIZE);
  }

  /** Windows that will be scored. */
  public long windowCount() {
    long count = 0;
    for (DatasetSeries one : series) {
      for (int w = 0; w < task.windowCount(); w++) {
        count += task.origin(one.values().length, w) >= 1 ? 1 : 0;
      }
    }
    return count;
  }

  /** Windows that cannot be: their series is too short to leave one value of context. */
  public long impossibleCount() {
    return (long) series.size() * task.windowCount() - windowCount();
  }

  /**
   * Forecasts and scores all windows.
   *
   * @param progress gets the number of windows done so far
   */
  public TaskScore run(
      WindowForecaster forecaster, LongConsumer progress, WindowListener listener) {
    Score score = new Score();
    long nanos = 0;
    Iterator<Window> windows = new Windows();
    List<Window> batch = new ArrayList<>(batchSize);
    long done = 0;
    while (windows.hasNext()) {
      batch.clear();
      while (batch.size() < batchSize && windows.hasNext()) {
        batch.add(windows.next());
      }
      long start = System.nanoTime();
      List<WindowForecast> forecasts = forecaster.forecast(List.copyOf(batch));
      nanos += System.nanoTime() - start;
      for (int i = 0; i < batch.size(); i++) {
        WindowForecast forecast = usable(batch.get(i), forecasts.get(i), score);
        listener.scored(batch.get(i), forecast, score.add(batch.get(i), forecast));
      }
      done += batch.size();
      progress.accept(done);
    }
    return score.of(task, forecaster.label(), impossibleCount(), nanos / 1e9);
  }

  private static WindowForecast usable(Window window, WindowForecast forecast, Score score) {
    if (forecast.failure() == null && forecast.isFinite()) {
      return forecast;
    }
    score.addFailure();
    if (forecast.failure() == null) {
      score.addNonFinite();
    }
    return Baseline.SEASONAL_NAIVE.forecast(window);
  }

  /** The windows, series by series; what a series needs is computed when its first one comes. */
  private final class Windows implements Iterator<Window> {
    private int seriesIndex;
    private int windowIndex;
    private EvaluatedSeries evaluated;

    Windows() {
      skip();
    }

    private int origin() {
      return task.origin(series.get(seriesIndex).values().length, windowIndex);
    }

    /** Goes to the next window that has a context. */
    private void skip() {
      while (seriesIndex < series.size()) {
        if (windowIndex == task.windowCount()) {
          windowIndex = 0;
          seriesIndex++;
          evaluated = null;
        } else if (origin() < 1) {
          windowIndex++;
        } else {
          return;
        }
      }
    }

    @Override
    public boolean hasNext() {
      return seriesIndex < series.size();
    }

    @Override
    public Window next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (evaluated == null) {
        evaluated = new EvaluatedSeries(series.get(seriesIndex), task.season());
      }
      Window window = new Window(evaluated, windowIndex, origin(), task.horizon(), task.season());
      windowIndex++;
      skip();
      return window;
    }
  }
}
