package io.patchcast.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Which series of a request run in one pass.
 *
 * <p>A pass takes about a backend's budget of tokens; a series beyond the budget has one of its
 * own. The passes are about equal and as many as there are threads, or a multiple of it, so that
 * all threads end together; the largest series come first, so that no small one waits behind them
 * on the last thread at work; one that would be at work when all others are done is shared by all
 * threads instead.
 */
final class BatchPlan {
  /** Tokens that are worth a thread: with fewer, reading the weights takes most of the time. */
  private static final int FEWEST_TOKENS = 36;

  private BatchPlan() {}

  /**
   * Indices of series, a list for each pass.
   *
   * @param tokens of each series
   * @param budget tokens of a pass beyond which more bring no speed
   * @param atOnce passes that run at a time
   */
  static List<int[]> of(long[] tokens, int budget, int atOnce) {
    long small = 0;
    for (long count : tokens) {
      small += count < budget ? count : 0;
    }
    long passes = Math.max((small + budget - 1) / budget, Math.min(atOnce, small / FEWEST_TOKENS));
    passes = passes < 2 ? 1 : (passes + atOnce - 1) / atOnce * atOnce;
    long share = (small + passes - 1) / passes;

    int[] order =
        IntStream.range(0, tokens.length)
            .boxed()
            .sorted(Comparator.comparingLong((Integer i) -> tokens[i]).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    List<int[]> batches = new ArrayList<>();
    for (int start = 0; start < order.length; ) {
      long sum = tokens[order[start]];
      int end = start + 1;
      while (end < order.length && fits(sum, tokens[order[end]], share, budget)) {
        sum += tokens[order[end++]];
      }
      batches.add(IntStream.range(start, end).map(i -> order[i]).toArray());
      start = end;
    }
    return batches;
  }

  /**
   * How many of the first passes all threads had better share, one after the other: lone series
   * beyond the budget that would keep one thread busy after the others have done all the rest.
   */
  static int sharedCount(List<int[]> batches, long[] tokens, int budget, int atOnce) {
    long left = LongStream.of(tokens).sum();
    int count = 0;
    for (int[] batch : batches) {
      long largest = tokens[batch[0]];
      if (largest < budget || largest * atOnce <= left) {
        break;
      }
      left -= largest;
      count++;
    }
    return count;
  }

  /** Whether a pass gets closer to its share with one more series. */
  private static boolean fits(long sum, long more, long share, int budget) {
    return sum + more <= budget && sum + more / 2 <= share;
  }
}
