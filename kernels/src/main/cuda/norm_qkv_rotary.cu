// normQkvRotary: norm, in-projection, per-dimension scale, rotary positions and xPos in one kernel; appends to the KV cache.
//
// Formula:    r = 1 / √(mean(x²) + ε); q, k, v = r · (W x) + b; on the first half of each q and k, pairs (a, b) ->
//             (a cos − b sin, b cos + a sin) · decay, angle and decay from tables. Scales are folded into W and b, into those of
//             q also 1/d of the logits and log₂ e
// Shapes:     hidden [N, D] -> queries [M, H, d], keys and values [N, G, d], each key and value to its slot
// Precision:  bf16 with f32 sums, or f32
// Launch:     grid [tiles of q, k and v columns, N / 64], 128 threads; tiles of q take the M needed rows only.
//             valueOnly: the tiles of v alone, for the M needed rows, straight into mixed [M, H, d]
// Limits:     d a power of two
// Reference:  ScalarPass.normQkvRotary
// Source:     design of the model, step 3
#include "plan.cuh"
#include "product.cuh"

struct QkvShape {
  int modelDim, headCount, groupCount, headDim;
  int rotary, valueOnly, positionLimit;
  float epsilon;
};

template <class T>
DEVICE void norm_qkv_rotary(const int* plan, int layer, const T* hidden, const T* weight, const float* bias, const float2* angles,
                            const float* decays, T* queries, T* keys, T* values, T* mixed, QkvShape shape) {
  __shared__ float rowScales[TILE];
  const LayerHeader* tokens = layer_header(plan, layer);
  const int queryWidth = shape.headCount * shape.headDim, keyWidth = shape.groupCount * shape.headDim;
  const int queryTiles = (queryWidth + TILE - 1) / TILE, keyTiles = (keyWidth + TILE - 1) / TILE;
  const int tile = shape.valueOnly ? queryTiles + keyTiles + blockIdx.x : blockIdx.x;
  const int section = tile < queryTiles ? 0 : tile < queryTiles + keyTiles ? 1 : 2;
  const int sectionWidth = section == 0 ? queryWidth : keyWidth;
  const int sectionStart = section == 0 ? 0 : queryWidth + (section - 1) * keyWidth;
  const int firstColumn = (tile - (section == 0 ? 0 : queryTiles + (section - 1) * keyTiles)) * TILE;
  const bool needed = section == 0 || shape.valueOnly;
  const int count = needed ? tokens->outputCount : tokens->inputCount;
  const int firstRow = blockIdx.y * TILE;
  if (firstRow >= count) return;
  const int* inputs = plan_array<int>(plan, tokens->queries);
  auto input = [&](int row) { return needed ? inputs[row] : row; };

  auto a = tile_rows(hidden, [&](int r) {
    return firstRow + r < count ? hidden + (size_t)input(firstRow + r) * shape.modelDim : nullptr;
  });
  auto b = matrix_rows(weight + (size_t)sectionStart * shape.modelDim, firstColumn, sectionWidth, shape.modelDim);
  Fragment acc;
  clear(acc);
  float squares = multiply<T, true>(acc, shared, a, b, shape.modelDim);
  store_row_scales(rowScales, squares, shape.modelDim, shape.epsilon);

  const int* positions = plan_array<int>(plan, tokens->positions);
  const int* decayPositions = plan_array<int>(plan, tokens->decayPositions);
  const int* slots = plan_array<int>(plan, tokens->slots);
  const int pairs = shape.headDim / 4;
  for_each_four(acc, shared, [&](int r, int c, float4 v) {
    int row = firstRow + r, column = firstColumn + c;
    if (row >= count || column >= sectionWidth) return;
    float s = rowScales[r];
    float4 add = load4(bias + sectionStart + column);
    v = make_float4(fmaf(v.x, s, add.x), fmaf(v.y, s, add.y), fmaf(v.z, s, add.z), fmaf(v.w, s, add.w));
    int n = input(row), within = column & (shape.headDim - 1);
    if (section < 2 && shape.rotary && within < shape.headDim / 2) {
      int pair = within / 2;
      int decay = (section == 0 ? decayPositions[n] : -decayPositions[n]) + shape.positionLimit;
      float4 angle = *(const float4*)(angles + (size_t)positions[n] * pairs + pair);
      float2 factor = *(const float2*)(decays + (size_t)decay * pairs + pair);
      float cos0 = angle.x * factor.x, sin0 = angle.y * factor.x, cos1 = angle.z * factor.y, sin1 = angle.w * factor.y;
      v = make_float4(v.x * cos0 - v.y * sin0, v.y * cos0 + v.x * sin0, v.z * cos1 - v.w * sin1, v.w * cos1 + v.z * sin1);
    }
    if (shape.valueOnly) {
      // Every query head of the group gets the value.
      int heads = shape.headCount / shape.groupCount, group = column / shape.headDim;
      for (int h = 0; h < heads; h++)
        store4(mixed + (size_t)row * queryWidth + (group * heads + h) * shape.headDim + within, v);
    } else if (section == 0) {
      store4(queries + (size_t)row * queryWidth + column, v);
    } else {
      T* target = slot_row(pass_header(plan), section == 1 ? keys : values, slots[n], tokens->cacheLayer, section - 1, keyWidth);
      store4(target + column, v);
    }
  });
}

extern "C" __global__ void PRODUCT_BOUNDS
norm_qkv_rotary_f32(const int* plan, int layer, const float* hidden, const float* weight, const float* bias, const float2* angles,
                    const float* decays, float* queries, float* keys, float* values, float* mixed, QkvShape shape) {
  norm_qkv_rotary(plan, layer, hidden, weight, bias, angles, decays, queries, keys, values, mixed, shape);
}
extern "C" __global__ void PRODUCT_BOUNDS
norm_qkv_rotary_bf16(const int* plan, int layer, const bf16* hidden, const bf16* weight, const float* bias, const float2* angles,
                     const float* decays, bf16* queries, bf16* keys, bf16* values, bf16* mixed, QkvShape shape) {
  norm_qkv_rotary(plan, layer, hidden, weight, bias, angles, decays, queries, keys, values, mixed, shape);
}
