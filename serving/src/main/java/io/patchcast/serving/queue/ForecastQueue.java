package io.patchcast.serving.queue;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.serving.ForecastParameters;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Holds the series that wait for a forecast, up to a number of requests and of points, and computes
 * them in batches.
 *
 * <p>A batch takes series from the front of the queue: of the first request, then of the others
 * that want the same of the same model, up to a budget of tokens. A request with more series than
 * fit is cut, and goes to the back with what is left, so that a large one does not hold up the
 * small ones. No result depends on the batch: the core forecasts a series to the same last bit in
 * any.
 *
 * <p>There is one worker per processor. Each computes a batch on its own thread; when it finds
 * nothing else to do it takes all threads there are. What nobody waits for any more is not
 * computed.
 *
 * <p>Safe for use by any number of threads.
 */
public final class ForecastQueue implements AutoCloseable {
  /** Weight of the last batch in the measured throughput. */
  private static final double SMOOTHING = 0.1;

  private static final long LONGEST_RETRY_SECONDS = 300;

  private final int requestCapacity;
  private final long pointCapacity;
  private final int batchTokens;
  private final QueueListener listener;
  private final List<Thread> workers = new ArrayList<>();

  // All below is guarded by this.
  private final ArrayDeque<Job> waiting = new ArrayDeque<>();
  private int openJobs;
  private long openPoints;
  private int busyWorkers;
  private double pointsPerSecond;
  private boolean closed;

  /**
   * @param requestCapacity most requests that wait or are computed
   * @param pointCapacity most points of them; a request with more runs when it is alone
   * @param batchTokens tokens of a batch, as many as the backend computes in one pass: each thread
   *     has a pass of its own
   */
  public ForecastQueue(
      int requestCapacity, long pointCapacity, int batchTokens, QueueListener listener) {
    this.requestCapacity = requestCapacity;
    this.pointCapacity = pointCapacity;
    this.batchTokens = batchTokens;
    this.listener = listener;
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      Thread worker = new Thread(this::work, "forecast-" + i);
      worker.setDaemon(true);
      workers.add(worker);
      worker.start();
    }
  }

  /**
   * Takes the series of one request; the future has their forecasts in the same order. Whoever
   * completes or cancels it takes them out of the queue.
   *
   * @param points values given and asked for
   * @throws ProblemException when there is no room
   */
  public CompletableFuture<List<SeriesForecast>> submit(
      Forecaster forecaster, List<TimeSeries> series, ForecastParameters parameters, long points) {
    ModelInfo model = forecaster.model();
    int[] tokens = series.stream().mapToInt(one -> tokens(one, parameters, model)).toArray();
    Job job = new Job(new Job.Key(forecaster, parameters.shared()), series, tokens, points);
    if (series.isEmpty()) {
      job.future().complete(List.of());
      return job.future();
    }
    synchronized (this) {
      if (closed) {
        throw new ProblemException(ProblemCode.DRAINING, "the queue takes no more requests");
      }
      if (openJobs >= requestCapacity || (openJobs > 0 && points > pointCapacity - openPoints)) {
        throw ProblemException.passing(
            ProblemCode.QUEUE_FULL,
            "expected room for "
                + points
                + " points, found "
                + openJobs
                + " requests (of "
                + requestCapacity
                + ") with "
                + openPoints
                + " points (of "
                + pointCapacity
                + ")",
            timeToEmpty());
      }
      openJobs++;
      openPoints += points;
      waiting.add(job);
      notifyAll();
    }
    CompletableFuture<List<SeriesForecast>> future = job.future();
    CompletableFuture<?> unused = future.whenComplete((forecasts, failure) -> leave(job));
    return future;
  }

  /** The patches of all variates, context and horizon. */
  private static int tokens(TimeSeries series, ForecastParameters parameters, ModelInfo model) {
    int contextLength =
        parameters.contextLength() == 0 ? model.contextLength() : parameters.contextLength();
    int rows = Math.min(series.timestamps().length, contextLength);
    double steps = parameters.mostSteps(series.step());
    int patches =
        (int) (Math.ceil((double) rows / model.patchSize()) + Math.ceil(steps / model.patchSize()));
    return patches * (series.targets().size() + series.knownCovariates().size());
  }

  private synchronized void leave(Job job) {
    waiting.remove(job);
    openJobs--;
    openPoints -= job.points();
    notifyAll();
  }

  /** Requests that wait or are computed. */
  public synchronized int requestCount() {
    return openJobs;
  }

  /** Points of the requests that wait or are computed. */
  public synchronized long pointCount() {
    return openPoints;
  }

  /** How long what is there will take, by the throughput measured so far; at least a second. */
  public synchronized Duration timeToEmpty() {
    long seconds = pointsPerSecond == 0 ? 1 : (long) Math.ceil(openPoints / pointsPerSecond);
    return Duration.ofSeconds(Math.max(1, Math.min(LONGEST_RETRY_SECONDS, seconds)));
  }

  private void work() {
    for (Batch batch; (batch = next()) != null; ) {
      long start = System.nanoTime();
      try {
        batch.compute();
      } catch (Throwable failure) {
        // Also an Error: the worker lives on, and the requests are answered.
        batch.fail(failure);
        listener.failed(failure);
      } finally {
        done(batch, (System.nanoTime() - start) / 1e9);
      }
    }
  }

  private synchronized void done(Batch batch, double seconds) {
    busyWorkers--;
    // The workers run side by side.
    double measured = batch.points / seconds * (busyWorkers + 1);
    pointsPerSecond =
        pointsPerSecond == 0
            ? measured
            : pointsPerSecond + SMOOTHING * (measured - pointsPerSecond);
    listener.batch(batch.requestCount, batch.parts.size(), seconds);
  }

  /** Waits for the next batch; null when there will be none. */
  private synchronized Batch next() {
    while (waiting.isEmpty()) {
      if (closed) {
        return null;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        return null;
      }
    }
    busyWorkers++;
    return form();
  }

  /** The one place where it is decided what runs together. */
  private Batch form() {
    Batch batch = new Batch(waiting.peek().key());
    List<Job> cut = new ArrayList<>();
    for (Iterator<Job> jobs = waiting.iterator(); jobs.hasNext(); ) {
      Job job = jobs.next();
      if (!job.key().equals(batch.key)) {
        continue;
      }
      if (!batch.hasRoomFor(job)) {
        break;
      }
      batch.requestCount++;
      while (job.hasMore() && batch.hasRoomFor(job)) {
        batch.add(job);
      }
      jobs.remove();
      if (job.hasMore()) {
        cut.add(job);
      }
    }
    waiting.addAll(cut);
    batch.alone = waiting.isEmpty() && busyWorkers == 1;
    return batch;
  }

  /** Takes no more requests; those that are there are finished. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Waits until nothing is left; returns whether that was so within the time. */
  public synchronized boolean awaitEmpty(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (openJobs > 0) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  private record Part(Job job, int index) {}

  /** Series that are forecast in one call. */
  private final class Batch {
    private final Job.Key key;
    private final List<Part> parts = new ArrayList<>();
    private int requestCount;
    private int tokens;
    private long points;
    private boolean alone;

    Batch(Job.Key key) {
      this.key = key;
    }

    boolean hasRoomFor(Job job) {
      return parts.isEmpty() || tokens + job.nextTokens() <= batchTokens;
    }

    void add(Job job) {
      tokens += job.nextTokens();
      parts.add(new Part(job, job.giveNext()));
      points += Math.max(1, job.points() / job.seriesCount());
    }

    void compute() {
      List<TimeSeries> series = new ArrayList<>(parts.size());
      for (Part part : parts) {
        series.add(part.job.series(part.index));
      }
      ForecastOptions options = key.parameters().options();
      List<SeriesForecast> forecasts =
          key.forecaster()
              .forecast(
                  new ForecastRequest(
                      series,
                      key.parameters().horizon(),
                      alone ? options : options.withMaxThreads(1)))
              .series();
      List<Job> finished = new ArrayList<>();
      synchronized (ForecastQueue.this) {
        for (int i = 0; i < parts.size(); i++) {
          Job job = parts.get(i).job;
          if (job.takeBack(parts.get(i).index, forecasts.get(i))) {
            finished.add(job);
          }
        }
      }
      finished.forEach(job -> job.future().complete(job.forecasts()));
    }

    void fail(Throwable failure) {
      for (Part part : parts) {
        part.job.future().completeExceptionally(failure);
      }
    }
  }
}
