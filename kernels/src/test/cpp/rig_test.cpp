// Tests of the interpreter: every spelling of opcodes.inc against plain C++, and every check against a planted mistake.
#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <set>

#include "ptx.h"

using namespace ptx;

static int failures = 0, passed = 0;
static std::set<std::string> covered;

static void verdict(const std::string& name, bool ok, const std::string& detail = "") {
  (ok ? passed : failures)++;
  if (!ok) printf("FAILED %s %s\n", name.c_str(), detail.c_str());
}

// ---------------------------------------------------------------- a device

struct Heap : Memory {
  std::map<u64, Allocation> all;
  Allocation* find(u64 address) override {
    auto at = all.upper_bound(address);
    if (at == all.begin()) return nullptr;
    --at;
    return address < at->first + at->second.size ? &at->second : nullptr;
  }
  u64 allocate(size_t bytes, bool initialised = true) {
    u64 p = (u64)aligned_alloc(256, (bytes + 255) & ~size_t(255));
    memset((void*)p, 0, bytes);
    Allocation& a = all[p];
    a.base = p, a.size = bytes;
    a.initialised.assign(bytes, initialised);
    a.words.assign(bytes / 4 + 1, {});
    a.readIn.assign(bytes / 32 + 1, 0);
    a.writtenIn.assign(bytes / 32 + 1, 0);
    return p;
  }
  ~Heap() override {
    for (auto& [p, a] : all) free((void*)p);
  }
};

/// A kernel t(in, out) with the usual registers; %r1 is the thread, %rd1 and %rd2 the parameters.
static std::string kernel(const std::string& body, const std::string& shared = "") {
  return ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry t(\n.param .u64 p0,\n.param .u64 p1,\n.param .u32 p2,\n.param .f32 p3\n)\n{\n"
         ".reg .pred %p<10>;\n.reg .b16 %rs<10>;\n.reg .b32 %r<60>;\n.reg .f32 %f<20>;\n.reg .b64 %rd<20>;\n.reg .f64 %fd<20>;\n" + shared +
         "ld.param.u64 %rd1, [p0];\nld.param.u64 %rd2, [p1];\nmov.u32 %r1, %tid.x;\n" + body + "ret;\n}\n";
}

struct Run {
  std::vector<u64> out;
  std::string fault;
  Stats stats;
};

static Run run(const std::string& text, const std::vector<u64>& in, size_t outs, u32 threads, u32 blocks = 1, bool checks = false, u32 number = 0,
               float real = 0, bool initialised = true) {
  Run r;
  Heap heap;
  u64 a = heap.allocate(std::max<size_t>(in.size() * 8, 16), initialised), b = heap.allocate(std::max<size_t>(outs * 8, 16));
  memcpy((void*)a, in.data(), in.size() * 8);
  const void* arguments[] = {&a, &b, &number, &real};
  try {
    auto module = load(text);
    Options o;
    o.checks = checks;
    o.stats = true;
    launch(*module->functions.at("t"), {blocks}, {threads}, 0, arguments, heap, o);
    r.stats = module->functions.at("t")->stats;
  } catch (const std::exception& e) {
    r.fault = e.what();
  }
  r.out.assign((u64*)b, (u64*)b + outs);
  return r;
}

// ---------------------------------------------------------------- arithmetic

typedef float T_F; typedef double T_D; typedef uint32_t T_U; typedef int32_t T_S; typedef uint64_t T_L; typedef int64_t T_M;
typedef uint16_t T_H; typedef int16_t T_I; typedef bool T_P; typedef int T_V;

template <class T>
static T from(u64 bits) { T v; memcpy(&v, &bits, sizeof v); return v; }
template <>
bool from<bool>(u64 bits) { return bits & 1; }
template <class T>
static u64 to(T v) { u64 bits = 0; memcpy(&bits, &v, sizeof v); return bits; }

static uint32_t nearestBf16(float f) {
  if (std::isnan(f)) return 0x7fff;
  if (std::isinf(f)) return to(f) >> 16;
  // The two neighbours, and the nearer; of equals the even one.
  uint32_t down = to(f) >> 16, up = down + 1;
  double below = from<float>((u64)down << 16), above = from<float>((u64)up << 16);
  if (std::isinf(above)) above = std::copysign(std::ldexp(1., 128), f);
  double a = std::fabs((double)f - below), b = std::fabs(above - (double)f);
  return a < b ? down : b < a ? up : down & 1 ? up : down;
}
static float downward(float a, float b, float c) {
  fesetround(FE_DOWNWARD);
  volatile float x = a, r = std::fma(x, b, c);
  fesetround(FE_TONEAREST);
  return r;
}

static std::mt19937_64 random64(7);
static u64 value(char type) {
  static const double reals[] = {0., -0., 1., -1., .5, 1.5, -2.75, 3e38, -3e38, 1e-30, 1e-42, INFINITY, -INFINITY, NAN, 128., 2147483648., 1e300};
  static const u64 whole[] = {0, 1, ~0ull, 2, 31, 32, 33, 63, 64, 65, 0x7fffffff, 0x80000000, 0x7fff, 0x8000, 0x7fffffffffffffffull, 0x8000000000000000ull};
  bool special = random64() % 3 == 0;
  double x = special ? reals[random64() % (sizeof reals / 8)] : std::ldexp((double)(s64)random64(), -63) * std::ldexp(1., (int)(random64() % 40) - 20);
  u64 n = special ? whole[random64() % (sizeof whole / 8)] : random64() >> random64() % 64;
  switch (type) {
    case 'F': return to((float)x);
    case 'D': return to(x);
    case 'U': case 'S': return (uint32_t)n;
    case 'H': case 'I': return (uint16_t)n;
    default: return n;
  }
}

static void arithmetic(const char* opcode, char result, const std::string& types, const std::function<u64(u64, u64, u64)>& expected) {
  covered.insert(opcode);
  constexpr int N = 512;
  std::vector<u64> in(N * 3);
  for (int i = 0; i < N; i++)
    for (int k = 0; k < 3; k++) in[i * 3 + k] = value(k < (int)types.size() ? types[k] : 'L');
  auto reg = [](char t, int k) {
    std::string n = std::to_string(k);
    return t == 'F' ? "%f" + n : t == 'D' ? "%fd" + n : t == 'U' || t == 'S' ? "%r" + n : t == 'H' || t == 'I' ? "%rs" + n : t == 'P' ? "%p" + n : "%rd" + n;
  };
  auto suffix = [](char t) { return t == 'F' ? "f32" : t == 'D' ? "f64" : t == 'U' || t == 'S' ? "u32" : "u64"; };
  for (bool predicated : {false, true}) {
    std::string body =
        "mov.u32 %r2, %ctaid.x;\nmov.u32 %r3, %ntid.x;\nmad.lo.s32 %r4, %r2, %r3, %r1;\nmul.wide.u32 %rd3, %r4, 24;\nadd.s64 %rd4, %rd1, %rd3;\n"
        "mul.wide.u32 %rd5, %r4, 8;\nadd.s64 %rd6, %rd2, %rd5;\nand.b32 %r5, %r1, 1;\nsetp.ne.s32 %p1, %r5, 0;\n";
    std::string operands;
    for (int k = 0; k < (int)types.size(); k++) {
      char t = types[k];
      std::string at = "[%rd4+" + std::to_string(8 * k) + "];\n";
      if (t == 'H' || t == 'I') body += "ld.global.u32 %r10, " + at + "cvt.u16.u32 " + reg(t, 4 + k) + ", %r10;\n";
      else body += std::string("ld.global.") + suffix(t) + " " + reg(t, 14 + k) + ", " + at;
      operands += ", " + reg(t, t == 'H' || t == 'I' ? 4 + k : 14 + k);
    }
    std::string d = reg(result, result == 'P' ? 2 : result == 'H' ? 8 : 18);
    std::string zero = result == 'F' ? "mov.f32 " + d + ", 0f00000000;\n" : result == 'D' ? "mov.f64 " + d + ", 0d0000000000000000;\n"
        : result == 'P' ? "setp.ne.s32 " + d + ", %r1, %r1;\n" : result == 'H' ? "mov.u16 " + d + ", 0;\n"
        : result == 'U' || result == 'S' ? "mov.u32 " + d + ", 0;\n" : "mov.u64 " + d + ", 0;\n";
    body += zero + (predicated ? "@%p1 " : "") + opcode + " " + d + operands + ";\n";
    if (result == 'P') body += "selp.b32 %r20, 1, 0, " + d + ";\nst.global.u32 [%rd6], %r20;\n";
    else if (result == 'H') body += "st.global.u16 [%rd6], " + d + ";\n";
    else body += std::string("st.global.") + suffix(result) + " [%rd6], " + d + ";\n";
    Run r = run(kernel(body), in, N, 64, N / 64);
    if (!r.fault.empty()) {
      verdict(opcode, false, r.fault);
      return;
    }
    std::string op(opcode);
    bool bits = op.compare(0, 3, "neg") == 0 || op.compare(0, 3, "abs") == 0 || op.compare(0, 3, "mov") == 0 || op.compare(0, 8, "copysign") == 0;
    for (int i = 0; i < N; i++) {
      u64 want = predicated && i % 2 == 0 ? 0 : expected(in[i * 3], in[i * 3 + 1], in[i * 3 + 2]), got = r.out[i];
      bool same = want == got;
      if (!same && !bits && result == 'F') same = from<float>(want) == from<float>(got) || (std::isnan(from<float>(want)) && std::isnan(from<float>(got)));
      if (!same && !bits && result == 'D') same = from<double>(want) == from<double>(got) || (std::isnan(from<double>(want)) && std::isnan(from<double>(got)));
      if (!same) {
        char text[200];
        snprintf(text, sizeof text, "of %llx %llx %llx: expected %llx, found %llx", (unsigned long long)in[i * 3], (unsigned long long)in[i * 3 + 1],
                 (unsigned long long)in[i * 3 + 2], (unsigned long long)want, (unsigned long long)got);
        verdict(opcode, false, text);
        return;
      }
    }
  }
  verdict(opcode, true);
}

static std::string letters(const char* a, const char* b, const char* c) {
  std::string s;
  for (const char* t : {a, b, c})
    if (*t != 'V') s += *t;
  return s;
}

static void allArithmetic() {
#define ALU(opcode, R, A, B, C, expression)                                                            \
  arithmetic(opcode, #R[0], letters(#A, #B, #C), [](u64 x, u64 y, u64 z) -> u64 {                        \
    [[maybe_unused]] auto a = from<T_##A>(x);                                                            \
    [[maybe_unused]] auto b = from<T_##B>(y);                                                            \
    [[maybe_unused]] auto c = from<T_##C>(z);                                                            \
    return to((T_##R)(expression));                                                                    \
  });
#define OTHER(opcode)
#include "opcodes.inc"
#undef ALU
#undef OTHER
}

// ---------------------------------------------------------------- memory

/// One thread's 16 bytes, by a load or store of any width.
static void memory(const std::string& opcode) {
  covered.insert(opcode);
  std::vector<std::string> parts;
  for (size_t at = 0, dot; at <= opcode.size(); at = dot + 1) {
    dot = std::min(opcode.find('.', at), opcode.size());
    parts.push_back(opcode.substr(at, dot - at));
  }
  auto has = [&](const char* p) { return std::find(parts.begin(), parts.end(), p) != parts.end(); };
  int count = has("v4") ? 4 : has("v2") ? 2 : 1;
  std::string type = parts.back();
  int bytes = atoi(type.c_str() + 1) / 8;
  bool load = parts[0] == "ld", shared = has("shared");
  const char* prefix = bytes == 8 ? type[0] == 'f' ? "%fd" : "%rd" : type == "f32" ? "%f" : "%r";
  auto list = [&] {
    std::string s;
    for (int k = 0; k < count; k++) s += (k ? ", " : "") + std::string(prefix) + std::to_string(10 + k);
    return count > 1 ? "{" + s + "}" : s;
  };
  std::string body = "mul.wide.u32 %rd3, %r1, 32;\nadd.s64 %rd4, %rd1, %rd3;\nadd.s64 %rd5, %rd2, %rd3;\nmov.u32 %r2, room;\nshl.b32 %r3, %r1, 5;\nadd.s32 %r4, %r2, %r3;\n";
  if (shared)
    for (int k = 0; k < 8; k++)
      body += load ? "ld.global.u32 %r5, [%rd4+" + std::to_string(4 * k) + "];\nst.shared.u32 [%r4+" + std::to_string(4 * k) + "], %r5;\n"
                   : "mov.u32 %r5, 0;\nst.shared.u32 [%r4+" + std::to_string(4 * k) + "], %r5;\n";
  const char* address = shared ? "%r4" : load ? "%rd4" : "%rd5";
  std::string registerType = bytes == 8 ? type[0] == 'f' ? "f64" : "u64" : type == "f32" ? "f32" : "u32";
  if (load) {
    body += opcode + " " + list() + ", [" + address + "+8];\n";
    for (int k = 0; k < count; k++)
      body += "st.global." + registerType + " [%rd5+" + std::to_string(k * 8) + "], " + prefix + std::to_string(10 + k) + ";\n";
  } else {
    for (int k = 0; k < count; k++)
      body += "ld.global." + registerType + " " + prefix + std::to_string(10 + k) + ", [%rd4+" + std::to_string(8 + k * bytes) + "];\n";
    body += opcode + " [" + address + "+8], " + list() + ";\n";
    if (shared)
      for (int k = 0; k < 8; k++) body += "ld.shared.u32 %r5, [%r4+" + std::to_string(4 * k) + "];\nst.global.u32 [%rd5+" + std::to_string(4 * k) + "], %r5;\n";
  }
  // The vector of 16 bytes must be aligned: offset 8 becomes 16.
  if (count * bytes == 16)
    for (size_t at = 0; (at = body.find("+8]", at)) != std::string::npos; at += 4)
      if (body.compare(body.rfind('\n', at) + 1, opcode.size(), opcode) == 0) body.replace(at, 3, "+16]");
  int offset = count * bytes == 16 ? 16 : 8;
  constexpr int N = 40;
  std::vector<u64> in(N * 4);
  for (u64& v : in) v = random64();
  Run r = run(kernel(body, ".shared .align 16 .b8 room[1280];\n"), in, N * 4, N);
  bool ok = r.fault.empty();
  for (int t = 0; t < N && ok; t++) {
    const uint8_t* source = (const uint8_t*)&in[t * 4];
    const uint8_t* found = (const uint8_t*)&r.out[t * 4];
    for (int k = 0; k < count; k++) {
      if (load) {
        u64 want = 0, got = 0;
        memcpy(&want, source + offset + k * bytes, bytes);
        memcpy(&got, found + k * 8, bytes == 8 ? 8 : 4);
        ok = ok && want == got;
      } else {
        ok = ok && !memcmp(found + offset + k * bytes, source + 8 + k * bytes, bytes);
      }
    }
    for (int b = 0; b < 32 && !load; b++)
      if (b < offset || b >= offset + count * bytes) ok = ok && !found[b];
  }
  verdict(opcode, ok, r.fault);
}

static void movement() {
  for (const std::string& opcode : testedOpcodes()) {
    bool memoryAccess = opcode.compare(0, 3, "ld.") == 0 || opcode.compare(0, 3, "st.") == 0;
    if (memoryAccess && opcode.compare(0, 8, "ld.param") != 0) memory(opcode);
  }
  {  // a narrow number into a wide register
    Run r = run(kernel("ld.global.s32 %rd3, [%rd1];\nst.global.u64 [%rd2], %rd3;\nld.global.u32 %rd4, [%rd1];\nst.global.u64 [%rd2+8], %rd4;\n"), {0x80000005u}, 2, 1);
    verdict("extension", r.fault.empty() && r.out[0] == 0xffffffff80000005ull && r.out[1] == 0x80000005ull, r.fault);
  }
  {
    Run r = run(kernel("ld.param.u32 %r2, [p2];\nld.param.f32 %f1, [p3];\nst.global.u32 [%rd2], %r2;\nst.global.f32 [%rd2+8], %f1;\nst.global.u64 [%rd2+16], %rd2;\n"), {}, 3, 1, 1, false, 77, 2.5f);
    verdict("parameters", r.fault.empty() && r.out[0] == 77 && r.out[1] == to(2.5f) && r.out[2] != 0, r.fault);
    covered.insert({"ld.param.u32", "ld.param.f32", "ld.param.u64"});
  }
  {
    Run r = run(kernel("ld.global.u64 %rd3, [%rd1];\nmov.b64 {%r2, %r3}, %rd3;\nmov.b64 %rd4, {%r3, %r2};\nst.global.u64 [%rd2], %rd4;\n"
                       "mov.b32 {%rs1, %rs2}, %r2;\nmov.b32 %r4, {%rs2, %rs1};\nst.global.u32 [%rd2+8], %r4;\nmov.b32 %f1, %r4;\nst.global.f32 [%rd2+16], %f1;\n"
                       "mov.b64 %fd1, %rd3;\nst.global.f64 [%rd2+24], %fd1;\n"),
                {0x1122334455667788ull}, 4, 1);
    verdict("mov.b", r.fault.empty() && r.out[0] == 0x5566778811223344ull && r.out[1] == 0x77885566u && r.out[2] == 0x77885566u && r.out[3] == 0x1122334455667788ull, r.fault);
    covered.insert({"mov.b32", "mov.b64"});
  }
  {
    bool ok = true;
    for (int k = 0; k < 200; k++) {
      u32 a = (u32)random64(), b = (u32)random64(), at = random64() % 40, length = random64() % 40;
      Run r = run(kernel("ld.global.u32 %r2, [%rd1];\nld.global.u32 %r3, [%rd1+8];\nld.global.u32 %r4, [%rd1+16];\nld.global.u32 %r5, [%rd1+24];\nbfi.b32 %r6, %r2, %r3, %r4, %r5;\nst.global.u32 [%rd2], %r6;\n"), {a, b, at, length}, 1, 1);
      u32 want = b;
      for (u32 bit = 0; bit < length && at + bit < 32; bit++) want = (want & ~(1u << (at + bit))) | (a >> bit & 1) << (at + bit);
      ok = ok && r.out[0] == want;
    }
    verdict("bfi.b32", ok);
    covered.insert("bfi.b32");
  }
  {
    Run r = run(kernel("and.b32 %r2, %r1, 1;\nsetp.eq.s32 %p1, %r2, 1;\nand.b32 %r3, %r1, 2;\nsetp.eq.s32 %p2, %r3, 2;\nmul.wide.u32 %rd3, %r1, 80;\nadd.s64 %rd4, %rd2, %rd3;\n"
                       "selp.b32 %r4, 5, 6, %p1;\nst.global.u32 [%rd4], %r4;\nselp.b64 %rd5, 5, 6, %p1;\nst.global.u64 [%rd4+8], %rd5;\n"
                       "selp.f32 %f1, 0f3F800000, 0f40000000, %p1;\nst.global.f32 [%rd4+16], %f1;\nselp.f64 %fd1, 0d3FF0000000000000, 0d4000000000000000, %p1;\nst.global.f64 [%rd4+24], %fd1;\n"
                       "selp.u16 %rs1, 7, 8, %p1;\nst.global.u16 [%rd4+32], %rs1;\nand.pred %p3, %p1, %p2;\nor.pred %p4, %p1, %p2;\nxor.pred %p5, %p1, %p2;\nnot.pred %p6, %p1;\n"
                       "mov.pred %p7, %p2;\nmov.pred %p8, -1;\nselp.b32 %r5, 1, 0, %p3;\nselp.b32 %r6, 1, 0, %p4;\nselp.b32 %r7, 1, 0, %p5;\nselp.b32 %r8, 1, 0, %p6;\nselp.b32 %r9, 1, 0, %p7;\nselp.b32 %r10, 1, 0, %p8;\n"
                       "st.global.u32 [%rd4+40], %r5;\nst.global.u32 [%rd4+44], %r6;\nst.global.u32 [%rd4+48], %r7;\nst.global.u32 [%rd4+52], %r8;\nst.global.u32 [%rd4+56], %r9;\nst.global.u32 [%rd4+60], %r10;\n"
                       ""),
                {}, 40, 4);
    bool ok = r.fault.empty();
    for (u32 t = 0; t < 4 && ok; t++) {
      const u64* o = &r.out[t * 10];
      const u32* w = (const u32*)(o + 5);
      bool a = t & 1, b = t & 2;
      ok = o[0] == (a ? 5 : 6) && o[1] == (a ? 5 : 6) && o[2] == to(a ? 1.f : 2.f) && o[3] == to(a ? 1. : 2.) && o[4] == (a ? 7 : 8) && w[0] == (a && b) &&
           w[1] == (a || b) && w[2] == (a != b) && w[3] == !a && w[4] == b && w[5] == 1;
    }
    verdict("predicates", ok, r.fault);
    covered.insert({"selp.b32", "selp.b64", "selp.f32", "selp.f64", "selp.u16", "and.pred", "or.pred", "xor.pred", "not.pred", "mov.pred"});
  }
  {
    std::vector<u64> in;
    for (int k = 0; k < 256; k++) in.push_back(to((float)(std::ldexp((double)(s64)random64(), -63) * (k < 128 ? 120 : 2))));
    Run r = run(kernel("mul.wide.u32 %rd3, %r1, 8;\nadd.s64 %rd4, %rd1, %rd3;\nadd.s64 %rd5, %rd2, %rd3;\nld.global.f32 %f1, [%rd4];\nex2.approx.ftz.f32 %f2, %f1;\nst.global.f32 [%rd5], %f2;\n"), in, 256, 256);
    double worst = 0;
    for (int k = 0; k < 256; k++) worst = std::max(worst, std::fabs(from<float>(r.out[k]) / std::exp2((double)from<float>(in[k])) - 1));
    verdict("ex2.approx.ftz.f32", r.fault.empty() && worst < 2.5e-7, std::to_string(worst * 1e9));
    Run e = run(kernel("mov.f32 %f1, 0fFF800000;\nex2.approx.ftz.f32 %f2, %f1;\nst.global.f32 [%rd2], %f2;\nmov.f32 %f1, 0f7F800000;\nex2.approx.ftz.f32 %f2, %f1;\nst.global.f32 [%rd2+8], %f2;\n"
                       "mov.f32 %f1, 0fC3010000;\nex2.approx.ftz.f32 %f2, %f1;\nst.global.f32 [%rd2+16], %f2;\n"), {}, 3, 1);
    verdict("ex2 at its ends", e.fault.empty() && e.out[0] == 0 && std::isinf(from<float>(e.out[1])) && e.out[2] == 0, e.fault);
    Run d = run(kernel("ld.global.f64 %fd1, [%rd1];\nrcp.approx.ftz.f64 %fd2, %fd1;\nst.global.f64 [%rd2], %fd2;\n"), {to(3.7)}, 1, 1);
    verdict("rcp.approx.ftz.f64", d.fault.empty() && std::fabs(from<double>(d.out[0]) * 3.7 - 1) < 1e-6 && (u32)d.out[0] == 0, d.fault);
    covered.insert({"ex2.approx.ftz.f32", "rcp.approx.ftz.f64"});
  }
}

// ---------------------------------------------------------------- control and cooperation

static void control() {
  {  // each thread its own number of rounds; some leave early
    Run r = run(kernel("mul.wide.u32 %rd3, %r1, 8;\nadd.s64 %rd4, %rd2, %rd3;\nsetp.eq.s32 %p1, %r1, 7;\n@%p1 bra LEAVE;\nmov.u32 %r2, 0;\nmov.u32 %r3, 0;\nLOOP:\nsetp.ge.s32 %p2, %r2, %r1;\n@%p2 bra DONE;\n"
                       "add.s32 %r3, %r3, %r2;\nadd.s32 %r2, %r2, 1;\nbra.uni LOOP;\nDONE:\nst.global.u32 [%rd4], %r3;\nret;\nLEAVE:\nmov.u32 %r3, 999;\nst.global.u32 [%rd4], %r3;\n"),
                {}, 50, 50);
    bool ok = r.fault.empty();
    for (u32 t = 0; t < 50; t++) ok = ok && r.out[t] == (t == 7 ? 999 : t * (t - 1) / 2);
    verdict("bra", ok, r.fault);
    covered.insert({"bra", "bra.uni", "ret"});
  }
  {  // warps exchange by shared memory
    Run r = run(kernel("mov.u32 %r2, room;\nshl.b32 %r3, %r1, 2;\nadd.s32 %r4, %r2, %r3;\nst.shared.u32 [%r4], %r1;\nbar.sync 0;\nxor.b32 %r5, %r3, 128;\nadd.s32 %r6, %r2, %r5;\nld.shared.u32 %r7, [%r6];\n"
                       "mul.wide.u32 %rd3, %r1, 8;\nadd.s64 %rd4, %rd2, %rd3;\nst.global.u32 [%rd4], %r7;\n", ".shared .align 4 .b8 room[256];\n"), {}, 64, 64, 1, true);
    bool ok = r.fault.empty();
    for (u32 t = 0; t < 64; t++) ok = ok && r.out[t] == (t ^ 32);
    verdict("bar.sync", ok, r.fault);
    covered.insert("bar.sync");
  }
  {  // lanes of a warp do too
    Run r = run(kernel("mov.u32 %r2, room;\nshl.b32 %r3, %r1, 2;\nadd.s32 %r4, %r2, %r3;\nst.shared.u32 [%r4], %r1;\nbar.warp.sync -1;\nxor.b32 %r5, %r3, 4;\nadd.s32 %r6, %r2, %r5;\nld.shared.u32 %r7, [%r6];\n"
                       "mul.wide.u32 %rd3, %r1, 8;\nadd.s64 %rd4, %rd2, %rd3;\nst.global.u32 [%rd4], %r7;\n", ".shared .align 4 .b8 room[256];\n"), {}, 64, 64, 1, true);
    bool ok = r.fault.empty();
    for (u32 t = 0; t < 64; t++) ok = ok && r.out[t] == (t ^ 1);
    verdict("bar.warp.sync", ok, r.fault);
    covered.insert("bar.warp.sync");
  }
  const std::string count = "mov.u32 %r2, %ctaid.x;\nmul.wide.u32 %rd3, %r2, 4;\nadd.s64 %rd4, %rd2, %rd3;\nadd.s32 %r3, %r2, 1;\nst.global.u32 [%rd4+64], %r3;\n";
  const std::string sum = "setp.ne.s32 %p1, %r4, 3;\n@%p1 bra END;\nld.global.u32 %r5, [%rd2+64];\nld.global.u32 %r6, [%rd2+68];\nld.global.u32 %r7, [%rd2+72];\nld.global.u32 %r8, [%rd2+76];\n"
                          "add.s32 %r9, %r5, %r6;\nadd.s32 %r10, %r7, %r8;\nadd.s32 %r11, %r9, %r10;\nst.global.u32 [%rd2+8], %r11;\nEND:\n";
  {  // the last of four blocks adds what all of them wrote
    Run r = run(kernel(count + "membar.gl;\natom.global.add.u32 %r4, [%rd2], 1;\n" + sum), {}, 12, 1, 4, true);
    verdict("membar.gl and atom.global.add.u32", r.fault.empty() && (u32)r.out[0] == 4 && (u32)r.out[1] == 10, r.fault);
    covered.insert({"membar.gl", "atom.global.add.u32"});
    Run w = run(kernel(count + "atom.global.add.u32 %r4, [%rd2], 1;\n" + sum), {}, 12, 1, 4, true);
    verdict("an atomic without a fence", w.fault.find("race") != std::string::npos, w.fault);
  }
  {
    Run r = run(kernel("mov.u32 %r2, room;\nmov.u32 %r3, 0;\nsetp.ne.s32 %p1, %r1, 0;\n@%p1 bra A;\nst.shared.u32 [%r2], %r3;\nA:\nbar.sync 0;\nsub.s32 %r4, 20, %r1;\natom.shared.max.s32 %r5, [%r2], %r4;\nbar.sync 0;\nld.shared.u32 %r6, [%r2];\n"
                       "mul.wide.u32 %rd3, %r1, 8;\nadd.s64 %rd4, %rd2, %rd3;\nst.global.u32 [%rd4], %r6;\n", ".shared .align 4 .b8 room[4];\n"), {}, 64, 64, 1, true);
    bool ok = r.fault.empty();
    for (u32 t = 0; t < 64; t++) ok = ok && r.out[t] == 20;
    verdict("atom.shared.max.s32", ok, r.fault);
    covered.insert("atom.shared.max.s32");
  }
  {
    Run r = run(kernel("mul.wide.u32 %rd3, %r1, 32;\nadd.s64 %rd4, %rd2, %rd3;\nmov.u32 %r2, -1;\nshfl.sync.up.b32 %r3|%p1, %r1, 4, 0, -1;\nst.global.u32 [%rd4], %r3;\nselp.b32 %r4, 1, 0, %p1;\nst.global.u32 [%rd4+8], %r4;\n"
                       "shfl.sync.bfly.b32 %r5|%p2, %r1, 8, 31, -1;\nst.global.u32 [%rd4+16], %r5;\nsetp.eq.s32 %p3, %r1, 40;\nvote.sync.any.pred %p4, %p3, -1;\nselp.b32 %r6, 1, 0, %p4;\nst.global.u32 [%rd4+24], %r6;\n"),
                {}, 256, 64);
    bool ok = r.fault.empty();
    for (u32 t = 0; t < 64; t++)
      ok = ok && r.out[t * 4] == (t % 32 < 4 ? t : t - 4) && r.out[t * 4 + 1] == (t % 32 >= 4) && r.out[t * 4 + 2] == (t ^ 8) && r.out[t * 4 + 3] == (t >= 32);
    verdict("shfl and vote", ok, r.fault);
    covered.insert({"shfl.sync.up.b32", "shfl.sync.bfly.b32", "vote.sync.any.pred"});
  }
}

// ---------------------------------------------------------------- matrices and copies

static void matrices() {
  {  // in: A [16, 16] and B [8, 16] as small whole numbers in bf16, C [16, 8] in f32; fragments are loaded by hand
    float a[16][16], b[8][16], c[16][8];
    for (auto& row : a) for (float& x : row) x = (int)(random64() % 17) - 8;
    for (auto& row : b) for (float& x : row) x = (int)(random64() % 17) - 8;
    for (auto& row : c) for (float& x : row) x = (int)(random64() % 17) - 8;
    std::vector<u64> in(32 * 10);
    auto two = [](float low, float high) { return (u32)(to(low) >> 16) | (u32)(to(high) >> 16) << 16; };
    for (int lane = 0; lane < 32; lane++) {
      int g = lane / 4, t = lane % 4 * 2;
      u64* v = &in[lane * 10];
      v[0] = two(a[g][t], a[g][t + 1]), v[1] = two(a[g + 8][t], a[g + 8][t + 1]), v[2] = two(a[g][t + 8], a[g][t + 9]), v[3] = two(a[g + 8][t + 8], a[g + 8][t + 9]);
      v[4] = two(b[g][t], b[g][t + 1]), v[5] = two(b[g][t + 8], b[g][t + 9]);
      v[6] = to(c[g][t]), v[7] = to(c[g][t + 1]), v[8] = to(c[g + 8][t]), v[9] = to(c[g + 8][t + 1]);
    }
    std::string body = "mul.wide.u32 %rd3, %r1, 80;\nadd.s64 %rd4, %rd1, %rd3;\nmul.wide.u32 %rd5, %r1, 32;\nadd.s64 %rd6, %rd2, %rd5;\n";
    for (int k = 0; k < 6; k++) body += "ld.global.u32 %r" + std::to_string(10 + k) + ", [%rd4+" + std::to_string(8 * k) + "];\n";
    for (int k = 0; k < 4; k++) body += "ld.global.f32 %f" + std::to_string(1 + k) + ", [%rd4+" + std::to_string(48 + 8 * k) + "];\n";
    body += "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f5,%f6,%f7,%f8}, {%r10,%r11,%r12,%r13}, {%r14,%r15}, {%f1,%f2,%f3,%f4};\n";
    for (int k = 0; k < 4; k++) body += "st.global.f32 [%rd6+" + std::to_string(8 * k) + "], %f" + std::to_string(5 + k) + ";\n";
    Run r = run(kernel(body), in, 128, 32);
    bool ok = r.fault.empty();
    for (int lane = 0; lane < 32; lane++)
      for (int k = 0; k < 4; k++) {
        int row = lane / 4 + k / 2 * 8, column = lane % 4 * 2 + k % 2;
        float want = c[row][column];
        for (int q = 0; q < 16; q++) want += a[row][q] * b[column][q];
        ok = ok && from<float>(r.out[lane * 4 + k]) == want;
      }
    verdict("mma", ok, r.fault);
    covered.insert("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");
  }
  for (bool transposed : {false, true}) {
    std::string opcode = std::string("ldmatrix.sync.aligned.m8n8.x4.") + (transposed ? "trans." : "") + "shared.b16";
    std::vector<u64> in(64);
    for (u64& v : in) v = random64();
    std::string body = "mul.wide.u32 %rd3, %r1, 16;\nadd.s64 %rd4, %rd1, %rd3;\nmov.u32 %r2, room;\nshl.b32 %r3, %r1, 4;\nadd.s32 %r4, %r2, %r3;\n";
    for (int k = 0; k < 4; k++) body += "ld.global.u32 %r5, [%rd4+" + std::to_string(4 * k) + "];\nst.shared.u32 [%r4+" + std::to_string(4 * k) + "], %r5;\n";
    body += "bar.sync 0;\n" + opcode + " {%r10,%r11,%r12,%r13}, [%r4];\nmul.wide.u32 %rd5, %r1, 32;\nadd.s64 %rd6, %rd2, %rd5;\n";
    for (int k = 0; k < 4; k++) body += "st.global.u32 [%rd6+" + std::to_string(8 * k) + "], %r" + std::to_string(10 + k) + ";\n";
    Run r = run(kernel(body, ".shared .align 16 .b8 room[512];\n"), in, 128, 32, 1, true);
    const uint16_t* m = (const uint16_t*)in.data();  // matrix k, row r, column c at (k · 8 + r) · 8 + c
    bool ok = r.fault.empty();
    for (int lane = 0; lane < 32; lane++)
      for (int k = 0; k < 4; k++)
        for (int h = 0; h < 2; h++) {
          int row = transposed ? lane % 4 * 2 + h : lane / 4, column = transposed ? lane / 4 : lane % 4 * 2 + h;
          ok = ok && (uint16_t)(r.out[lane * 4 + k] >> 16 * h) == m[(k * 8 + row) * 8 + column];
        }
    verdict(opcode, ok, r.fault);
    covered.insert(opcode);
  }
  const std::string start = "mul.wide.u32 %rd3, %r1, 16;\nadd.s64 %rd4, %rd1, %rd3;\nadd.s64 %rd5, %rd2, %rd3;\nmov.u32 %r2, room;\nshl.b32 %r3, %r1, 4;\nadd.s32 %r4, %r2, %r3;\nand.b32 %r6, %r1, 1;\nshl.b32 %r6, %r6, 4;\n"
                            "cp.async.cg.shared.global [%r4], [%rd4], 16, %r6;\n";
  const std::string finish = "ld.shared.v4.u32 {%r10,%r11,%r12,%r13}, [%r4];\nst.global.v4.u32 [%rd5], {%r10,%r11,%r12,%r13};\n";
  const std::string room = ".shared .align 16 .b8 room[1024];\n";
  std::vector<u64> in(128);
  for (u64& v : in) v = random64();
  {  // odd threads copy, even ones get zeros
    Run r = run(kernel(start + "cp.async.commit_group;\ncp.async.wait_group 0;\n" + finish, room), in, 128, 64, 1, true);
    bool ok = r.fault.empty();
    for (int k = 0; k < 128; k++) ok = ok && r.out[k] == (k / 2 % 2 ? in[k] : 0);
    verdict("cp.async", ok, r.fault);
    covered.insert({"cp.async.cg.shared.global", "cp.async.commit_group", "cp.async.wait_group"});
  }
  auto faults = [&](const char* name, const std::string& body, const char* expected) {
    Run r = run(kernel(body, room), in, 128, 64, 1, true);
    verdict(name, r.fault.find(expected) != std::string::npos, "expected '" + std::string(expected) + "', found '" + r.fault + "'");
  };
  faults("a copy that is not awaited", start + "cp.async.commit_group;\ncp.async.wait_group 1;\n" + finish + "cp.async.wait_group 0;\n", "on its way");
  faults("a copy that is not committed", start + "cp.async.wait_group 0;\n" + finish, "on its way");
  faults("a copy at the end", start + "cp.async.commit_group;\n", "ends with copies");
  faults("a copy into what others read", "mov.u32 %r2, room;\nshl.b32 %r3, %r1, 4;\nadd.s32 %r4, %r2, %r3;\nst.shared.u32 [%r4], %r1;\nbar.sync 0;\nxor.b32 %r5, %r3, 512;\nadd.s32 %r7, %r2, %r5;\nld.shared.u32 %r8, [%r7];\n" + start +
             "cp.async.commit_group;\ncp.async.wait_group 0;\n", "race");
  faults("another thread's copy without a barrier", start + "cp.async.commit_group;\ncp.async.wait_group 0;\nxor.b32 %r5, %r3, 512;\nadd.s32 %r7, %r2, %r5;\nld.shared.u32 %r8, [%r7];\n", "never written");
}

// ---------------------------------------------------------------- checks

static void checks() {
  const std::string room = ".shared .align 16 .b8 room[512];\n";
  const std::string at = "mov.u32 %r2, room;\nshl.b32 %r3, %r1, 2;\nadd.s32 %r4, %r2, %r3;\nmul.wide.u32 %rd3, %r1, 8;\nadd.s64 %rd4, %rd2, %rd3;\nadd.s64 %rd5, %rd1, %rd3;\n";
  auto faults = [&](const char* name, const std::string& body, const char* expected, u32 threads = 64, u32 blocks = 1, bool initialised = true) {
    Run r = run(kernel(at + body, room), std::vector<u64>(64), 64, threads, blocks, true, 0, 0, initialised);
    verdict(name, r.fault.find(expected) != std::string::npos, "expected '" + std::string(expected) + "', found '" + r.fault + "'");
  };
  auto fine = [&](const char* name, const std::string& body, u32 threads = 64, u32 blocks = 1) {
    Run r = run(kernel(at + body, room), std::vector<u64>(64), 64, threads, blocks, true);
    verdict(name, r.fault.empty(), r.fault);
  };
  faults("a write past the end", "st.global.u32 [%rd4+8], %r1;\n", "outside of any allocation");
  faults("a read before the start", "ld.global.u32 %r5, [%rd5+-256];\n", "outside of any allocation");
  faults("a null pointer", "mov.u64 %rd6, 0;\nld.global.u32 %r5, [%rd6];\n", "outside of any allocation");
  faults("a misaligned read", "ld.global.u32 %r5, [%rd5+2];\n", "accesses 4 bytes");
  faults("global memory never written", "ld.global.u32 %r5, [%rd5];\n", "never written", 64, 1, false);
  faults("shared memory past the end", "st.shared.u32 [%r4+260], %r1;\n", "of shared memory");
  faults("shared memory never written", "ld.shared.u32 %r5, [%r4];\n", "never written");
  faults("a missing barrier", "st.shared.u32 [%r4], %r1;\nbar.sync 0;\nst.shared.u32 [%r4], %r1;\nxor.b32 %r5, %r3, 128;\nadd.s32 %r6, %r2, %r5;\nld.shared.u32 %r7, [%r6];\n", "no barrier between");
  faults("a missing barrier within a warp", "st.shared.u32 [%r4], %r1;\nxor.b32 %r5, %r3, 4;\nadd.s32 %r6, %r2, %r5;\nld.shared.u32 %r7, [%r6];\n", "no barrier between");
  faults("a write after a read without barrier", "st.shared.u32 [%r4], %r1;\nbar.sync 0;\nxor.b32 %r5, %r3, 128;\nadd.s32 %r6, %r2, %r5;\nld.shared.u32 %r7, [%r6];\nst.shared.u32 [%r4], %r1;\n", "no barrier between");
  faults("two writers of a word", "st.shared.u32 [%r2], %r1;\n", "no barrier between");
  faults("two blocks write a word", "st.global.u32 [%rd4], %r1;\n", "race", 1, 2);
  faults("a block reads what another writes", "mov.u32 %r5, %ctaid.x;\nsetp.ne.s32 %p1, %r5, 0;\n@%p1 bra R;\nst.global.u32 [%rd2], %r1;\nret;\nR:\nld.global.u32 %r6, [%rd2];\n", "race", 1, 2);
  faults("threads of a block share global memory without a barrier", "st.global.u32 [%rd4], %r1;\nxor.b32 %r5, %r1, 32;\nmul.wide.u32 %rd6, %r5, 8;\nadd.s64 %rd7, %rd2, %rd6;\nld.global.u32 %r6, [%rd7];\n", "race");
  fine("and with one", "st.global.u32 [%rd4], %r1;\nbar.sync 0;\nxor.b32 %r5, %r1, 32;\nmul.wide.u32 %rd6, %r5, 8;\nadd.s64 %rd7, %rd2, %rd6;\nld.global.u32 %r6, [%rd7];\n");
  faults("different barriers", "setp.lt.s32 %p1, %r1, 32;\n@%p1 bra A;\nbar.sync 0;\nbra.uni B;\nA:\nbar.sync 0;\nB:\n", "different barriers");
  faults("a barrier in a branch of a warp", "setp.lt.s32 %p1, %r1, 5;\n@!%p1 bra B;\nbar.sync 0;\nB:\nbar.sync 0;\n", "barrier");
  faults("a predicated barrier", "setp.lt.s32 %p1, %r1, 5;\n@%p1 bar.sync 0;\n", "some lanes only");
  faults("a shuffle without half the warp", "and.b32 %r5, %r1, 16;\nsetp.eq.s32 %p1, %r5, 0;\n@!%p1 bra B;\nshfl.sync.bfly.b32 %r6, %r1, 1, 31, -1;\nB:\n", "deadlock");
  faults("a shuffle from a lane outside of the mask", "and.b32 %r5, %r1, 16;\nsetp.eq.s32 %p1, %r5, 0;\n@!%p1 bra B;\nshfl.sync.bfly.b32 %r6, %r1, 16, 31, 65535;\nB:\n", "takes no part");
  {
    Run r = run(kernel("mul.hi.u32 %r2, %r1, %r1;\n"), {}, 1, 1);
    verdict("an opcode without a test", r.fault.find("no test of its own") != std::string::npos, r.fault);
  }
  {  // 32 lanes, words 2 apart: two of each bank; 32 lanes, 8 bytes apart in global memory: 8 sectors for 128 bytes
    Run r = run(kernel("mov.u32 %r2, room;\nshl.b32 %r3, %r1, 3;\nadd.s32 %r4, %r2, %r3;\nst.shared.u32 [%r4], %r1;\nmul.wide.u32 %rd3, %r1, 8;\nadd.s64 %rd4, %rd2, %rd3;\nst.global.u32 [%rd4], %r1;\n", room), {}, 32, 32);
    verdict("bank conflicts and sectors", r.stats.sharedCycles == 2 && r.stats.sharedCyclesIdeal == 1 && r.stats.globalSectors == 8 && r.stats.globalSectorsIdeal == 4 && r.stats.writtenBytes == 256,
            std::to_string(r.stats.sharedCycles) + " " + std::to_string(r.stats.globalSectors) + " " + std::to_string(r.stats.writtenBytes));
  }
}

int main() {
  allArithmetic();
  movement();
  control();
  matrices();
  checks();
  for (const std::string& opcode : testedOpcodes()) verdict("test of " + opcode, covered.count(opcode) > 0, "is missing");
  printf("%d passed, %d failed, %zu opcodes\n", passed, failures, testedOpcodes().size());
  return failures != 0;
}
