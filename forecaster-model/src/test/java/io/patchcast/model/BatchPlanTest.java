package io.patchcast.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What runs together: everything once, passes about equal, a giant apart. */
class BatchPlanTest {
  private static final int BUDGET = 240;

  @Test
  void everySeriesIsInOnePass() {
    Random random = new Random(17);
    for (int round = 0; round < 200; round++) {
      long[] tokens =
          random.ints(1 + random.nextInt(300), 1, 2 + random.nextInt(400)).asLongStream().toArray();
      List<int[]> batches = BatchPlan.of(tokens, BUDGET, 1 + random.nextInt(8));
      int[] all = batches.stream().flatMapToInt(Arrays::stream).sorted().toArray();
      assertThat(all).hasSize(tokens.length).doesNotHaveDuplicates();
      for (int[] batch : batches) {
        assertThat(batch.length == 1 || sum(tokens, batch) <= BUDGET).isTrue();
      }
    }
  }

  /** 256 series of 18 tokens: passes that are full, and as many for each thread. */
  @ParameterizedTest
  @CsvSource({"256, 18, 1", "256, 18, 2", "16, 18, 2", "64, 18, 2", "8, 18, 2", "256, 138, 2"})
  void threadsGetTheSameShare(int series, int tokensEach, int threads) {
    long[] tokens = new long[series];
    Arrays.fill(tokens, tokensEach);
    List<int[]> batches = BatchPlan.of(tokens, BUDGET, threads);
    assertThat(batches.size() % threads).isZero();
    long[] load = new long[threads];
    for (int[] batch : batches) {
      Arrays.sort(load);
      load[0] += sum(tokens, batch);
    }
    long most = Arrays.stream(load).max().orElseThrow();
    assertThat(most)
        .isLessThanOrEqualTo((long) series * tokensEach / threads * 11 / 10 + tokensEach);
  }

  @Test
  void oneSmallSeriesIsOnePass() {
    assertThat(BatchPlan.of(new long[] {18}, BUDGET, 2)).hasSize(1);
    assertThat(BatchPlan.of(new long[] {}, BUDGET, 2)).isEmpty();
  }

  /** A giant that would outlast the rest is shared by all threads; a balanced one is not. */
  @ParameterizedTest
  @CsvSource({
    "8208, 256, 2, 1",
    "1024, 256, 2, 0",
    "8208, 256, 1, 0",
    "8208, 0, 2, 1",
    "200, 0, 2, 0",
    "2400, 256, 4, 1"
  })
  void threadsShareWhatWouldOutlastTheRest(long giant, int small, int threads, int shared) {
    long[] tokens = new long[small + 1];
    Arrays.fill(tokens, 18);
    tokens[small / 2] = giant;
    List<int[]> batches = BatchPlan.of(tokens, BUDGET, threads);
    assertThat(BatchPlan.sharedCount(batches, tokens, BUDGET, threads)).isEqualTo(shared);
  }

  /**
   * The giant runs first and alone. The small ones need as many tokens of work as without it, on
   * the other thread: it cannot double their time.
   */
  @Test
  void aGiantRunsApartFromTheSmallOnes() {
    long[] small = new long[400];
    Arrays.fill(small, 18);
    long[] tokens = Arrays.copyOf(small, 401);
    tokens[400] = 1024;
    List<int[]> without = BatchPlan.of(small, BUDGET, 2);
    List<int[]> with = BatchPlan.of(tokens, BUDGET, 2);
    assertThat(with.get(0)).containsExactly(400);
    assertThat(with).hasSize(without.size() + 1);
    for (int i = 0; i < without.size(); i++) {
      assertThat(sum(tokens, with.get(i + 1))).isEqualTo(sum(small, without.get(i)));
    }
  }

  private static long sum(long[] tokens, int[] batch) {
    return Arrays.stream(batch).mapToLong(i -> tokens[i]).sum();
  }
}
