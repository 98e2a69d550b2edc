package io.patchcast.model;

import io.patchcast.forecast.Backends;
import io.patchcast.test.RandomCheckpoint;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of every backend against the scalar twin: both get the same inputs, one operation
 * at a time, over odd sizes, all switches, narrowed layers and caches.
 */
class BackendConformanceTest {
  private static final int SEED_COUNT = 20;

  /** Largest difference, relative to the largest value an operation leaves behind. */
  private static final double TOLERANCE = 5e-6;

  @TempDir Path directory;

  static Stream<Arguments> backendsAndSeeds() {
    return Backends.all().stream()
        .filter(candidate -> !candidate.name().equals("scalar"))
        .filter(Backends.Candidate::available)
        .map(Backends.Candidate::name)
        .flatMap(name -> IntStream.range(0, SEED_COUNT).mapToObj(seed -> Arguments.of(name, seed)));
  }

  @ParameterizedTest
  @MethodSource("backendsAndSeeds")
  void operationsDoWhatTheScalarTwinDoes(String name, int seed) throws Exception {
    Random random = new Random(seed);
    RandomCheckpoint drawn = randomShape(random);
    new OperationConformance(name, TOLERANCE, 1e-4, 1e-3).check(drawn, seed, random, 20, directory);
  }

  /** Odd widths, grouped queries, all switches. */
  private static RandomCheckpoint randomShape(Random random) {
    int groups = 1 + random.nextInt(3);
    int heads = groups * (1 + random.nextInt(3));
    int layers = 1 + random.nextInt(4);
    boolean queryKeyNorm = random.nextBoolean();
    return new RandomCheckpoint()
        .with("patch_size", 8 * (1 + random.nextInt(4)))
        .with("d_model", 2 * (5 + random.nextInt(50)))
        .with("num_heads", heads)
        .with("num_groups", groups)
        .with("qk_dim", 4 * (1 + random.nextInt(12)))
        .with("v_dim", 1 + random.nextInt(50))
        .with("num_layers", layers)
        .with("layer_group_size", layers)
        .with("num_variate_layers_per_group", random.nextInt(layers + 1))
        .with("variate_layer_first", random.nextBoolean())
        .with("d_ff", 1 + random.nextInt(200))
        .with("attn_bias", random.nextBoolean())
        .with("mlp_bias", random.nextBoolean())
        .with("norm_include_weight", random.nextBoolean())
        .with("qk_norm", queryKeyNorm)
        .with("qk_norm_include_weight", queryKeyNorm && random.nextBoolean())
        .with("per_dim_scale", random.nextBoolean())
        .with("use_xpos", random.nextBoolean());
  }
}
