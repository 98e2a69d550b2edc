// scaleAndPatch: causal scaler, asinh and patches; limits of each row's forecast.
//
// Formula:    n_t = Σ m, loc_t = Σ x m / max(n, 1), M_t = Σ m (x − loc_before)(x − loc), scale = max(√(M / max(n − 1, 1)), 1e-6),
//             each patch with the values at its last step; patch = asinh((x − loc) / scale), then 1 where unobserved
// Shapes:     values [steps] -> loc, scale [patches], limits [B, 2], patches [N, 2P]
// Precision:  double up to the patch
// Launch:     one block of 128 threads per row, four steps a thread at a time: prefix sums by shuffles
// Limits:     P a multiple of 4
// Reference:  CausalScaler.java
// Source:     design of the model, step 1
#include "plan.cuh"

constexpr int BLOCK = 128;
constexpr double SMALLEST_SCALE = 1e-6;

/// Sums over all threads before this one, and over all.
struct Prefix {
  double before, total;
};

DEVICE Prefix block_prefix(double own, double* warps) {
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  double sum = own;
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) {
    double left = __shfl_up_sync(ALL_LANES, sum, distance);
    if (lane >= distance) sum += left;
  }
  __syncthreads();
  if (lane == 31) warps[warp] = sum;
  __syncthreads();
  double before = 0., total = 0.;
#pragma unroll
  for (int w = 0; w < BLOCK / 32; w++) {
    if (w == warp) before = total;
    total += warps[w];
  }
  return {before + (sum - own), total};
}

DEVICE double deviation(double squares, double count) {
  double d = sqrt(squares / fmax(count - 1., 1.));  // NaN stays NaN: the head says so
  return d < SMALLEST_SCALE ? SMALLEST_SCALE : d;
}

/// Accurate near zero, and without overflow.
DEVICE double asinh_stable(double x) {
  double magnitude = fabs(x);
  double result = magnitude > 1e100
      ? log(magnitude) + 0.69314718055994530942
      : log1p(magnitude + magnitude * magnitude / (1. + sqrt(magnitude * magnitude + 1.)));
  return copysign(result, x);
}

DEVICE double block_least(double x, double* warps) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) x = fmin(x, __shfl_xor_sync(ALL_LANES, x, distance));
  __syncthreads();
  if ((threadIdx.x & 31) == 0) warps[threadIdx.x >> 5] = x;
  __syncthreads();
  return fmin(fmin(warps[0], warps[1]), fmin(warps[2], warps[3]));
}

template <class T>
DEVICE void scale_and_patch(const int* plan, double* loc, double* scale, double2* limits, T* patches, int patchSize) {
  __shared__ double warps[BLOCK / 32];
  __shared__ double fallbackLoc, fallbackScale;
  __shared__ int ownPatch;
  const PassHeader* pass = pass_header(plan);
  const int row = blockIdx.x;
  if (row >= pass->rowCount) return;
  const int* starts = plan_array<int>(plan, pass->rowPatchStarts);
  const int firstPatch = starts[row], endPatch = starts[row + 1];
  const int first = firstPatch * patchSize, end = endPatch * patchSize;
  const int contextEnd = first + plan_array<int>(plan, pass->contextPatchCounts)[row] * patchSize;
  const double* values = plan_array<double>(plan, pass->values);
  const byte* observed = plan_array<byte>(plan, pass->observed);
  if (threadIdx.x == 0) {
    fallbackLoc = 0.;
    fallbackScale = SMALLEST_SCALE;
    ownPatch = firstPatch;
  }

  double count = 0., sum = 0., squares = 0., mean = 0.;
  double least = INFINITY, greatest = -INFINITY;
  for (int base = first; base < end; base += 4 * BLOCK) {
    const int t = base + 4 * (int)threadIdx.x;
    double x[4] = {0., 0., 0., 0.};
    byte seen[4] = {0, 0, 0, 0};
    if (t < end) {
      double2 a = *(const double2*)(values + t), b = *(const double2*)(values + t + 2);
      uchar4 m = *(const uchar4*)(observed + t);
      x[0] = a.x, x[1] = a.y, x[2] = b.x, x[3] = b.y;
      seen[0] = m.x, seen[1] = m.y, seen[2] = m.z, seen[3] = m.w;
    }
    double ownCount = 0., ownSum = 0.;
#pragma unroll
    for (int i = 0; i < 4; i++)
      if (seen[i]) {
        ownCount += 1.;
        ownSum += x[i];
        if (t < contextEnd) least = fmin(least, x[i]), greatest = fmax(greatest, x[i]);
      }
    Prefix counts = block_prefix(ownCount, warps), sums = block_prefix(ownSum, warps);
    double n = count + counts.before, s = sum + sums.before;
    // The mean before this thread's first step: of what earlier threads saw, or of earlier rounds.
    double m = n > 0. ? s / n : 0.;
    double increments[4], n4[4], m4[4], ownSquares = 0.;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      increments[i] = 0.;
      if (seen[i]) {
        double before = m;
        n += 1.;
        s += x[i];
        m = s / n;
        increments[i] = (x[i] - before) * (x[i] - m);
      }
      n4[i] = n;
      m4[i] = m;
      ownSquares += increments[i];
    }
    Prefix allSquares = block_prefix(ownSquares, warps);
    double q = squares + allSquares.before;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      q += increments[i];
      if (seen[i] && n4[i] == pass->fallback) {
        fallbackLoc = m4[i];
        fallbackScale = deviation(q, n4[i]);
      }
    }
    if (t < end && (t + 4) % patchSize == 0) {
      loc[t / patchSize] = m;
      scale[t / patchSize] = deviation(q, n);
      if (n < pass->fallback) atomicMax(&ownPatch, t / patchSize + 1);
    }
    count += counts.total;
    sum += sums.total;
    squares += allSquares.total;
    mean = count > 0. ? sum / count : 0.;
  }
  if (threadIdx.x == 0 && count < pass->fallback) {
    // The row has fewer observations than asked for: all of them.
    fallbackLoc = mean;
    fallbackScale = deviation(squares, count);
  }
  least = block_least(least, warps);
  greatest = -block_least(-greatest, warps);
  __syncthreads();

  // loc and scale of this row were written by other threads of this block.
  for (int t = first + (int)threadIdx.x; t < end; t += BLOCK) {
    int patch = t / patchSize, step = t - patch * patchSize;
    double patchLoc = patch < ownPatch ? fallbackLoc : loc[patch];
    double patchScale = patch < ownPatch ? fallbackScale : scale[patch];
    int token = plan_array<int>(plan, pass->patchTokens)[patch];
    if (token >= 0) {
      T* target = patches + (size_t)token * 2 * patchSize;
      bool seen = observed[t] != 0;
      // Where the scale overflows there is no forecast; NaN would reach other rows through the tiles they share.
      float z = (float)asinh_stable((values[t] - patchLoc) / patchScale);
      store1(target + step, seen && fabsf(z) < 1e3f ? z : 0.f);
      store1(target + patchSize + step, seen ? 0.f : 1.f);
    }
  }
  __syncthreads();
  for (int patch = firstPatch + (int)threadIdx.x; patch < ownPatch; patch += BLOCK) {
    loc[patch] = fallbackLoc;
    scale[patch] = fallbackScale;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    bool capped = pass->cap != 0. && least <= greatest;
    double reach = capped ? pass->cap * scale[contextEnd / patchSize - 1] : 0.;
    limits[row] = capped ? make_double2(least - reach, greatest + reach) : make_double2(-INFINITY, INFINITY);
  }
}

extern "C" __global__ void __launch_bounds__(BLOCK)
scale_and_patch_f32(const int* plan, double* loc, double* scale, double2* limits, float* patches, int patchSize) {
  scale_and_patch(plan, loc, scale, limits, patches, patchSize);
}
extern "C" __global__ void __launch_bounds__(BLOCK)
scale_and_patch_bf16(const int* plan, double* loc, double* scale, double2* limits, bf16* patches, int patchSize) {
  scale_and_patch(plan, loc, scale, limits, patches, patchSize);
}
