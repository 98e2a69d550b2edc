package io.patchcast.bench.peer;

import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;

/** Writes a checkpoint of a released size with random weights, for whole commands to be timed. */
public final class RandomCheckpointFile {
  private RandomCheckpointFile() {}

  /** Arguments: the size, and the directory to write. */
  public static void main(String[] args) throws IOException {
    ModelConfig config = ModelConfig.released(args[0]);
    new RandomCheckpoint()
        .with("d_model", config.modelDim())
        .with("num_heads", config.headCount())
        .with("num_groups", config.groupCount())
        .with("qk_dim", config.queryDim())
        .with("v_dim", config.valueDim())
        .with("num_layers", config.layerCount())
        .with("layer_group_size", config.layerGroupSize())
        .with("d_ff", config.feedForwardDim())
        .with("norm_eps", config.normEpsilon())
        .write(Path.of(args[1]), 7);
  }
}
