// embedPatches: the residual MLP of the patch embedding in one kernel.
//
// Formula:    hidden = (W2 · silu(W1 u + b1) + Ws u + b2 + bs), all constants folded into W2, Ws and the biases
// Shapes:     patches u [N, 2P], W1 [4D, 2P], W2 [D, 4D], Ws [D, 2P] -> hidden [N, D]
// Precision:  bf16 with f32 sums, or f32; hidden in f32, in bf16 mode with a bf16 copy beside it
// Launch:     grid [D / 64, N / 64], 128 threads; each block goes through the inner width 64 at a time and
//             computes the inner values of its tokens itself: they never leave shared memory
// Limits:     2P ≤ 64, a multiple of 8
// Reference:  ScalarPass.embedPatches
// Source:     design of the model, step 2
#include "plan.cuh"
#include "product.cuh"

template <class T>
DEVICE void embed_patches(const int* plan, const T* patches, const T* w1, const float* b1, const T* w2, const T* skip,
                          const float* bias, float* hidden, T* copy, int patchWidth, int modelDim) {
  // 64 columns: one tile of bf16, two of f32.
  constexpr int UNITS = TILE * sizeof(T) / 128, STEP = 128 / sizeof(T), BLOCK_BYTES = UNITS * TILE_BYTES;
  const int count = pass_header(plan)->tokenCount;
  const int firstToken = blockIdx.y * TILE, firstColumn = blockIdx.x * TILE;
  if (firstToken >= count) return;
  byte* u = shared;
  byte* inner = shared + BLOCK_BYTES;
  byte* stages = shared + 2 * BLOCK_BYTES;  // twice W1 and W2
  const int innerWidth = 4 * modelDim, chunks = (innerWidth + TILE - 1) / TILE;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  auto tokens = matrix_rows(patches, firstToken, count, patchWidth);
  auto outputs = matrix_rows(w2, firstColumn, modelDim, innerWidth);
  auto copy_chunk = [&](int chunk) {
    byte* stage = stages + (chunk & 1) * 2 * BLOCK_BYTES;
    auto rows = matrix_rows(w1, chunk * TILE, innerWidth, patchWidth);
#pragma unroll
    for (int unit = 0; unit < UNITS; unit++) {
      copy_tile(stage + unit * TILE_BYTES, rows, unit * STEP, patchWidth);
      copy_tile(stage + BLOCK_BYTES + unit * TILE_BYTES, outputs, chunk * TILE + unit * STEP, innerWidth);
    }
  };
#pragma unroll
  for (int unit = 0; unit < UNITS; unit++) copy_tile(u + unit * TILE_BYTES, tokens, unit * STEP, patchWidth);
  copy_chunk(0);
  commit_copies();
  Fragment acc;
  clear(acc);
  for (int chunk = 0; chunk < chunks; chunk++) {
    const byte* stage = stages + (chunk & 1) * 2 * BLOCK_BYTES;
    if (chunk + 1 < chunks) copy_chunk(chunk + 1);
    commit_copies();
    await_copies<1>();
    __syncthreads();
    Fragment first;
    clear(first);
#pragma unroll
    for (int unit = 0; unit < UNITS; unit++)
      multiply_tiles(first, u + unit * TILE_BYTES, stage + unit * TILE_BYTES, T());
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
      for (int h = 0; h < 2; h++)
#pragma unroll
        for (int j = 0; j < 4; j++) {
          int row = (warp >> 1) * 32 + i * 16 + h * 8 + (lane >> 2), column = (warp & 1) * 32 + j * 8 + (lane & 3) * 2;
          int k = chunk * TILE + column;
          float2 b = k < innerWidth ? *(const float2*)(b1 + k) : make_float2(0.f, 0.f);
          byte* target = inner + (column / STEP) * TILE_BYTES
              + chunk_offset(row, column % STEP / (16 / (int)sizeof(T))) + column % (16 / (int)sizeof(T)) * (int)sizeof(T);
          store2((T*)target, silu(first[i][j][2 * h] + b.x), silu(first[i][j][2 * h + 1] + b.y));
        }
    __syncthreads();
#pragma unroll
    for (int unit = 0; unit < UNITS; unit++)
      multiply_tiles(acc, inner + unit * TILE_BYTES, stage + BLOCK_BYTES + unit * TILE_BYTES, T());
    __syncthreads();
  }
  auto skips = matrix_rows(skip, firstColumn, modelDim, patchWidth);
#pragma unroll
  for (int unit = 0; unit < UNITS; unit++) copy_tile(stages + unit * TILE_BYTES, skips, unit * STEP, patchWidth);
  commit_copies();
  await_copies<0>();
  __syncthreads();
#pragma unroll
  for (int unit = 0; unit < UNITS; unit++)
    multiply_tiles(acc, u + unit * TILE_BYTES, stages + unit * TILE_BYTES, T());
  __syncthreads();
  for_each_four(acc, shared, [&](int row, int column, float4 v) {
    int token = firstToken + row, d = firstColumn + column;
    if (token >= count || d >= modelDim) return;
    float4 b = load4(bias + d);
    v = make_float4(v.x + b.x, v.y + b.y, v.z + b.z, v.w + b.w);
    size_t at = (size_t)token * modelDim + d;
    store4(hidden + at, v);
    if (sizeof(T) == 2) store4(copy + at, v);
  });
}

extern "C" __global__ void PRODUCT_BOUNDS
embed_patches_f32(const int* plan, const float* patches, const float* w1, const float* b1, const float* w2, const float* skip,
                  const float* bias, float* hidden, float* copy, int patchWidth, int modelDim) {
  embed_patches(plan, patches, w1, b1, w2, skip, bias, hidden, copy, patchWidth, modelDim);
}
extern "C" __global__ void PRODUCT_BOUNDS
embed_patches_bf16(const int* plan, const bf16* patches, const bf16* w1, const float* b1, const bf16* w2, const bf16* skip,
                   const float* bias, float* hidden, bf16* copy, int patchWidth, int modelDim) {
  embed_patches(plan, patches, w1, b1, w2, skip, bias, hidden, copy, patchWidth, modelDim);
}
