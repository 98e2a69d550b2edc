package io.patchcast.backend.cpu.simd;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.PassPlan;
import io.patchcast.backend.cpu.CausalScaler;
import io.patchcast.backend.cpu.QuantileOutput;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The elementwise functions keep the error bounds they state, and so do those built on them. */
class VectorFunctionsTest {
  private static final int PATCH_SIZE = 32;
  private static final int LEVEL_COUNT = 9;

  @Test
  void sinhIsWithinItsBound() {
    assertWithin(1e-15, DoubleMath::sinh, StrictMath::sinh, DoubleMath.SINH_LIMIT);
  }

  @Test
  void asinhIsWithinItsBound() {
    // x = sinh(asinh(x)): the identity, where the reference itself is within an ulp or two.
    assertWithin(1e-14, DoubleMath::asinh, VectorFunctionsTest::asinh, DoubleMath.ASINH_LIMIT);
  }

  @Test
  void expIsWithinItsBound() {
    Random random = new Random(3);
    float[] x = new float[Lanes.COUNT];
    float[] y = new float[Lanes.COUNT];
    for (int round = 0; round < 20_000; round++) {
      for (int i = 0; i < x.length; i++) {
        x[i] = -87 + 175 * random.nextFloat();
      }
      VectorMath.exp(FloatVector.fromArray(Lanes.SPECIES, x, 0)).intoArray(y, 0);
      for (int i = 0; i < x.length; i++) {
        double exact = StrictMath.exp(x[i]);
        assertThat(Math.abs(y[i] - exact) / exact).as("exp(%s)", x[i]).isLessThan(2e-7);
      }
    }
  }

  /** ln(|x| + √(x² + 1)), as log1p near zero. */
  private static double asinh(double x) {
    double a = Math.abs(x);
    return Math.copySign(StrictMath.log1p(a + a * a / (1 + StrictMath.sqrt(a * a + 1))), x);
  }

  private static void assertWithin(
      double bound, UnaryOperator<DoubleVector> found, DoubleUnaryOperator expected, double limit) {
    Random random = new Random(5);
    double[] x = new double[DoubleMath.SPECIES.length()];
    double[] y = new double[x.length];
    for (int round = 0; round < 20_000; round++) {
      for (int i = 0; i < x.length; i++) {
        // Magnitudes from 1e-12 to the limit, evenly in their logarithm; zero now and then.
        double magnitude =
            Math.exp(Math.log(1e-12) + random.nextDouble() * Math.log(limit / 1e-12));
        x[i] = random.nextInt(50) == 0 ? 0 : random.nextBoolean() ? magnitude : -magnitude;
      }
      found.apply(DoubleVector.fromArray(DoubleMath.SPECIES, x, 0)).intoArray(y, 0);
      for (int i = 0; i < x.length; i++) {
        double exact = expected.applyAsDouble(x[i]);
        assertThat(Math.abs(y[i] - exact))
            .as("of %s: expected %s, found %s", x[i], exact, y[i])
            .isLessThanOrEqualTo(bound * Math.abs(exact));
      }
    }
  }

  /** 1,000: a fraction of the quantiles overflows; 1e-3: the series' branch of sinh. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-3, 1, 20, 1000})
  void patchesAndQuantilesAreTheScalarTwins(double spread) {
    Random random = new Random(7);
    double[] values = new double[3 * PATCH_SIZE];
    boolean[] observed = new boolean[values.length];
    for (int t = 0; t < values.length; t++) {
      observed[t] = random.nextInt(4) > 0;
      values[t] = observed[t] ? 1e6 + spread * random.nextGaussian() : Double.NaN;
    }
    PassPlan plan = plan(values, observed);
    CausalScaler scaler = new CausalScaler(plan);
    UnitKernel kernel = new UnitKernel(plan, scaler, LEVEL_COUNT);
    for (int patch = 0; patch < 3; patch++) {
      float[] expected = new float[2 * PATCH_SIZE];
      float[] found = new float[2 * PATCH_SIZE];
      scaler.patch(patch, expected, 0);
      kernel.patch(patch, found, 0);
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i])
            .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(Math.ulp(expected[i])));
      }
    }
    float[] raw = new float[PATCH_SIZE * LEVEL_COUNT];
    float[] turned = new float[raw.length];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = (float) (spread * random.nextGaussian());
      turned[i % LEVEL_COUNT * PATCH_SIZE + i / LEVEL_COUNT] = raw[i];
    }
    double[] expected = new double[raw.length];
    double[] found = new double[raw.length];
    new QuantileOutput(scaler, PATCH_SIZE, LEVEL_COUNT).write(raw, 0, 2, 0, expected, 0);
    kernel.quantiles(turned, 0, 2, 0, found, 0);
    for (int i = 0; i < expected.length; i++) {
      assertThat(Math.abs(found[i] - expected[i]))
          .isLessThanOrEqualTo(1e-14 * Math.abs(expected[i]));
    }
  }

  /** Every order of zeros and ones: a network that sorts those sorts everything. */
  @Test
  void theNetworkSortsNine() {
    boolean[] observed = new boolean[PATCH_SIZE];
    Arrays.fill(observed, true);
    PassPlan plan = plan(new double[PATCH_SIZE], observed);
    UnitKernel kernel = new UnitKernel(plan, new CausalScaler(plan), LEVEL_COUNT);
    double[] quantiles = new double[PATCH_SIZE * LEVEL_COUNT];
    for (int first = 0; first < 1 << LEVEL_COUNT; first += PATCH_SIZE) {
      float[] raw = new float[quantiles.length];
      for (int step = 0; step < PATCH_SIZE; step++) {
        for (int level = 0; level < LEVEL_COUNT; level++) {
          raw[level * PATCH_SIZE + step] = (first + step) >> level & 1;
        }
      }
      kernel.quantiles(raw, 0, 0, 0, quantiles, 0);
      for (int step = 0; step < PATCH_SIZE; step++) {
        int at = step * LEVEL_COUNT;
        double[] levels = Arrays.copyOfRange(quantiles, at, at + LEVEL_COUNT);
        assertThat(levels).as("bits of %d", first + step).isSorted();
        int ones = Integer.bitCount(first + step);
        assertThat(Arrays.stream(levels).filter(value -> value > 0).count()).isEqualTo(ones);
      }
    }
  }

  private static PassPlan plan(double[] values, boolean[] observed) {
    int patches = values.length / PATCH_SIZE;
    return new PassPlan(
        PATCH_SIZE,
        new int[] {0, patches},
        new int[] {patches},
        new int[] {-1},
        values,
        observed,
        new int[patches],
        List.of(),
        new int[0],
        new int[0],
        new int[0],
        0,
        0);
  }
}
