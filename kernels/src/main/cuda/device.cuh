// What every kernel is made of: instructions that C++ has no word for, and the two precisions.
//
// Header-free and forced inline: the PTX that comes out is the whole of it. Instructions up to sm_80
// (mma.sync m16n8k16, ldmatrix, cp.async, shuffles), so that one PTX serves every later GPU.
#pragma once

#define DEVICE static __device__ __forceinline__

typedef unsigned short bf16;
typedef unsigned char byte;

constexpr unsigned ALL_LANES = 0xffffffffu;

DEVICE unsigned shared_address(const void* p) { return (unsigned)__cvta_generic_to_shared(p); }

/// Copies 16 bytes to shared memory behind the back of the thread; zeros where absent.
DEVICE void copy_async(byte* target, const void* source, bool present) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(target)),
               "l"(__cvta_generic_to_global(source)), "r"(present ? 16 : 0)
               : "memory");
}
DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Waits until at most so many groups of copies are under way.
template <int GROUPS>
DEVICE void await_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(GROUPS) : "memory"); }

DEVICE void load_matrices(unsigned (&r)[4], const byte* p) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(p)) : "memory");
}
DEVICE void load_matrices_transposed(unsigned (&r)[4], const byte* p) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(p)) : "memory");
}
/// d [16, 8] += a [16, 16] · b [16, 8], products of bf16 summed in f32.
DEVICE void multiply_add(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
DEVICE unsigned pack(float low, float high) {
  unsigned r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
DEVICE float low(unsigned pair) { return __uint_as_float(pair << 16); }
DEVICE float high(unsigned pair) { return __uint_as_float(pair & 0xffff0000u); }
DEVICE float exp2_fast(float x) {
  float r;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
  return r;
}
DEVICE float silu(float x) { return x / (1.f + expf(-x)); }

/// Writes four neighbours; 16 or 8 bytes.
DEVICE void store4(float* p, float4 v) { *(float4*)p = v; }
DEVICE void store4(bf16* p, float4 v) { *(uint2*)p = make_uint2(pack(v.x, v.y), pack(v.z, v.w)); }
DEVICE void store2(float* p, float a, float b) { *(float2*)p = make_float2(a, b); }
DEVICE void store2(bf16* p, float a, float b) { *(unsigned*)p = pack(a, b); }
DEVICE void store1(float* p, float v) { *p = v; }
DEVICE void store1(bf16* p, float v) { *p = (bf16)pack(v, 0.f); }
DEVICE float4 load4(const float* p) { return *(const float4*)p; }
DEVICE float4 zero4() { return make_float4(0.f, 0.f, 0.f, 0.f); }
