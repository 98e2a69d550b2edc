package io.patchcast.evaluation;

import io.patchcast.datasets.GiftEvalProtocol;

/**
 * What is forecast in a benchmark under one name: a horizon, a season and the windows of each
 * series.
 *
 * @param benchmark the protocol, such as {@code GIFT-Eval}
 * @param name of the task in it, such as {@code ett1/15T/short}
 * @param domain what the data are about, as GIFT-Eval groups them; may be empty
 * @param horizon steps to forecast
 * @param season steps of a season, for MASE and the seasonal naive
 * @param windowCount windows of each series
 * @param stride steps from one window to the next
 * @param endOffset steps between the end of the last window and the end of the series
 */
public record EvaluationTask(
    String benchmark,
    String name,
    String domain,
    int horizon,
    int season,
    int windowCount,
    int stride,
    int endOffset) {

  public EvaluationTask {
    require(name, "horizon", 1, horizon);
    require(name, "season", 1, season);
    require(name, "windowCount", 1, windowCount);
    require(name, "stride", 1, stride);
    require(name, "endOffset", 0, endOffset);
  }

  private static void require(String task, String field, int least, int found) {
    if (found < least) {
      throw new IllegalArgumentException(
          "task " + task + ": " + field + " must be at least " + least + ", got " + found);
    }
  }

  /** A task whose windows follow each other without a gap up to the end of the series. */
  public static EvaluationTask rolling(
      String benchmark, String name, int horizon, int season, int windowCount) {
    return new EvaluationTask(benchmark, name, "", horizon, season, windowCount, horizon, 0);
  }

  /**
   * Number of windows by GIFT-Eval's rule: the last tenth of the shortest series, at least one
   * window and at most twenty.
   */
  public static int giftEvalWindows(int shortestLength, int horizon) {
    return GiftEvalProtocol.windows(shortestLength, horizon);
  }

  /** This task with the windows ending before the end of the series. */
  public EvaluationTask endingBefore(int steps) {
    return new EvaluationTask(benchmark, name, domain, horizon, season, windowCount, stride, steps);
  }

  /** This task with a domain. */
  public EvaluationTask withDomain(String of) {
    return new EvaluationTask(benchmark, name, of, horizon, season, windowCount, stride, endOffset);
  }

  /** Length of the context of a window, counted from the start of a series of this length. */
  public int origin(int length, int window) {
    return length - endOffset - horizon - stride * (windowCount - 1 - window);
  }

  /** Benchmark and name. */
  public String key() {
    return benchmark + ": " + name;
  }
}
