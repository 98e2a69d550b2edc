package io.patchcast.backend;

import java.util.List;
import java.util.concurrent.Callable;

/** Weights as one backend wants them. Safe for use by several threads; passes are independent. */
public interface LoadedModel extends AutoCloseable {
  /**
   * Starts a forward pass.
   *
   * @param cache keys and values of earlier passes over the same rows, or null where there are none
   *     and none are to be kept
   */
  Pass begin(PassPlan plan, KvCache cache);

  /**
   * A cache for the time layers, empty.
   *
   * @param rowCapacity most tokens that each row will ever hold
   */
  KvCache newCache(int[] rowCapacity);

  /** Tokens in one pass beyond which more bring no speed. */
  int tokenBudget();

  /** How many passes {@link #runAll} runs at a time on at most this many threads. */
  default int passesAtOnce(int maxThreads) {
    return 1;
  }

  /**
   * Runs independent passes at the same time, as many as the backend likes; results in order. An
   * interrupt of the calling thread ends it soon with a {@link
   * java.util.concurrent.CancellationException}.
   *
   * @param maxThreads most threads of this process to use; 1 = the calling thread alone
   */
  <T> List<T> runAll(List<Callable<T>> passes, int maxThreads);

  @Override
  void close();
}
