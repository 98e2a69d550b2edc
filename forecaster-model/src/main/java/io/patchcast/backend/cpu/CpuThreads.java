package io.patchcast.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
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

  /** Whether the current thread is one of the pool's: it should not hand out work itself. */
  public boolean isWorker() {
    return ForkJoinTask.getPool() == pool;
  }

  /** Runs all tasks, as many at a time as there are threads; results in order. */
  public <T> List<T> runAll(List<Callable<T>> tasks) {
    List<T> results = new ArrayList<>(tasks.size());
    try {
      if (tasks.size() == 1 || size == 1 || isWorker()) {
        for (Callable<T> task : tasks) {
          results.add(task.call());
        }
        return results;
      }
      List<ForkJoinTask<T>> running = new ArrayList<>(tasks.size());
      for (Callable<T> task : tasks) {
        running.add(pool.submit(task));
      }
      for (ForkJoinTask<T> task : running) {
        results.add(task.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw unchecked(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.util.concurrent.CancellationException("interrupted while forecasting");
    } catch (Exception e) {
      throw unchecked(e);
    }
  }

  private static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException(cause.getMessage(), cause);
  }
}
