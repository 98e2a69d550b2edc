// normSwiGlu: norm, gate and up projections, gate · silu(up) in one kernel.
//
// Formula:    r = 1 / √(mean(x²) + ε); g, u = r · (W x) + b; gated = g · silu(u); rows of W alternate: gate 0, up 0, gate 1 …
// Shapes:     hidden [M, D] -> gated [M, F]
// Precision:  bf16 with f32 sums, or f32
// Launch:     grid [2F / 64, M / 64], 128 threads
// Limits:     widths multiples of 8
// Reference:  ScalarPass.normSwiGlu
// Source:     design of the model, step 3
#include "plan.cuh"
#include "product.cuh"

template <class T>
DEVICE void norm_swiglu(const int* plan, int layer, const T* hidden, const T* weight, const float* bias, T* gated, int modelDim,
                        int feedForwardDim, float epsilon) {
  __shared__ float rowScales[TILE];
  const int count = layer_header(plan, layer)->outputCount, firstRow = blockIdx.y * TILE, firstColumn = blockIdx.x * TILE;
  if (firstRow >= count) return;
  Fragment acc;
  clear(acc);
  float squares = multiply<T, true>(acc, shared, matrix_rows(hidden, firstRow, count, modelDim),
                                    matrix_rows(weight, firstColumn, 2 * feedForwardDim, modelDim), modelDim);
  store_row_scales(rowScales, squares, modelDim, epsilon);
  for_each_four(acc, shared, [&](int r, int c, float4 v) {
    int row = firstRow + r, column = firstColumn + c;
    if (row >= count || column >= 2 * feedForwardDim) return;
    float s = rowScales[r];
    float4 b = load4(bias + column);
    float gate0 = fmaf(v.x, s, b.x), up0 = fmaf(v.y, s, b.y), gate1 = fmaf(v.z, s, b.z), up1 = fmaf(v.w, s, b.w);
    store2(gated + (size_t)row * feedForwardDim + column / 2, gate0 * silu(up0), gate1 * silu(up1));
  });
}

extern "C" __global__ void PRODUCT_BOUNDS
norm_swiglu_f32(const int* plan, int layer, const float* hidden, const float* weight, const float* bias, float* gated, int modelDim,
                int feedForwardDim, float epsilon) {
  norm_swiglu(plan, layer, hidden, weight, bias, gated, modelDim, feedForwardDim, epsilon);
}
extern "C" __global__ void PRODUCT_BOUNDS
norm_swiglu_bf16(const int* plan, int layer, const bf16* hidden, const bf16* weight, const float* bias, bf16* gated, int modelDim,
                 int feedForwardDim, float epsilon) {
  norm_swiglu(plan, layer, hidden, weight, bias, gated, modelDim, feedForwardDim, epsilon);
}
