// Attention of a ragged batch: each query sees one range of a list of keys. Time and variate attention differ in the lists alone.
//
// Formula:    mixed = Σ_k softmax₂(q · k) v over the keys lo ≤ k < hi of the query; q carries log₂ e / d
// Shapes:     queries [M, H, d], keys and values by slot [., G, d] -> mixed [M, H, d]
// Precision:  bf16 with f32 sums and f32 softmax, or f32; running maximum, no second pass
// Launch:     grid [tiles, H], 128 threads; a tile is up to 64 queries and the union of their ranges. Short runs share a tile:
//             the host packs them while their keys fit one step
// Gaps:       a patch without observations is no key of any list: there is no mask and no loss of speed
// Limits:     d is 32, 64 or 128
// Reference:  ScalarPass.attend
// Source:     design of the model, step 3
#pragma once
#include "plan.cuh"
#include "product.cuh"

template <class T, int DIM>
struct Attention {
  static constexpr int BYTES = DIM * (int)sizeof(T);
  static constexpr int UNITS = BYTES > 128 ? BYTES / 128 : 1;  // tiles side by side that hold a head
  static constexpr int STEP = 128 / (int)sizeof(T);            // numbers in a row of a tile
  static constexpr int CHUNKS = BYTES / 16;                    // 16-byte chunks of a head
  static constexpr int KEYS = sizeof(T) == 2 ? 64 : 32;        // keys per step
  static constexpr int KEY_BYTES = KEYS * 128;                 // of one unit
  static constexpr int WEIGHT_STRIDE = KEYS + 4;               // f32: weights of 16 queries a warp
  static constexpr int SHARED = UNITS * (TILE_BYTES + 2 * KEY_BYTES) + (sizeof(T) == 2 ? 0 : TILE * WEIGHT_STRIDE * 4);
};

/// scores [16, KEYS] of one warp: queries · keysᵀ.
template <int DIM>
DEVICE void score(float (&s)[8][4], const byte* q, const byte* k, bf16) {
  typedef Attention<bf16, DIM> A;
  const int lane = threadIdx.x & 31, row = (threadIdx.x >> 5) * 16;
#pragma unroll
  for (int c = 0; c < A::CHUNKS; c += 2) {
    unsigned a[4];
    load_matrices(a, q + c / 8 * TILE_BYTES + chunk_offset(row + (lane & 15), c % 8 + (lane >> 4)));
#pragma unroll
    for (int j = 0; j < 4; j++) {
      unsigned b[4];
      load_matrices(b, k + c / 8 * A::KEY_BYTES + chunk_offset(j * 16 + (lane & 7) + ((lane >> 4) << 3), c % 8 + ((lane >> 3) & 1)));
      multiply_add(s[2 * j], a, b[0], b[1]);
      multiply_add(s[2 * j + 1], a, b[2], b[3]);
    }
  }
}
template <int DIM>
DEVICE void score(float (&s)[4][4], const byte* q, const byte* k, float) {
  typedef Attention<float, DIM> A;
  const int lane = threadIdx.x & 31, row = (threadIdx.x >> 5) * 16 + (lane >> 2);
#pragma unroll 2
  for (int c = 0; c < A::CHUNKS; c++) {
    float4 a[2];
#pragma unroll
    for (int h = 0; h < 2; h++) a[h] = *(const float4*)(q + c / 8 * TILE_BYTES + chunk_offset(row + 8 * h, c % 8));
#pragma unroll
    for (int j = 0; j < 8; j++) {
      float4 b = *(const float4*)(k + c / 8 * A::KEY_BYTES + chunk_offset((j >> 1) * 8 + (lane & 3) * 2 + (j & 1), c % 8));
#pragma unroll
      for (int h = 0; h < 2; h++) {
        float& sum = s[j >> 1][2 * h + (j & 1)];
        sum = fmaf(a[h].x, b.x, fmaf(a[h].y, b.y, fmaf(a[h].z, b.z, fmaf(a[h].w, b.w, sum))));
      }
    }
  }
}

/// out [16, d] += weights [16, KEYS] · values [KEYS, d] of one warp.
template <int DIM>
DEVICE void mix(float (&o)[DIM / 8][4], const float (&p)[8][4], const byte* v, float*, bf16) {
  typedef Attention<bf16, DIM> A;
  const int lane = threadIdx.x & 31;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    unsigned a[4] = {pack(p[2 * k][0], p[2 * k][1]), pack(p[2 * k][2], p[2 * k][3]),
                     pack(p[2 * k + 1][0], p[2 * k + 1][1]), pack(p[2 * k + 1][2], p[2 * k + 1][3])};
#pragma unroll
    for (int j = 0; j < DIM / 16; j++) {
      unsigned b[4];
      load_matrices_transposed(b, v + 2 * j / 8 * A::KEY_BYTES + chunk_offset(k * 16 + (lane & 15), 2 * j % 8 + (lane >> 4)));
      multiply_add(o[2 * j], a, b[0], b[1]);
      multiply_add(o[2 * j + 1], a, b[2], b[3]);
    }
  }
}
template <int DIM>
DEVICE void mix(float (&o)[DIM / 8][4], const float (&p)[4][4], const byte* v, float* weights, float) {
  typedef Attention<float, DIM> A;
  const int lane = threadIdx.x & 31;
  float* own = weights + ((threadIdx.x >> 5) * 16 + (lane >> 2)) * A::WEIGHT_STRIDE;
#pragma unroll
  for (int j = 0; j < 4; j++)
#pragma unroll
    for (int h = 0; h < 2; h++) store2(own + 8 * h * A::WEIGHT_STRIDE + j * 8 + (lane & 3) * 2, p[j][2 * h], p[j][2 * h + 1]);
  __syncwarp();
#pragma unroll 1
  for (int k = 0; k < A::KEYS; k++) {
    float w[2] = {own[k], own[8 * A::WEIGHT_STRIDE + k]};
#pragma unroll
    for (int j = 0; j < DIM / 8; j++) {
      int column = j * 8 + (lane & 3) * 2;
      float2 x = *(const float2*)(v + column / A::STEP * A::KEY_BYTES + chunk_offset(k, column % A::STEP / 4) + column % 4 * 4);
#pragma unroll
      for (int h = 0; h < 2; h++) {
        o[j][2 * h] = fmaf(w[h], x.x, o[j][2 * h]);
        o[j][2 * h + 1] = fmaf(w[h], x.y, o[j][2 * h + 1]);
      }
    }
  }
  __syncwarp();
}

template <class T, int DIM>
DEVICE void attend(const int* plan, int layer, const T* queries, const T* keys, const T* values, T* mixed, int headCount, int groupCount) {
  typedef Attention<T, DIM> A;
  constexpr int GROUPS = A::KEYS / 8;
  const LayerHeader* tokens = layer_header(plan, layer);
  if ((int)blockIdx.x >= tokens->tileCount) return;
  const int4 tile = plan_array<int4>(plan, tokens->tiles)[blockIdx.x];
  const int* queryRows = plan_array<int>(plan, tokens->queryRows);
  const int* keySlots = plan_array<int>(plan, tokens->keySlots);
  const int head = blockIdx.y, group = head / (headCount / groupCount);
  const int queryWidth = headCount * DIM, keyWidth = groupCount * DIM;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  byte* q = shared;
  byte* k = shared + A::UNITS * TILE_BYTES;
  byte* v = k + A::UNITS * A::KEY_BYTES;
  float* weights = (float*)(v + A::UNITS * A::KEY_BYTES);

  auto copy_rows = [&](byte* target, int unitBytes, int rows, auto row) {
    for (int i = threadIdx.x; i < rows * A::CHUNKS; i += THREADS) {
      int r = i / A::CHUNKS, chunk = i % A::CHUNKS;
      const T* start = row(r);
      copy_async(target + chunk / 8 * unitBytes + chunk_offset(r, chunk % 8),
                 start ? start + chunk * (16 / (int)sizeof(T)) : queries, start != nullptr);
    }
  };
  auto query = [&](int r) -> const T* {
    int i = tile.x + r;
    return i < tile.y ? queries + (size_t)queryRows[i] * queryWidth + head * DIM : nullptr;
  };
  copy_rows(q, TILE_BYTES, TILE, query);

  int2 range[2];
#pragma unroll
  for (int h = 0; h < 2; h++) {
    int i = tile.x + warp * 16 + (lane >> 2) + 8 * h;
    range[h] = i < tile.y ? plan_array<int2>(plan, tokens->ranges)[i] : make_int2(0, 0);
  }
  float o[DIM / 8][4], greatest[2] = {-1e30f, -1e30f}, sum[2] = {0.f, 0.f};
#pragma unroll
  for (int j = 0; j < DIM / 8; j++)
#pragma unroll
    for (int e = 0; e < 4; e++) o[j][e] = 0.f;

  for (int first = tile.z; first < tile.w; first += A::KEYS) {
    auto key = [&](const T* workspace, int which) {
      return [=](int r) -> const T* {
        return first + r < tile.w
            ? slot_row(pass_header(plan), workspace, keySlots[first + r], tokens->cacheLayer, which, keyWidth) + group * DIM
            : nullptr;
      };
    };
    copy_rows(k, A::KEY_BYTES, A::KEYS, key(keys, 0));
    commit_copies();
    copy_rows(v, A::KEY_BYTES, A::KEYS, key(values, 1));
    commit_copies();
    await_copies<1>();  // values may still be on their way
    __syncthreads();
    float s[GROUPS][4];
#pragma unroll
    for (int j = 0; j < GROUPS; j++)
#pragma unroll
      for (int e = 0; e < 4; e++) s[j][e] = 0.f;
    score<DIM>(s, q, k, T());
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float m = greatest[h];
#pragma unroll
      for (int j = 0; j < GROUPS; j++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          int at = first + j * 8 + (lane & 3) * 2 + e;
          float& x = s[j][2 * h + e];
          x = at >= range[h].x && at < range[h].y ? x : -INFINITY;
          m = fmaxf(m, x);
        }
      m = fmaxf(m, __shfl_xor_sync(ALL_LANES, m, 1));
      m = fmaxf(m, __shfl_xor_sync(ALL_LANES, m, 2));
      float shrink = exp2_fast(greatest[h] - m), added = 0.f;
      greatest[h] = m;
#pragma unroll
      for (int j = 0; j < GROUPS; j++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float& x = s[j][2 * h + e];
          x = exp2_fast(x - m);
          added += x;
        }
      sum[h] = fmaf(sum[h], shrink, added);
#pragma unroll
      for (int j = 0; j < DIM / 8; j++) {
        o[j][2 * h] *= shrink;
        o[j][2 * h + 1] *= shrink;
      }
    }
    await_copies<0>();
    __syncthreads();
    mix<DIM>(o, s, v, weights, T());
    __syncthreads();
  }

  // Through shared memory, so that whole rows are written: each warp over its own queries.
#pragma unroll
  for (int h = 0; h < 2; h++) {
    float total = sum[h];
    total += __shfl_xor_sync(ALL_LANES, total, 1);
    total += __shfl_xor_sync(ALL_LANES, total, 2);
    float inverse = 1.f / total;
#pragma unroll
    for (int j = 0; j < DIM / 8; j++) {
      int column = j * 8 + (lane & 3) * 2;
      byte* target = q + column / A::STEP * TILE_BYTES + chunk_offset(warp * 16 + 8 * h + (lane >> 2), column % A::STEP / (16 / (int)sizeof(T)))
          + column % (16 / (int)sizeof(T)) * (int)sizeof(T);
      store2((T*)target, o[j][2 * h] * inverse, o[j][2 * h + 1] * inverse);
    }
  }
  __syncwarp();
#pragma unroll
  for (int i = lane; i < 16 * A::CHUNKS; i += 32) {
    int r = warp * 16 + i / A::CHUNKS, chunk = i % A::CHUNKS;
    if (tile.x + r < tile.y)
      *(uint4*)(mixed + (size_t)queryRows[tile.x + r] * queryWidth + head * DIM + chunk * (16 / (int)sizeof(T))) =
          *(const uint4*)(q + chunk / 8 * TILE_BYTES + chunk_offset(r, chunk % 8));
  }
}

#define ATTEND(name, type, dim)                                                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                                      \
  name(const int* plan, int layer, const type* queries, const type* keys, const type* values, type* mixed, int headCount,    \
       int groupCount) {                                                                                                     \
    attend<type, dim>(plan, layer, queries, keys, values, mixed, headCount, groupCount);                                     \
  }
