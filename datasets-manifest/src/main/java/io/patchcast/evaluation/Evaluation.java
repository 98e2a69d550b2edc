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
 * @param batchSize windows handed to a forecaster at once, or some more so that what belongs
 *     together stays so
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
    Windows windows = new Windows();
    List<Window> batch = new ArrayList<>(batchSize);
    long done = 0;
    while (windows.hasNext()) {
      batch.clear();
      while (windows.goesOn() || (batch.size() < batchSize && windows.hasNext())) {
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

  /**
   * The windows: variates of one file side by side, then the next window, then the next file. What
   * series need is computed when their first window comes.
   */
  private final class Windows implements Iterator<Window> {
    /** First series of the file, and how many there are. */
    private int firstIndex;

    private int windowIndex;
    private int variateIndex;
    private List<EvaluatedSeries> evaluated = List.of();

    Windows() {
      skip();
    }

    private int variates() {
      return Math.min(task.variateCount(), series.size() - firstIndex);
    }

    private int origin() {
      return task.origin(series.get(firstIndex + variateIndex).values().length, windowIndex);
    }

    /** Goes to the next window that has a context. */
    private void skip() {
      while (firstIndex < series.size()) {
        if (variateIndex == variates()) {
          variateIndex = 0;
          windowIndex++;
        } else if (windowIndex == task.windowCount()) {
          windowIndex = 0;
          firstIndex += variates();
          evaluated = List.of();
        } else if (origin() < 1) {
          variateIndex++;
        } else {
          return;
        }
      }
    }

    @Override
    public boolean hasNext() {
      return firstIndex < series.size();
    }

    /** Whether the next window is of a variate that belongs to the last one's. */
    boolean goesOn() {
      return hasNext() && variateIndex > 0;
    }

    @Override
    public Window next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (evaluated.isEmpty()) {
        evaluated =
            series.subList(firstIndex, firstIndex + variates()).stream()
                .map(one -> new EvaluatedSeries(one, task.season()))
                .toList();
      }
      Window window =
          new Window(
              evaluated.get(variateIndex),
              variateIndex,
              windowIndex,
              origin(),
              task.horizon(),
              task.season());
      variateIndex++;
      skip();
      return window;
    }
  }
}
