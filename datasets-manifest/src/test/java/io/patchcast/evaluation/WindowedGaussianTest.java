package io.patchcast.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WindowedGaussianTest {
  private static final double NAN = Double.NaN;

  @Test
  void missingValuesCountNowhereAndAreNoAnomaly() {
    double[] dense = WindowedGaussian.scores(new double[] {1, 3, 2, 9, 4});
    double[] gaps = WindowedGaussian.scores(new double[] {NAN, 1, NAN, 3, 2, NAN, 9, 4});
    assertThat(gaps).containsExactly(0, dense[0], 0, dense[1], dense[2], 0, dense[3], dense[4]);
    assertThat(Arrays.stream(dense).max().orElseThrow()).isGreaterThan(1);
  }
}
