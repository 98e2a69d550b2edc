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
 * one batch, however many windows there are, and what is computed once of its series: of all
 * variates of a table where a forecaster sees them together.
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
    Windows windows = new Windows(forecaster.variates());
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
    return score.of(task, variateCount(), forecaster.label(), impossibleCount(), nanos / 1e9);
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

  /** Series that follow each other from one on and are variates of one table, of one length. */
  private int groupSize(int first) {
    DatasetSeries leader = series.get(first);
    int end = first + 1;
    while (end < series.size()
        && !leader.group().isEmpty()
        && series.get(end).group().equals(leader.group())
        && series.get(end).values().length == leader.values().length) {
      end++;
    }
    return end - first;
  }

  /** Most variates that a table has; 1 where each series is alone. */
  int variateCount() {
    return variateCounts().stream().mapToInt(Integer::intValue).max().orElse(1);
  }

  /** How many of the series are variates of one table, table by table; 1 for a series alone. */
  List<Integer> variateCounts() {
    List<Integer> counts = new ArrayList<>();
    for (int first = 0; first < series.size(); first += counts.get(counts.size() - 1)) {
      counts.add(groupSize(first));
    }
    return counts;
  }

  /**
   * The windows, series by series; or, for a forecaster that sees variates together, those of the
   * variates of one table side by side, then the next window, then the next table. What series need
   * is computed when their first window comes.
   */
  private final class Windows implements Iterator<Window> {
    private final Variates seen;

    /** First series of the table, and how many there are. */
    private int firstIndex;

    private int variateCount;
    private int windowIndex;
    private int variateIndex;
    private List<EvaluatedSeries> evaluated = List.of();

    Windows(Variates seen) {
      this.seen = seen;
      begin(0);
      skip();
    }

    private void begin(int first) {
      firstIndex = first;
      variateCount = seen == Variates.SEPARATE || first >= series.size() ? 1 : groupSize(first);
      windowIndex = 0;
      evaluated = List.of();
    }

    private int origin() {
      return task.origin(series.get(firstIndex).values().length, windowIndex);
    }

    /** Goes to the next window that has a context. */
    private void skip() {
      while (firstIndex < series.size()) {
        if (windowIndex == task.windowCount()) {
          begin(firstIndex + variateCount);
        } else if (variateIndex == variateCount || origin() < 1) {
          variateIndex = 0;
          windowIndex++;
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
            series.subList(firstIndex, firstIndex + variateCount).stream()
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
