// head: final norm, residual MLP, sinh, rescale, clamp, cap and sort, in two kernels.
//
// Formula:    r = 1 / √(mean(x²) + ε); inner = silu(r · (W1 x) + b1); y = W2 inner + r · (Ws x) + b;
//             quantile = sinh(y) · scale + loc of the predicted patch, infinities to the largest finite value of the patch and
//             level, then within the limits of the row, then the Q = 9 values of a step in ascending order
// Shapes:     hidden [M, D] -> inner [outputs, 4D] -> raw [outputs, P·Q] -> quantiles [outputs, P, Q]
// Precision:  bf16 with f32 sums, or f32; double from the sinh on
// Launch:     head_inner: grid [4D / 64, outputs / 64]; head_output: grid [P·Q / 64, outputs / 64]; 128 threads. The block that
//             is the last to leave raw values of its 64 outputs makes the quantiles of all of them
// Limits:     P ≤ 32
// Reference:  ScalarPass.head, QuantileOutput
// Source:     design of the model, steps 4 and 5
#include "plan.cuh"
#include "product.cuh"

constexpr int LEVELS = 9;
constexpr double LARGEST = 1.7976931348623157e308;

template <class T>
DEVICE TileRows<T> output_rows(const int* plan, const T* hidden, int first, int modelDim) {
  const PassHeader* pass = pass_header(plan);
  const int* outputs = plan_array<int>(plan, pass->outputs);
  return tile_rows(hidden, [&](int r) {
    return first + r < pass->outputCount ? hidden + (size_t)outputs[first + r] * modelDim : nullptr;
  });
}

template <class T>
DEVICE void head_inner(const int* plan, const T* hidden, const T* weight, const float* bias, T* inner, int modelDim, float epsilon) {
  __shared__ float rowScales[TILE];
  const int count = pass_header(plan)->outputCount, firstRow = blockIdx.y * TILE, firstColumn = blockIdx.x * TILE;
  const int innerWidth = 4 * modelDim;
  if (firstRow >= count) return;
  Fragment acc;
  clear(acc);
  float squares = multiply<T, true>(acc, shared, output_rows(plan, hidden, firstRow, modelDim),
                                    matrix_rows(weight, firstColumn, innerWidth, modelDim), modelDim);
  store_row_scales(rowScales, squares, modelDim, epsilon);
  for_each_four(acc, shared, [&](int r, int c, float4 v) {
    int row = firstRow + r, column = firstColumn + c;
    if (row >= count || column >= innerWidth) return;
    float s = rowScales[r];
    float4 b = load4(bias + column);
    store4(inner + (size_t)row * innerWidth + column,
           make_float4(silu(fmaf(v.x, s, b.x)), silu(fmaf(v.y, s, b.y)), silu(fmaf(v.z, s, b.z)), silu(fmaf(v.w, s, b.w))));
  });
}

DEVICE void order(double& a, double& b) {
  bool swap = a > b;
  double least = swap ? b : a, greatest = swap ? a : b;
  a = least;
  b = greatest;
}

/// Sorts nine values with 25 comparisons (Floyd's network).
DEVICE void sort(double (&v)[LEVELS]) {
#define ORDER(a, b) order(v[a], v[b]);
  ORDER(0, 1) ORDER(3, 4) ORDER(6, 7) ORDER(1, 2) ORDER(4, 5) ORDER(7, 8) ORDER(0, 1) ORDER(3, 4) ORDER(6, 7)
  ORDER(0, 3) ORDER(3, 6) ORDER(0, 3) ORDER(1, 4) ORDER(4, 7) ORDER(1, 4) ORDER(2, 5) ORDER(5, 8) ORDER(2, 5)
  ORDER(1, 3) ORDER(5, 7) ORDER(2, 6) ORDER(4, 6) ORDER(2, 4) ORDER(2, 3) ORDER(5, 6)
#undef ORDER
}

/// Quantiles of one patch, by one warp, a step per lane: raw [P, Q] -> quantiles [P, Q].
DEVICE void finish(const float* raw, double* quantiles, double* room, int patchSize, double loc, double scale, double2 limits) {
  const int lane = threadIdx.x & 31, size = patchSize * LEVELS;
  float* in = (float*)room;
  __syncwarp();
  for (int i = lane; i < size; i += 32) in[i] = __ldcg(raw + i);
  __syncwarp();
  const bool present = lane < patchSize, none = loc != loc || !(scale <= LARGEST);
  double v[LEVELS];
  bool finite = true;
#pragma unroll
  for (int q = 0; q < LEVELS; q++) {
    v[q] = present ? sinh((double)in[lane * LEVELS + q]) * scale + loc : 0.;
    finite = finite && fabs(v[q]) <= LARGEST;
  }
  __syncwarp();
  if (__any_sync(ALL_LANES, !finite)) {
#pragma unroll 1
    for (int q = 0; q < LEVELS; q++) {
      // Registers cannot be indexed: the level comes by way of shared memory.
      if (present)
#pragma unroll
        for (int i = 0; i < LEVELS; i++)
          if (i == q) room[lane] = v[i];
      __syncwarp();
      double x = present ? room[lane] : 0.;
      bool counts = present && fabs(x) <= LARGEST;
      double least = counts ? x : INFINITY, greatest = counts ? x : -INFINITY;
#pragma unroll
      for (int distance = 16; distance > 0; distance /= 2) {
        least = fmin(least, __shfl_xor_sync(ALL_LANES, least, distance));
        greatest = fmax(greatest, __shfl_xor_sync(ALL_LANES, greatest, distance));
      }
      bool any = least <= greatest;
      if (x == INFINITY) x = any ? greatest : LARGEST;
      if (x == -INFINITY) x = any ? least : -LARGEST;
#pragma unroll
      for (int i = 0; i < LEVELS; i++)
        if (i == q) v[i] = x;
      __syncwarp();
    }
  }
#pragma unroll
  for (int q = 0; q < LEVELS; q++) {
    double x = v[q];
    x = x > limits.y ? limits.y : x;
    v[q] = x < limits.x ? limits.x : x;
  }
  sort(v);
  if (present)
#pragma unroll
    for (int q = 0; q < LEVELS; q++) room[lane * LEVELS + q] = none ? __longlong_as_double(0x7ff8000000000000ll) : v[q];
  __syncwarp();
  for (int i = lane; i < size; i += 32) quantiles[i] = room[i];
}

template <class T>
DEVICE void head_output(const int* plan, const T* hidden, const T* inner, const T* weight, const T* skip, const float* bias,
                        const double* loc, const double* scale, const double2* limits, float* raw, int* done, double* quantiles,
                        int modelDim, int patchSize, float epsilon) {
  __shared__ float rowScales[TILE];
  __shared__ bool last;
  const PassHeader* pass = pass_header(plan);
  const int count = pass->outputCount, firstRow = blockIdx.y * TILE, firstColumn = blockIdx.x * TILE;
  const int size = patchSize * LEVELS, innerWidth = 4 * modelDim;
  if (firstRow >= count) return;
  Fragment acc;
  clear(acc);
  float squares = multiply<T, true>(acc, shared, output_rows(plan, hidden, firstRow, modelDim),
                                    matrix_rows(skip, firstColumn, size, modelDim), modelDim);
  store_row_scales(rowScales, squares, modelDim, epsilon);
  __syncthreads();
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
#pragma unroll
  for (int i = 0; i < 2; i++)
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float s = rowScales[(warp >> 1) * 32 + i * 16 + h * 8 + (lane >> 2)];
#pragma unroll
      for (int j = 0; j < 4; j++) acc[i][j][2 * h] *= s, acc[i][j][2 * h + 1] *= s;
    }
  multiply<T, false>(acc, shared, matrix_rows(inner, firstRow, count, innerWidth),
                     matrix_rows(weight, firstColumn, size, innerWidth), innerWidth);
  for_each_four(acc, shared, [&](int r, int c, float4 v) {
    int row = firstRow + r, column = firstColumn + c;
    if (row >= count || column >= size) return;
    float4 b = load4(bias + column);
    store4(raw + (size_t)row * size + column, make_float4(v.x + b.x, v.y + b.y, v.z + b.z, v.w + b.w));
  });

  // What this block wrote is visible to the others before they can count it.
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) last = atomicAdd(done + blockIdx.y, 1) == (int)gridDim.x - 1;
  __syncthreads();
  if (!last) return;
  __threadfence();
  double* room = (double*)shared + warp * 32 * LEVELS;
  for (int r = warp; r < TILE && firstRow + r < count; r += THREADS / 32) {
    int row = firstRow + r;
    int patch = plan_array<int>(plan, pass->outputPatches)[row], series = plan_array<int>(plan, pass->outputRows)[row];
    finish(raw + (size_t)row * size, quantiles + (size_t)row * size, room, patchSize, loc[patch], scale[patch], limits[series]);
  }
  if (threadIdx.x == 0) done[blockIdx.y] = 0;
}

#define HEAD(suffix, type)                                                                                                       \
  extern "C" __global__ void PRODUCT_BOUNDS                                                                          \
  head_inner_##suffix(const int* plan, const type* hidden, const type* weight, const float* bias, type* inner, int modelDim,     \
                      float epsilon) {                                                                                           \
    head_inner(plan, hidden, weight, bias, inner, modelDim, epsilon);                                                            \
  }                                                                                                                              \
  extern "C" __global__ void PRODUCT_BOUNDS                                                                          \
  head_output_##suffix(const int* plan, const type* hidden, const type* inner, const type* weight, const type* skip,             \
                       const float* bias, const double* loc, const double* scale, const double2* limits, float* raw, int* done,  \
                       double* quantiles, int modelDim, int patchSize, float epsilon) {                                          \
    head_output(plan, hidden, inner, weight, skip, bias, loc, scale, limits, raw, done, quantiles, modelDim, patchSize, epsilon); \
  }
HEAD(f32, float)
HEAD(bf16, bf16)
