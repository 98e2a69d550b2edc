/**
 * The CUDA backend: packed weights, plans and workspaces on NVIDIA GPUs, and the launches of the
 * kernels that implement the operations.
 *
 * <p>The kernels are in {@code src/main/cuda}, one file per operation; what ships is their PTX.
 * {@code cuda:bf16} computes products on bf16 tensor cores with f32 sums, {@code cuda:f32}
 * everything in f32, for comparison with the other backends.
 */
package io.patchcast.backend.cuda;
