package io.patchcast.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who runs what, and how many at a time. */
@Timeout(60)
class CpuThreadsTest {
  private final CpuThreads threads = CpuThreads.shared();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1000})
  void resultsAreInOrderWhateverTheLimit(int most) {
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 57; i++) {
      int number = i;
      tasks.add(() -> number);
    }
    List<Integer> results = threads.runAll(tasks, most);
    assertThat(results).hasSize(57).isSorted().startsWith(0).endsWith(56);
  }

  @Test
  void withOneThreadItIsTheCallers() {
    Thread caller = Thread.currentThread();
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      // What a task hands out itself stays here too.
      tasks.add(
          () ->
              threads.available() == 1
                  && threads
                      .runAll(List.of(Thread::currentThread, Thread::currentThread))
                      .equals(List.of(caller, caller)));
    }
    assertThat(threads.runAll(tasks, 1)).containsOnly(true);
    assertThat(threads.available()).isEqualTo(threads.size());
  }

  @Test
  void severalThreadsWorkAtATimeAndNoMoreThanAsked() {
    assumeTrue(threads.size() >= 2, "this machine has one processor");
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch both = new CountDownLatch(2);
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tasks.add(
          () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            both.countDown();
            boolean met = both.await(30, TimeUnit.SECONDS);
            running.decrementAndGet();
            return met;
          });
    }
    assertThat(threads.runAll(tasks, 2)).containsOnly(true);
    assertThat(most).hasValue(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theFirstFailureIsTheCallers(int most) {
    List<Callable<Void>> tasks =
        List.of(
            () -> null,
            () -> {
              throw new IllegalStateException("broken");
            },
            () -> null);
    assertThatThrownBy(() -> threads.runAll(tasks, most))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("broken");
    assertThat(threads.available()).isEqualTo(threads.size());
  }

  /** Work of another call is in its way, which need not end for it. */
  @Test
  void anInterruptEndsACallThatHasNotBegun() throws Exception {
    List<Runnable> busy = new ArrayList<>();
    AtomicInteger ran = new AtomicInteger();
    List<Callable<Integer>> tasks = List.of(ran::incrementAndGet, ran::incrementAndGet);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Runners.runAll(tasks, List.of(busy::add, busy::add)))
        .isInstanceOf(InterruptedException.class);
    busy.forEach(Runnable::run);
    assertThat(ran).hasValue(0);
  }
}
