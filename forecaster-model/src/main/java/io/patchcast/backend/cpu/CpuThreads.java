package io.patchcast.backend.cpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;

/**
 * The process's one pool of compute threads. Its size is the system property {@code
 * patchcast.threads}, by default the number of processors.
 */
public final class CpuThreads {
  private static final CpuThreads SHARED = new CpuThreads(sizeFromProperty());

  private final ForkJoinPool pool;
  private final int size;

  /** Set while a caller that asked for fewer threads is at work. */
  private final ThreadLocal<Integer> limit = ThreadLocal.withInitial(() -> Integer.MAX_VALUE);

  private CpuThreads(int size) {
    this.size = size;
    this.pool = new ForkJoinPool(size);
  }

  /** The pool that all CPU backends of this process share. */
  public static CpuThreads shared() {
    return SHARED;
  }

  private static int sizeFromProperty() {
    int processors = Runtime.getRuntime().availableProcessors();
    int size = Integer.getInteger("patchcast.threads", processors);
    if (size < 1) {
      throw new IllegalArgumentException("patchcast.threads must be at least 1, got " + size);
    }
    return size;
  }

  /** Threads in the pool. */
  public int size() {
    return size;
  }

  /** How many threads the work of the current thread may be shared out to: 1 in a worker. */
  public int available() {
    return ForkJoinTask.getPool() == pool ? 1 : Math.min(size, limit.get());
  }

  /** Runs all tasks on as many threads as are {@link #available()}; results in order. */
  public <T> List<T> runAll(List<Callable<T>> tasks) {
    return runAll(tasks, available());
  }

  /**
   * Runs all tasks on at most {@code most} threads; results in order. With one thread it is the
   * caller's; a lone task runs there too, and may share out its own work to as many.
   */
  public <T> List<T> runAll(List<Callable<T>> tasks, int most) {
    int threads = Math.min(most, available());
    try {
      return tasks.size() == 1 || threads == 1
          ? runHere(tasks, threads)
          : Runners.runAll(tasks, Collections.nCopies(Math.min(threads, tasks.size()), pool));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while forecasting");
    } catch (Exception e) {
      throw Runners.unchecked(e);
    }
  }

  private <T> List<T> runHere(List<Callable<T>> tasks, int threads) throws Exception {
    List<T> results = new ArrayList<>(tasks.size());
    int before = limit.get();
    limit.set(threads);
    try {
      for (Callable<T> task : tasks) {
        Cancellation.check();
        results.add(task.call());
      }
    } finally {
      limit.set(before);
    }
    return results;
  }
}
