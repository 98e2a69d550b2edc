package io.patchcast.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.patchcast.evaluation.NabScore.Detections;
import io.patchcast.evaluation.NabScore.Profile;
import java.util.List;
import org.junit.jupiter.api.Test;

class NabScoreTest {
  private static final List<int[]> WINDOWS = List.of(new int[] {300, 399}, new int[] {700, 719});

  private static double score(int... detectedRows) {
    return score(Profile.STANDARD, detectedRows);
  }

  private static double score(Profile profile, int... detectedRows) {
    double[] scores = new double[1000];
    for (int row : detectedRows) {
      scores[row] = 1;
    }
    return NabScore.of(List.of(new Detections(scores, WINDOWS)), 0.5, profile);
  }

  @Test
  void aDetectorThatNeverDetectsScoresZero() {
    assertThat(score()).isZero();
  }

  @Test
  void aPerfectDetectorScoresAHundred() {
    assertThat(score(300, 700)).isCloseTo(100, within(1e-9));
  }

  @Test
  void anEarlierDetectionIsWorthMoreAndLaterOnesNothingMore() {
    assertThat(score(300)).isGreaterThan(score(350)).isGreaterThan(score(399));
    assertThat(score(300, 350, 399)).isEqualTo(score(300));
    // At the last row the sigmoid of one row's width is left.
    double late = (2 / (1 + Math.exp(-5 / 100.0)) - 1) / (2 / (1 + Math.exp(-5.0)) - 1);
    assertThat(score(399)).isCloseTo(100 * (late - 1 + 2) / 4, within(1e-9));
  }

  @Test
  void falsePositivesCostLessShortlyAfterAWindow() {
    double perfect = score(300, 700);
    assertThat(perfect - score(200, 300, 700)).isCloseTo(100 * 0.11 / 4, within(1e-9));
    assertThat(perfect - score(300, 401, 700)).isBetween(0.0, 100 * 0.11 / 4 * 0.2);
    assertThat(perfect - score(300, 700, 999)).isCloseTo(100 * 0.11 / 4, within(1e-9));
  }

  @Test
  void probationIsNotScored() {
    assertThat(NabScore.probation(1000)).isEqualTo(150);
    assertThat(NabScore.probation(20_000)).isEqualTo(750);
    assertThat(score(149, 300, 700)).isEqualTo(score(300, 700));
    assertThat(score(150, 300, 700)).isLessThan(score(300, 700));
  }

  @Test
  void profilesWeighErrorsDifferently() {
    // Half of the windows, and a false positive that costs 0.22.
    assertThat(score(Profile.LOW_FALSE_POSITIVES, 200, 300))
        .isCloseTo(100 * (1 - 1 - 0.22 + 2) / 4, within(1e-9));
    // A missed window costs 2.
    assertThat(score(Profile.LOW_FALSE_NEGATIVES, 200, 300))
        .isCloseTo(100 * (1 - 2 - 0.11 + 4) / 6, within(1e-9));
  }
}
