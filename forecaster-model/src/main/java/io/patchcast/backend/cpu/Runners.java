package io.patchcast.backend.cpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Tasks on several threads at a time, which take them from one queue. */
public final class Runners {
  private Runners() {}

  /**
   * Runs all tasks, results in order. The first failure is the caller's; an interrupt of the caller
   * ends the work of all threads before it returns.
   *
   * @param threads one for each task that may run at a time; the same may be there several times
   */
  public static <T> List<T> runAll(List<Callable<T>> tasks, List<? extends Executor> threads)
      throws InterruptedException {
    List<T> results = new ArrayList<>(Collections.nCopies(tasks.size(), null));
    AtomicInteger next = new AtomicInteger();
    // Kept here: a pool would hand on a copy of it.
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Runner<T>> runners = new ArrayList<>(threads.size());
    for (Executor thread : threads) {
      Runner<T> runner = new Runner<>(tasks, next, results, failure);
      runners.add(runner);
      thread.execute(runner);
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

    private boolean calledOff;

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
      if (!begin()) {
        return;
      }
      try {
        for (int task; (task = next.getAndIncrement()) < tasks.size(); ) {
          results.set(task, tasks.get(task).call());
        }
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
        next.set(tasks.size());
      } finally {
        end();
        // What was meant for this work must not end the next one's.
        Thread.interrupted();
        done.countDown();
      }
    }

    private synchronized boolean begin() {
      thread = calledOff ? null : Thread.currentThread();
      return !calledOff;
    }

    private synchronized void end() {
      thread = null;
    }

    /** One that has not begun, behind the work of others, does not begin any more. */
    synchronized void interrupt() {
      if (thread == null) {
        calledOff = true;
        done.countDown();
      } else {
        thread.interrupt();
      }
    }
  }

  /** What a caller is told of a failure in another thread. */
  public static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException(cause.getMessage(), cause);
  }
}
