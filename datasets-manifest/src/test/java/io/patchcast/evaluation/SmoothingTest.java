package io.patchcast.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.patchcast.evaluation.Smoothing.Kind;
import io.patchcast.evaluation.Smoothing.Trend;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SmoothingTest {
  private static final int SEASON = 7;

  @Test
  void theSimplexFindsTheBottomOfACurvedValley() {
    double[] found =
        NelderMead.minimum(
            new double[] {-1.2, 1},
            x -> 100 * Math.pow(x[1] - x[0] * x[0], 2) + Math.pow(1 - x[0], 2),
            2000);
    assertThat(found[0]).isCloseTo(1, within(1e-3));
    assertThat(found[1]).isCloseTo(1, within(1e-3));
  }

  @Test
  void theSimplexStaysWithinTheDomain() {
    double[] found =
        NelderMead.minimum(
            new double[] {3}, x -> x[0] < 2 ? Double.POSITIVE_INFINITY : x[0] * x[0], 2000);
    assertThat(found[0]).isBetween(2.0, 2.001);
  }

  /** Without noise nothing is left to smooth: level, slope and season are found as they are. */
  @Test
  void aLineWithASeasonIsContinued() {
    double[] values = new double[70];
    for (int t = 0; t < values.length; t++) {
      values[t] = 5 + 0.5 * t + 3 * Math.sin(2 * Math.PI * t / SEASON);
    }
    Smoothing fit = Smoothing.fit(values, new Kind(Trend.LINEAR, SEASON));
    double[] ahead = fit.ahead(2 * SEASON);
    for (int h = 0; h < ahead.length; h++) {
      int t = values.length + h;
      assertThat(ahead[h])
          .isCloseTo(5 + 0.5 * t + 3 * Math.sin(2 * Math.PI * t / SEASON), within(0.05));
    }
  }

  /**
   * With a trend and a season together what each of them may be does not suffice. The largest roots
   * of the characteristic polynomials, by NumPy: 1.000114, 0.998459.
   */
  @Test
  void aTrendWithASeasonForgetsThePast() {
    Kind both = new Kind(Trend.LINEAR, 24);
    assertThat(both.isWithinBounds(new double[] {0.99448287, 0.99408834, 0.00544606})).isFalse();
    assertThat(both.isWithinBounds(new double[] {0.3, 0.01, 0.1})).isTrue();
    assertThat(new Kind(Trend.LINEAR, 1).isWithinBounds(new double[] {0.99448287, 0.99408834}))
        .isTrue();
  }

  /** By its criterion the model with seasons is chosen where there are some, and only there. */
  @Test
  void seasonsAreChosenWhereThereAreSome() {
    Random random = new Random(3);
    double[] plain = new double[140];
    double[] seasonal = new double[plain.length];
    for (int t = 0; t < plain.length; t++) {
      plain[t] = 10 + random.nextGaussian();
      seasonal[t] = plain[t] + 4 * Math.cos(2 * Math.PI * t / SEASON);
    }
    assertThat(gain(plain)).isNegative();
    assertThat(gain(seasonal)).isPositive();
  }

  /** How much better seasons make it by the criterion. */
  private static double gain(double[] values) {
    return Smoothing.fit(values, new Kind(Trend.NONE, 1)).correctedAkaike()
        - Smoothing.fit(values, new Kind(Trend.NONE, SEASON)).correctedAkaike();
  }

  /** The deviation of the error h steps ahead of simple smoothing is σ·√(1 + (h − 1)·α²). */
  @Test
  void deviationsGrowAsTheyShould() {
    Random random = new Random(4);
    double[] values = new double[400];
    for (int t = 1; t < values.length; t++) {
      values[t] = values[t - 1] + random.nextGaussian();
    }
    Smoothing fit = Smoothing.fit(values, new Kind(Trend.NONE, 1));
    double[] deviations = fit.deviations(9);
    double alpha = fit.parameters()[0];
    assertThat(deviations[0]).isCloseTo(1, within(0.15));
    assertThat(deviations[8] / deviations[0])
        .isCloseTo(Math.sqrt(1 + 8 * alpha * alpha), within(1e-9));
  }
}
