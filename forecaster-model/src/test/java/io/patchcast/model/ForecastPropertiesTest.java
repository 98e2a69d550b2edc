package io.patchcast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.Backend;
import io.patchcast.bench.Workload;
import io.patchcast.forecast.Backends;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Equalities of the model over many random shapes; the seed is the test's name. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForecastPropertiesTest {
  private static final int SEED_COUNT = 25;

  /** Rounding of float activations, as a share of the band. */
  private static final double ROUNDING = 2e-5;

  private Backend backend;
  private Toto2 model;
  private Toto2 withoutXpos;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    backend = Backends.open("vector");
    model =
        new Toto2(
            Checkpoint.open(new RandomCheckpoint().write(directory.resolve("a"), 1)), backend);
    withoutXpos =
        new Toto2(
            Checkpoint.open(
                new RandomCheckpoint().with("use_xpos", false).write(directory.resolve("b"), 2)),
            backend);
  }

  @AfterAll
  void close() {
    model.close();
    withoutXpos.close();
    backend.close();
  }

  static IntStream seeds() {
    return IntStream.range(0, SEED_COUNT);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void leftPaddingChangesNothing(int seed) {
    Random random = new Random(seed);
    SeriesInput series = RandomSeries.next(random, 32, 3, random.nextInt(2));
    SeriesInput padded = padded(series, 32 * (1 + random.nextInt(5)));

    assertSame(forecast(model, padded), forecast(model, series), ROUNDING);
  }

  /** A giant that all threads share, among small series that they share out. */
  @Test
  void aGiantAndThreadsChangeNoBit() {
    List<SeriesInput> series = new ArrayList<>(new Workload(200, 64, 6, 1, 0).series());
    series.add(3, new Workload(36_000, 64, 1, 1, 0).series().get(0));
    List<double[][]> together = model.forecast(series, DecodeOptions.plain(), 2);
    for (int i = 0; i < series.size(); i++) {
      double[][] alone = model.forecast(List.of(series.get(i)), DecodeOptions.plain(), 1).get(0);
      assertThat(together.get(i)).isDeepEqualTo(alone);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void neitherCompanyNorOrderChangesABit(int seed) {
    Random random = new Random(seed);
    List<SeriesInput> series = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      series.add(RandomSeries.next(random, 32, 3, i % 2));
    }
    DecodeOptions options = new DecodeOptions(random.nextInt(3) * 32, 8, 1e4);
    List<double[][]> together = model.forecast(series, options);
    List<Integer> order = new ArrayList<>(IntStream.range(0, 8).boxed().toList());
    Collections.shuffle(order, random);
    List<double[][]> shuffled = model.forecast(order.stream().map(series::get).toList(), options);

    for (int i = 0; i < 8; i++) {
      double[][] alone = model.forecast(List.of(series.get(i)), options).get(0);
      assertThat(together.get(i)).isDeepEqualTo(alone);
      assertThat(shuffled.get(order.indexOf(i))).isDeepEqualTo(alone);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void permutingVariatesPermutesTheForecast(int seed) {
    Random random = new Random(seed);
    SeriesInput series = RandomSeries.next(random, 32, 5, 0);
    List<Integer> order =
        new ArrayList<>(IntStream.range(0, series.targetCount()).boxed().toList());
    Collections.shuffle(order, random);
    double[][] expected = forecast(model, series);
    double[][] permuted = new double[expected.length][];
    Arrays.setAll(permuted, v -> expected[order.get(v)]);

    assertSame(forecast(model, picked(series, order)), permuted, ROUNDING);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void scalingAndShiftingTheSeriesScalesAndShiftsTheForecast(int seed) {
    Random random = new Random(seed);
    // Fewer than two values have no scale of their own: the floor of 1e-6 does not scale with them.
    SeriesInput series = endingObserved(RandomSeries.next(random, 32, 3, 0), 2);
    double factor = Math.pow(10, random.nextInt(7) - 3);
    double shift = 1000 * random.nextGaussian();
    double[][] expected = forecast(model, series);
    for (double[] variate : expected) {
      Arrays.setAll(variate, i -> variate[i] * factor + shift);
    }

    assertSame(forecast(model, mapped(series, factor, shift)), expected, 1e-4);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shortHorizonIsThePrefixOfALongOne(int seed) {
    Random random = new Random(seed);
    SeriesInput series = RandomSeries.next(random, 32, 3, 0);
    int longer = series.horizon() + random.nextInt(100);
    double[][] prefix = forecast(model, withHorizon(series, longer));
    double[][] expected = forecast(model, series);
    for (int v = 0; v < prefix.length; v++) {
      prefix[v] = Arrays.copyOf(prefix[v], expected[v].length);
    }

    assertSame(prefix, expected, ROUNDING);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void oversizedBlocksAreOnePass(int seed) {
    SeriesInput series = RandomSeries.next(new Random(seed), 32, 3, seed % 2);
    DecodeOptions oversized = new DecodeOptions(32 * 1000, 0, 0);

    assertThat(model.forecast(List.of(series), oversized).get(0))
        .isDeepEqualTo(forecast(model, series));
  }

  /**
   * With xPos, keys of earlier calls keep the centre of their call, in the reference as here;
   * without it, a cached block decode is the same as running everything anew. The first patches of
   * the context are unobserved in some variates: the group ids of a decode call are those of the
   * series, not of its first patches (a deviation from the reference, which would cut such variates
   * off).
   */
  @ParameterizedTest
  @MethodSource("seeds")
  void cachedDecodeEqualsUncached(int seed) {
    Random random = new Random(seed);
    // A last patch without observations counts as observed only as long as it is the last.
    SeriesInput drawn = endingObserved(RandomSeries.next(random, 32, 3, 0), 1);
    SeriesInput series = withHorizon(padded(drawn, 64), 96);
    if (random.nextBoolean()) {
      Arrays.fill(series.observed()[0], 0, 64, false);
    }
    double[][] cached = withoutXpos.forecast(List.of(series), new DecodeOptions(32, 0, 0)).get(0);

    double[][] uncached = new double[series.targetCount()][96 * 9];
    SeriesInput grown = withHorizon(series, 32);
    for (int block = 0; block < 3; block++) {
      double[][] quantiles = forecast(withoutXpos, grown);
      for (int v = 0; v < uncached.length; v++) {
        System.arraycopy(quantiles[v], 0, uncached[v], block * 32 * 9, 32 * 9);
      }
      grown = withMedians(grown, quantiles);
    }

    assertSame(cached, uncached, ROUNDING);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void variatesOfOtherGroupsAreNotSeen(int seed) {
    Random random = new Random(seed);
    SeriesInput series = RandomSeries.next(random, 32, 4, 0);
    double[][] together = forecast(model, series);
    for (long group : new long[] {0, 1}) {
      List<Integer> members =
          IntStream.range(0, series.targetCount())
              .filter(v -> series.groupIds()[v] == group)
              .boxed()
              .toList();
      if (!members.isEmpty()) {
        double[][] alone = forecast(model, picked(series, members));
        for (int i = 0; i < alone.length; i++) {
          assertThat(together[members.get(i)]).isEqualTo(alone[i]);
        }
      }
    }
  }

  private static double[][] forecast(Toto2 model, SeriesInput series) {
    return model.forecast(List.of(series), DecodeOptions.plain()).get(0);
  }

  /** Differences as a share of the band's range. */
  private static void assertSame(double[][] found, double[][] expected, double tolerance) {
    for (int v = 0; v < expected.length; v++) {
      double range =
          Arrays.stream(expected[v]).max().orElseThrow()
              - Arrays.stream(expected[v]).min().orElseThrow();
      double magnitude = Arrays.stream(expected[v]).map(Math::abs).max().orElseThrow();
      double unit = range + 4e-7 * magnitude;
      assertThat(found[v]).hasSameSizeAs(expected[v]);
      for (int i = 0; i < expected[v].length; i++) {
        assertThat(Math.abs(found[v][i] - expected[v][i]) / unit)
            .as("variate %d value %d: %s and %s", v, i, found[v][i], expected[v][i])
            .isLessThan(tolerance);
      }
    }
  }

  /** The series with its last {@code steps} values observed in all variates. */
  private static SeriesInput endingObserved(SeriesInput series, int steps) {
    for (boolean[] observed : series.observed()) {
      Arrays.fill(observed, Math.max(0, observed.length - steps), observed.length, true);
    }
    return series;
  }

  private static SeriesInput padded(SeriesInput series, int steps) {
    double[][] values = new double[series.values().length][];
    boolean[][] observed = new boolean[values.length][];
    for (int v = 0; v < values.length; v++) {
      int length = series.values()[v].length;
      values[v] = new double[steps + length];
      observed[v] = new boolean[steps + length];
      System.arraycopy(series.values()[v], 0, values[v], steps, length);
      System.arraycopy(series.observed()[v], 0, observed[v], steps, length);
    }
    return new SeriesInput(
        values,
        observed,
        series.groupIds(),
        series.targetCount(),
        steps + series.contextLength(),
        series.horizon());
  }

  private static SeriesInput picked(SeriesInput series, List<Integer> order) {
    return new SeriesInput(
        order.stream().map(v -> series.values()[v]).toArray(double[][]::new),
        order.stream().map(v -> series.observed()[v]).toArray(boolean[][]::new),
        order.stream().mapToLong(v -> series.groupIds()[v]).toArray(),
        order.size(),
        series.contextLength(),
        series.horizon());
  }

  private static SeriesInput mapped(SeriesInput series, double factor, double shift) {
    double[][] values =
        Arrays.stream(series.values())
            .map(variate -> Arrays.stream(variate).map(x -> x * factor + shift).toArray())
            .toArray(double[][]::new);
    return new SeriesInput(
        values,
        series.observed(),
        series.groupIds(),
        series.targetCount(),
        series.contextLength(),
        series.horizon());
  }

  private static SeriesInput withHorizon(SeriesInput series, int horizon) {
    return new SeriesInput(
        series.values(),
        series.observed(),
        series.groupIds(),
        series.targetCount(),
        series.contextLength(),
        horizon);
  }

  private static SeriesInput withMedians(SeriesInput series, double[][] quantiles) {
    int horizon = series.horizon();
    int length = series.contextLength() + horizon;
    double[][] values = new double[quantiles.length][];
    boolean[][] observed = new boolean[quantiles.length][];
    for (int v = 0; v < quantiles.length; v++) {
      values[v] = Arrays.copyOf(series.values()[v], length);
      observed[v] = Arrays.copyOf(series.observed()[v], length);
      for (int t = 0; t < horizon; t++) {
        values[v][series.contextLength() + t] = quantiles[v][9 * t + 4];
        observed[v][series.contextLength() + t] = true;
      }
    }
    return new SeriesInput(
        values, observed, series.groupIds(), series.targetCount(), length, horizon);
  }
}
