// The product that the operations share: 64 × 64 outputs per block of 128 threads.
//
// Formula:    C [64, 64] += A [64, K] · B [64, K]ᵀ, A gathered by rows, B the weights [out, in]
// Precision:  bf16 operands on tensor cores with f32 sums; or f32 throughout (parity mode)
// Layout:     a tile is 64 rows of 128 bytes (64 bf16 or 32 f32); its 16-byte chunk c of row r lies at
//             chunk c ^ (r & 7), so that neither copies, ldmatrix nor f32 reads meet a bank twice
// Fragments:  as mma leaves them in both precisions: warp w owns rows 32·(w/2) …, columns 32·(w%2) …;
//             a lane rows lane/4 + 8h + 16i, columns 2·(lane%4) + e + 8j, at acc[i][j][2h + e]
// Limits:     K a multiple of 16 bytes
#pragma once
#include "device.cuh"

constexpr int THREADS = 128;
constexpr int TILE = 64;
constexpr int TILE_BYTES = TILE * 128;
/// Floats from one row to the next of a tile of outputs: 64-bit stores of a fragment meet no bank twice.
constexpr int OUTPUT_STRIDE = TILE + 8;
/// Two stages of A and B; the tile of outputs takes their place.
constexpr int PRODUCT_BYTES = 4 * TILE_BYTES;

/// Four blocks share a multiprocessor: up to 128 registers a thread, none spilled.
#define PRODUCT_BOUNDS __launch_bounds__(THREADS, 4)

typedef float Fragment[2][4][4];

DEVICE int chunk_offset(int row, int chunk) { return row * 128 + ((chunk ^ (row & 7)) << 4); }

/// The four rows that a thread copies of each tile.
template <class T>
struct TileRows {
  const T* start[4];
  bool present[4];
};

/// row(r) is the address of row r of the tile, or null.
template <class T, class Row>
DEVICE TileRows<T> tile_rows(const T* any, Row row) {
  TileRows<T> rows;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const T* start = row((int)(threadIdx.x >> 3) + 16 * i);
    rows.present[i] = start != nullptr;
    rows.start[i] = rows.present[i] ? start : any;
  }
  return rows;
}

/// Rows first … end of a matrix, as far as the tile reaches.
template <class T>
DEVICE TileRows<T> matrix_rows(const T* matrix, int first, int end, int width) {
  return tile_rows(matrix, [&](int r) { return first + r < end ? matrix + (size_t)(first + r) * width : nullptr; });
}

/// Begins to copy columns column … of the rows into a tile; zeros beyond width.
template <class T>
DEVICE void copy_tile(byte* tile, const TileRows<T>& rows, int column, int width) {
  const int chunk = threadIdx.x & 7, k = column + chunk * (16 / (int)sizeof(T));
#pragma unroll
  for (int i = 0; i < 4; i++) {
    bool present = rows.present[i] && k < width;
    copy_async(tile + chunk_offset((threadIdx.x >> 3) + 16 * i, chunk), rows.start[i] + (present ? k : 0), present);
  }
}

DEVICE void clear(Fragment& acc) {
#pragma unroll
  for (int i = 0; i < 2; i++)
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int e = 0; e < 4; e++) acc[i][j][e] = 0.f;
}

/// acc += a · bᵀ over one tile's 64 columns, on tensor cores.
DEVICE void multiply_tiles(Fragment& acc, const byte* a, const byte* b, bf16) {
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, row = (warp >> 1) * 32, column = (warp & 1) * 32;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    unsigned fa[2][4], fb[2][4];
#pragma unroll
    for (int i = 0; i < 2; i++)
      load_matrices(fa[i], a + chunk_offset(row + i * 16 + (lane & 15), k * 2 + (lane >> 4)));
#pragma unroll
    for (int j = 0; j < 2; j++)
      load_matrices(fb[j], b + chunk_offset(column + j * 16 + (lane & 7) + ((lane >> 4) << 3), k * 2 + ((lane >> 3) & 1)));
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
      for (int j = 0; j < 4; j++) multiply_add(acc[i][j], fa[i], fb[j >> 1][(j & 1) * 2], fb[j >> 1][(j & 1) * 2 + 1]);
  }
}

/// acc += a · bᵀ over one tile's 32 columns, in f32.
DEVICE void multiply_tiles(Fragment& acc, const byte* a, const byte* b, float) {
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  const int row = (warp >> 1) * 32 + (lane >> 2), column = (warp & 1) * 32 + (lane & 3) * 2;
#pragma unroll 1
  for (int k = 0; k < 8; k++) {
    float4 fa[4];
#pragma unroll
    for (int i = 0; i < 4; i++) fa[i] = *(const float4*)(a + chunk_offset(row + 8 * i, k));
#pragma unroll
    for (int j = 0; j < 8; j++) {
      float4 fb = *(const float4*)(b + chunk_offset(column + 8 * (j >> 1) + (j & 1), k));
#pragma unroll
      for (int i = 0; i < 4; i++) {
        float& sum = acc[i >> 1][j >> 1][(i & 1) * 2 + (j & 1)];
        sum = fmaf(fa[i].x, fb.x, sum);
        sum = fmaf(fa[i].y, fb.y, sum);
        sum = fmaf(fa[i].z, fb.z, sum);
        sum = fmaf(fa[i].w, fb.w, sum);
      }
    }
  }
}

/// Sum of squares over half a row of a tile: threads 2r and 2r + 1 share row r.
DEVICE float half_row_squares(const byte* tile, bf16) {
  float sum = 0.f;
#pragma unroll
  for (int c = 0; c < 4; c++) {
    uint4 v = *(const uint4*)(tile + chunk_offset(threadIdx.x >> 1, (threadIdx.x & 1) * 4 + c));
    sum = fmaf(low(v.x), low(v.x), fmaf(high(v.x), high(v.x), sum));
    sum = fmaf(low(v.y), low(v.y), fmaf(high(v.y), high(v.y), sum));
    sum = fmaf(low(v.z), low(v.z), fmaf(high(v.z), high(v.z), sum));
    sum = fmaf(low(v.w), low(v.w), fmaf(high(v.w), high(v.w), sum));
  }
  return sum;
}
DEVICE float half_row_squares(const byte* tile, float) {
  float sum = 0.f;
#pragma unroll
  for (int c = 0; c < 4; c++) {
    float4 v = *(const float4*)(tile + chunk_offset(threadIdx.x >> 1, (threadIdx.x & 1) * 4 + c));
    sum = fmaf(v.x, v.x, fmaf(v.y, v.y, fmaf(v.z, v.z, fmaf(v.w, v.w, sum))));
  }
  return sum;
}

/// acc += a · bᵀ over all columns: the next tiles are on their way while these are multiplied.
/// Returns, with NORM, the sum of squares of row threadIdx.x / 2 of A.
template <class T, bool NORM>
DEVICE float multiply(Fragment& acc, byte* shared, const TileRows<T>& a, const TileRows<T>& b, int width) {
  constexpr int STEP = 128 / sizeof(T);
  const int steps = (width + STEP - 1) / STEP;
  float squares = 0.f;
  copy_tile(shared, a, 0, width);
  copy_tile(shared + TILE_BYTES, b, 0, width);
  commit_copies();
  for (int step = 0; step < steps; step++) {
    byte* here = shared + (step & 1) * 2 * TILE_BYTES;
    byte* next = shared + (~step & 1) * 2 * TILE_BYTES;
    if (step + 1 < steps) {
      copy_tile(next, a, (step + 1) * STEP, width);
      copy_tile(next + TILE_BYTES, b, (step + 1) * STEP, width);
    }
    commit_copies();
    await_copies<1>();
    __syncthreads();
    if (NORM) squares += half_row_squares(here, T());
    multiply_tiles(acc, here, here + TILE_BYTES, T());
    __syncthreads();
  }
  return NORM ? squares + __shfl_xor_sync(ALL_LANES, squares, 1) : 0.f;
}

/// Leaves 1 / √(mean square + ε) of each row in shared memory, from the sums of multiply<T, true>.
DEVICE void store_row_scales(float* scales, float squares, int width, float epsilon) {
  if ((threadIdx.x & 1) == 0) scales[threadIdx.x >> 1] = 1.f / sqrtf(squares / (float)width + epsilon);
}

/// Hands every four neighbouring outputs to one thread, a row after the other: f(row, column, four).
template <class F>
DEVICE void for_each_four(const Fragment& acc, byte* shared, F f) {
  float* tile = (float*)shared;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
#pragma unroll
  for (int i = 0; i < 2; i++)
#pragma unroll
    for (int h = 0; h < 2; h++)
#pragma unroll
      for (int j = 0; j < 4; j++)
        store2(tile + ((warp >> 1) * 32 + i * 16 + h * 8 + (lane >> 2)) * OUTPUT_STRIDE + (warp & 1) * 32 + j * 8 + (lane & 3) * 2,
               acc[i][j][2 * h], acc[i][j][2 * h + 1]);
  __syncthreads();
#pragma unroll
  for (int i = 0; i < 8; i++) {
    int row = (threadIdx.x >> 4) + 8 * i, column = (threadIdx.x & 15) * 4;
    f(row, column, load4(tile + row * OUTPUT_STRIDE + column));
  }
}

extern __shared__ __align__(128) byte shared[];
