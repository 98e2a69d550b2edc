// projectResidual and outputResidual: a product with the residual in its epilogue.
//
// Formula:    out = W x + b + keep · hidden, τ/√(1+τ²) folded into W and b, keep = 1/√(1+τ²)
// Shapes:     projection: mixed [M, H·d], hidden [N, D] -> [M, D], rows of hidden gathered; output: gated [M, F], hidden [M, D] in place
// Precision:  bf16 with f32 sums, or f32; hidden in f32, in bf16 mode with a bf16 copy beside it
// Launch:     grid [D / 64, M / 64], 128 threads
// Limits:     widths multiples of 8
// Reference:  ScalarPass.projectResidual, ScalarPass.outputResidual
// Source:     design of the model, step 3
#include "plan.cuh"
#include "product.cuh"

template <class T, bool GATHER>
DEVICE void residual(const int* plan, int layer, const T* x, const T* weight, const float* bias, const float* hidden, float* out,
                     T* copy, int width, int modelDim, float keep) {
  const LayerHeader* tokens = layer_header(plan, layer);
  const int count = tokens->outputCount, firstRow = blockIdx.y * TILE, firstColumn = blockIdx.x * TILE;
  if (firstRow >= count) return;
  Fragment acc;
  clear(acc);
  multiply<T, false>(acc, shared, matrix_rows(x, firstRow, count, width), matrix_rows(weight, firstColumn, modelDim, width), width);
  const int* inputs = plan_array<int>(plan, tokens->queries);
  for_each_four(acc, shared, [&](int r, int c, float4 v) {
    int row = firstRow + r, column = firstColumn + c;
    if (row >= count || column >= modelDim) return;
    float4 b = load4(bias + column);
    float4 h = load4(hidden + (size_t)(GATHER ? inputs[row] : row) * modelDim + column);
    v = make_float4(fmaf(keep, h.x, v.x + b.x), fmaf(keep, h.y, v.y + b.y), fmaf(keep, h.z, v.z + b.z), fmaf(keep, h.w, v.w + b.w));
    size_t at = (size_t)row * modelDim + column;
    store4(out + at, v);
    if (sizeof(T) == 2) store4(copy + at, v);
  });
}

#define RESIDUAL(name, type, gather)                                                                                             \
  extern "C" __global__ void PRODUCT_BOUNDS                                                                          \
  name(const int* plan, int layer, const type* x, const type* weight, const float* bias, const float* hidden, float* out,        \
       type* copy, int width, int modelDim, float keep) {                                                                        \
    residual<type, gather>(plan, layer, x, weight, bias, hidden, out, copy, width, modelDim, keep);                              \
  }
RESIDUAL(project_residual_f32, float, true)
RESIDUAL(project_residual_bf16, bf16, true)
RESIDUAL(output_residual_f32, float, false)
RESIDUAL(output_residual_bf16, bf16, false)
