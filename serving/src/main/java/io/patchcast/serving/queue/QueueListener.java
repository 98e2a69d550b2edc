package io.patchcast.serving.queue;

/** Hears of each batch; called by the threads that compute. */
public interface QueueListener {
  /**
   * A batch is done.
   *
   * @param requestCount requests that had series in it
   * @param seriesCount series in it
   * @param seconds how long it took
   */
  void batch(int requestCount, int seriesCount, double seconds);

  /** A batch failed, and with it the requests in it. */
  void failed(Throwable failure);
}
