/**
 * Checkpoints as files: safetensors, shards, {@code config.json}; read lazily, checked strictly.
 *
 * <p>{@link io.patchcast.weights.Checkpoint} opens a directory and hands out tensors by name under
 * expected shapes. Everything that is wrong with a file is a {@link
 * io.patchcast.weights.CheckpointFormatException}.
 */
package io.patchcast.weights;
