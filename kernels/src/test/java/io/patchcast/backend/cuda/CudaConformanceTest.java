package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.cuda.Rig.Setting;
import io.patchcast.model.OperationConformance;
import io.patchcast.test.RandomCheckpoint;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operation of the CUDA backend against the scalar twin, over the shapes it supports. */
class CudaConformanceTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void operationsInF32DoWhatTheScalarTwinDoes(int seed) throws Exception {
    Rig.start();
    Rig.set(Setting.CHECKS, seed % 2);
    Rig.set(Setting.PERTURB, seed / 2 % 2);
    Random random = new Random(seed);
    new OperationConformance("cuda:f32", 5e-6, 1e-4, 1e-2)
        .check(randomShape(random), seed, random, variates(seed), directory);
    assertThat(Rig.held()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void operationsInBf16AreNearTheScalarTwin(int seed) throws Exception {
    Rig.start();
    Rig.set(Setting.CHECKS, seed % 2);
    Rig.set(Setting.PERTURB, seed / 2 % 2);
    Random random = new Random(seed);
    new OperationConformance("cuda:bf16", 1e-2, 0.1, 0.1)
        .check(randomShape(random), seed, random, variates(seed), directory);
    assertThat(Rig.held()).isZero();
  }

  /** Some batches with more variates than a tile has keys. */
  private static int variates(int seed) {
    return seed % 4 == 3 ? 90 : 12;
  }

  /** Widths that are no multiples of a tile, grouped queries, every switch that is supported. */
  static RandomCheckpoint randomShape(Random random) {
    int groups = 1 + random.nextInt(2);
    int headDim = 32 << random.nextInt(3);
    int layers = 1 + random.nextInt(3);
    return new RandomCheckpoint()
        .with("patch_size", 8 * (1 + random.nextInt(4)))
        .with("d_model", 8 * (3 + random.nextInt(14)))
        .with("num_heads", groups * (1 + random.nextInt(2)))
        .with("num_groups", groups)
        .with("qk_dim", headDim)
        .with("v_dim", headDim)
        .with("num_layers", layers)
        .with("layer_group_size", layers)
        .with("num_variate_layers_per_group", random.nextInt(layers + 1))
        .with("variate_layer_first", random.nextBoolean())
        .with("d_ff", 8 * (1 + random.nextInt(25)))
        .with("attn_bias", random.nextBoolean())
        .with("mlp_bias", random.nextBoolean())
        .with("norm_include_weight", random.nextBoolean())
        .with("per_dim_scale", random.nextBoolean())
        .with("use_xpos", random.nextBoolean());
  }
}
