package io.patchcast.backend.cpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

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
      return tasks.size() == 1 || threads == 1 ? runHere(tasks, threads) : runThere(tasks, threads);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while forecasting");
    } catch (Exception e) {
      throw unchecked(e);
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

  /** One runner for each thread; an interrupt of the caller ends them all before it returns. */
  private <T> List<T> runThere(List<Callable<T>> tasks, int threads) throws InterruptedException {
    List<T> results = new ArrayList<>(Collections.nCopies(tasks.size(), null));
    AtomicInteger next = new AtomicInteger();
    // Kept here: the pool would hand on a copy of it.
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Runner<T>> runners = new ArrayList<>(threads);
    for (int i = 0; i < Math.min(threads, tasks.size()); i++) {
      Runner<T> runner = new Runner<>(tasks, next, results, failure);
      runners.add(runner);
      pool.execute(runner);
    }
    try {
      for (Runner<T> runner : runners) {
        runner.done.await();
      }
    } catch (InterruptedException e) {
      next.set(tasks.size());
      for (Runner<T> runner : runners) {
        runner.interrupt();
      }
      for (Runner<T> runner : runners) {
        awaitEnd(runner.done);
      }
      throw e;
    }
    if (failure.get() != null) {
      throw unchecked(failure.get());
    }
    return results;
  }

  /** Waits on when it is interrupted again: the caller is on the way out already. */
  private static void awaitEnd(CountDownLatch done) {
    boolean ended = false;
    while (!ended) {
      try {
        done.await();
        ended = true;
      } catch (InterruptedException e) {
        ended = done.getCount() == 0;
      }
    }
  }

  /** Takes the next task that none has taken, until there is none. */
  private static final class Runner<T> implements Runnable {
    private final List<Callable<T>> tasks;
    private final AtomicInteger next;
    private final List<T> results;
    private final AtomicReference<Throwable> failure;
    final CountDownLatch done = new CountDownLatch(1);

    /** The thread at work, null before and after: it has other work then. */
    private Thread thread;

    Runner(
        List<Callable<T>> tasks,
        AtomicInteger next,
        List<T> results,
        AtomicReference<Throwable> failure) {
      this.tasks = tasks;
      this.next = next;
      this.results = results;
      this.failure = failure;
    }

    @Override
    public void run() {
      setThread(Thread.currentThread());
      try {
        for (int task; (task = next.getAndIncrement()) < tasks.size(); ) {
          results.set(task, tasks.get(task).call());
        }
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
        next.set(tasks.size());
      } finally {
        setThread(null);
        // What was meant for this work must not end the next one's.
        Thread.interrupted();
        done.countDown();
      }
    }

    private synchronized void setThread(Thread current) {
      thread = current;
    }

    synchronized void interrupt() {
      if (thread != null) {
        thread.interrupt();
      }
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
