// The instructions, and the warps, blocks and launches that run them.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "ptx.h"

namespace ptx {

constexpr u32 ALL = ~0u;
/// A block that runs longer does not end.
constexpr u64 MOST_INSTRUCTIONS = 300'000'000;
constexpr u32 NOBODY = ~0u, SEVERAL = ~0u - 1;

/// Last accesses to four bytes of shared memory.
struct SharedWord {
  u32 writer = NOBODY, writeEpoch = 0, writeWarpEpoch = 0, reader = NOBODY, readEpoch = 0, readWarpEpoch = 0;
  int writeLine = 0, readLine = 0;
};

/// Lanes of a warp that are at the same instruction.
struct Group {
  int pc;
  u32 mask;
  enum State { RUNS, AT_BARRIER, AT_SYNC } state;
};

struct PendingCopy {
  u32 target;
  bool present;
  u64 source;
  int lane;
};

struct Block;
struct Warp {
  Block* block;
  std::vector<u64> registers;
  std::vector<u32> predicates;
  std::vector<Group> groups;
  std::vector<PendingCopy> pending;
  std::vector<size_t> committed;
  u32 alive, epoch, id;
  const uint8_t* constants;

  template <class T>
  T* dest(const Inst& i, int k) { return (T*)((uint8_t*)registers.data() + i.d[k]); }
  template <class T>
  const T* source(const Inst& i, int k) const {
    int at = i.s[k];
    return (const T*)(at >= 0 ? (const uint8_t*)registers.data() + at : constants + ~at);
  }
  u32 predicateSource(const Inst& i, int k) const { return predicates[i.s[k]] ^ (i.notted >> k & 1 ? ALL : 0); }
  void setPredicate(int p, u32 bits, u32 mask) { predicates[p] = (predicates[p] & ~mask) | (bits & mask); }
};

/// What a block has made visible by an atomic after a fence, and what it has seen of others.
struct Launch;

struct Block {
  Launch& launch;
  Function& f;
  const Options& options;
  Stats stats;
  u32 x = 0, y = 0, z = 0, index = 0, threads = 0, alive = 0, atBarrier = 0, epoch = 0, sequence = 0;
  std::vector<uint8_t> shared;
  std::vector<uint8_t> sharedState;  // per byte: 0 never written, 1 written, 2 a copy is on its way
  std::vector<SharedWord> words;
  std::vector<Warp> warps;
  std::vector<std::pair<u32, u32>> acquired;  // block and its sequence up to which it is seen
  bool fenced = false;
  Allocation* cached = nullptr;
  const Inst* current = nullptr;
  u64 random;

  Block(Launch& launch);
  void run();
  bool step(Warp& w);
  u64 next() { return random = random * 6364136223846793005ull + 1442695040888963407ull; }
  [[noreturn]] void fault(Code code, const char* format, ...);
  uint8_t* global(const Warp& w, u64 address, u32 bytes, bool writes, int lane, bool atomic = false);
  uint8_t* sharedAt(const Warp& w, u32 address, u32 bytes, bool writes, int lane, bool atomic = false);
  void globalRace(const Warp& w, Allocation& a, u64 address, u32 bytes, bool writes, int lane);
  void sharedRace(const Warp& w, u32 address, u32 bytes, bool writes, int lane);
  void countGlobal(const u64* addresses, u32 mask, u32 bytes, bool writes);
  void countShared(const u32* addresses, u32 mask, u32 bytes, bool product);
};

struct Launch {
  Function& f;
  Dim grid, block;
  u32 dynamicShared;
  std::vector<uint8_t> parameters;
  Memory& memory;
  Options options;
  u32 id;
  // Released per address: block and sequence. Only in checked launches, which run on one thread.
  std::unordered_map<u64, std::vector<std::pair<u32, u32>>> released;
  std::mutex atomics;
};

void Stats::add(const Stats& other) {
  u64* a = (u64*)this;
  const u64* b = (const u64*)&other;
  for (size_t k = 0; k < sizeof(Stats) / sizeof(u64); k++) a[k] += b[k];
}

Block::Block(Launch& launch) : launch(launch), f(launch.f), options(launch.options), random(launch.options.seed * 0x9e3779b97f4a7c15ull + 1) {
  threads = launch.block.x * launch.block.y * launch.block.z;
  shared.resize(f.dynamicStart + launch.dynamicShared);
  warps.resize((threads + 31) / 32);
  for (u32 k = 0; k < warps.size(); k++) {
    warps[k].block = this;
    warps[k].id = k;
    warps[k].registers.resize(f.registerBytes / 8 + 64);
    warps[k].constants = (const uint8_t*)f.constants.data();
  }
}

void Block::fault(Code code, const char* format, ...) {
  char text[500], message[800];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  snprintf(message, sizeof message, "%s, block (%u,%u,%u), line %d, %s: %s", f.name.c_str(), x, y, z, current ? current->line : 0,
           current ? current->opcode : "", text);
  throw Fault(code, message);
}

// ---------------------------------------------------------------- memory

uint8_t* Block::global(const Warp& w, u64 address, u32 bytes, bool writes, int lane, bool atomic) {
  u32 thread = w.id * 32 + lane;
  if (!cached || address < cached->base || address + bytes > cached->base + cached->size) {
    cached = launch.memory.find(address);
    if (!cached || address + bytes > cached->base + cached->size) {
      cached = nullptr;
      fault(ILLEGAL_ADDRESS, "thread %u %s %u bytes at 0x%llx, outside of any allocation", thread, writes ? "writes" : "reads", bytes,
            (unsigned long long)address);
    }
  }
  if (address & (bytes - 1))
    fault(MISALIGNED_ADDRESS, "thread %u accesses %u bytes at 0x%llx", thread, bytes, (unsigned long long)address);
  if (options.checks) {
    Allocation& a = *cached;
    if (!a.initialised.empty()) {
      uint8_t* state = &a.initialised[address - a.base];
      if (!writes || atomic)
        for (u32 k = 0; k < bytes; k++)
          if (!state[k]) fault(LAUNCH_FAILED, "thread %u reads global memory that was never written, at 0x%llx", thread, (unsigned long long)(address + k));
      if (writes) memset(state, 1, bytes);
    }
    if (!a.words.empty() && !atomic) globalRace(w, a, address, bytes, writes, lane);
  }
  return (uint8_t*)address;
}

void Block::globalRace(const Warp& w, Allocation& a, u64 address, u32 bytes, bool writes, int lane) {
  u32 thread = w.id * 32 + lane;
  for (u64 at = address & ~3ull; at < address + bytes; at += 4) {
    GlobalWord& word = a.words[(at - a.base) / 4];
    auto conflict = [&](u32 block, u32 otherThread, u32 otherEpoch, u32 otherSequence, const char* what) {
      bool same = block == index;
      if (same && (otherThread == thread || otherEpoch != (uint16_t)epoch)) return;
      if (same && otherThread / 32 == w.id && otherThread != 0xffff) return;  // ordered by __syncwarp, checked in shared memory
      for (auto& [seen, upTo] : acquired)
        if (!same && seen == block && otherSequence < upTo) return;
      fault(LAUNCH_FAILED, "race: thread %u %s 0x%llx, %s by block %u, thread %u of this launch", thread, writes ? "writes" : "reads",
            (unsigned long long)at, what, block, otherThread);
    };
    if (word.writeLaunch == launch.id) conflict(word.writeBlock, word.writeThread, word.writeEpoch, word.writeSequence, "written");
    if (writes && word.readLaunch == launch.id && word.readBlock != SEVERAL)
      conflict(word.readBlock, word.readThread, word.readEpoch, 0, "read");
    else if (writes && word.readLaunch == launch.id)
      fault(LAUNCH_FAILED, "race: thread %u writes 0x%llx, read by several blocks of this launch", thread, (unsigned long long)at);
    if (writes) {
      word.writeLaunch = launch.id, word.writeBlock = index, word.writeThread = thread, word.writeEpoch = epoch;
      word.writeSequence = sequence;
    } else {
      bool other = word.readLaunch == launch.id && word.readBlock != index;
      word.readBlock = other ? SEVERAL : index;
      word.readThread = word.readLaunch == launch.id && !other && word.readThread != thread && word.readEpoch == (uint16_t)epoch ? 0xffff : thread;
      word.readLaunch = launch.id, word.readEpoch = epoch;
    }
  }
}

uint8_t* Block::sharedAt(const Warp& w, u32 address, u32 bytes, bool writes, int lane, bool atomic) {
  u32 thread = w.id * 32 + lane;
  if ((u64)address + bytes > shared.size())
    fault(ILLEGAL_ADDRESS, "thread %u %s %u bytes of shared memory at %u of %zu", thread, writes ? "writes" : "reads", bytes, address, shared.size());
  if (address & (bytes - 1)) fault(MISALIGNED_ADDRESS, "thread %u accesses %u bytes of shared memory at %u", thread, bytes, address);
  if (options.checks) {
    if (!atomic) sharedRace(w, address, bytes, writes, lane);
    uint8_t* state = &sharedState[address];
    for (u32 k = 0; k < bytes; k++) {
      if (state[k] == 2) fault(LAUNCH_FAILED, "thread %u accesses shared memory at %u, where a cp.async is on its way", thread, address + k);
      if (!state[k] && !writes) fault(LAUNCH_FAILED, "thread %u reads shared memory that was never written, at %u", thread, address + k);
    }
    if (writes) memset(state, 1, bytes);
  }
  return &shared[address];
}

void Block::sharedRace(const Warp& w, u32 address, u32 bytes, bool writes, int lane) {
  u32 thread = w.id * 32 + lane;
  for (u32 at = address / 4; at < (address + bytes + 3) / 4; at++) {
    SharedWord& word = words[at];
    auto ordered = [&](u32 other, u32 otherEpoch, u32 otherWarpEpoch) {
      return other == NOBODY || other == thread || otherEpoch != epoch || (other != SEVERAL && other / 32 == w.id && otherWarpEpoch != w.epoch);
    };
    if (!ordered(word.writer, word.writeEpoch, word.writeWarpEpoch))
      fault(LAUNCH_FAILED, "race: thread %u %s shared memory at %u, written by thread %u in line %d, no barrier between", thread,
            writes ? "writes" : "reads", at * 4, word.writer, word.writeLine);
    if (writes && !ordered(word.reader, word.readEpoch, word.readWarpEpoch))
      fault(LAUNCH_FAILED, "race: thread %u writes shared memory at %u, read by %s in line %d, no barrier between", thread, at * 4,
            word.reader == SEVERAL ? "others" : ("thread " + std::to_string(word.reader)).c_str(), word.readLine);
    if (writes) {
      word.writer = thread, word.writeEpoch = epoch, word.writeWarpEpoch = w.epoch, word.writeLine = current->line;
    } else {
      bool same = word.reader == NOBODY || word.readEpoch != epoch || word.reader == thread ||
                  (word.reader != SEVERAL && word.reader / 32 == w.id);
      word.reader = same ? thread : SEVERAL;
      word.readEpoch = epoch, word.readWarpEpoch = w.epoch, word.readLine = current->line;
    }
  }
}

void Block::countGlobal(const u64* addresses, u32 mask, u32 bytes, bool writes) {
  u64 sectors[256];
  int n = 0;
  for (u32 m = mask; m; m &= m - 1) {
    u64 a = addresses[__builtin_ctz(m)];
    for (u64 s = a / 32; s <= (a + bytes - 1) / 32; s++) {
      if (n && sectors[n - 1] == s) continue;
      sectors[n++] = s;
    }
  }
  std::sort(sectors, sectors + n);
  n = (int)(std::unique(sectors, sectors + n) - sectors);
  // Lanes may ask for the same bytes: ideal is what the distinct bytes need.
  u64 distinct[32];
  int d = 0;
  for (u32 m = mask; m; m &= m - 1) distinct[d++] = addresses[__builtin_ctz(m)];
  std::sort(distinct, distinct + d);
  d = (int)(std::unique(distinct, distinct + d) - distinct);
  stats.globalSectors += n;
  stats.globalSectorsIdeal += (d * bytes + 31) / 32;
  for (int k = 0; k < n; k++) {
    u64 at = sectors[k] * 32;
    if (!cached || at + 31 < cached->base || at >= cached->base + cached->size) cached = launch.memory.find(std::max<u64>(at, addresses[__builtin_ctz(mask)] & ~31ull));
    if (!cached) continue;
    auto& seen = writes ? cached->writtenIn : cached->readIn;
    size_t sector = (at - cached->base) / 32;
    if (sector < seen.size() && seen[sector] != launch.id) {
      seen[sector] = launch.id;
      (writes ? stats.writtenBytes : stats.readBytes) += 32;
    }
  }
}

void Block::countShared(const u32* addresses, u32 mask, u32 bytes, bool product) {
  if (!options.banks) return;
  // Served in phases of 128 bytes: a quarter, half or whole warp.
  int lanes = bytes >= 16 ? 8 : bytes == 8 ? 16 : 32;
  for (int first = 0; first < 32; first += lanes) {
    u32 words[32][32];
    int used[32] = {}, most = 0;
    bool any = false;
    for (int lane = first; lane < first + lanes; lane++) {
      if (!(mask >> lane & 1)) continue;
      any = true;
      for (u32 word = addresses[lane] / 4; word <= (addresses[lane] + bytes - 1) / 4; word++) {
        int bank = word & 31;
        if (std::find(words[bank], words[bank] + used[bank], word) == words[bank] + used[bank]) words[bank][used[bank]++] = word;
        most = std::max(most, used[bank]);
      }
    }
    if (!any) continue;
    stats.sharedCycles += most;
    stats.sharedCyclesIdeal += 1;
    if (product) stats.productCycles += most, stats.productCyclesIdeal += 1;
  }
}

// ---------------------------------------------------------------- numbers

static inline float asFloat(u32 u) { float f; memcpy(&f, &u, 4); return f; }
static inline u32 asBits(float f) { u32 u; memcpy(&u, &f, 4); return u; }
static inline u64 asBits(double f) { u64 u; memcpy(&u, &f, 8); return u; }
static inline double asDouble(u64 u) { double f; memcpy(&f, &u, 8); return f; }
static inline u32 toBf16(float f) {
  u32 u = asBits(f);
  return f != f ? 0x7fff : (u + 0x7fff + (u >> 16 & 1)) >> 16;
}
/// 2^x to about one unit in the last place; results below the least normal number are zero.
static inline float exp2Approx(float x) {
  float clamped = x < -150.f ? -150.f : x > 129.f ? 129.f : x;
  float n = nearbyintf(clamped), r = clamped - n;
  float p = 1.5252734e-5f;
  p = p * r + 1.5403530e-4f;
  p = p * r + 1.3333558e-3f;
  p = p * r + 9.6181291e-3f;
  p = p * r + 5.5504109e-2f;
  p = p * r + 2.4022651e-1f;
  p = p * r + 6.9314718e-1f;
  p = p * r + 1.f;
  int e = (int)n;
  int half = e / 2;
  float scaled = p * asFloat((u32)(half + 127) << 23) * asFloat((u32)(e - half + 127) << 23);
  scaled = scaled < 1.17549435e-38f ? 0.f : scaled;
  return x != x ? x : scaled;
}
/// Rounds towards minus infinity.
static inline float fmaDown(float a, float b, float c) {
  double product = (double)a * b, sum = product + c;
  // What the sum in double has lost (two-sum); the product is exact.
  double part = sum - product, lost = (product - (sum - part)) + (c - part);
  float r = (float)sum;
  u32 bits = asBits(r);
  u32 down = r > 0 ? bits - 1 : r < 0 ? bits + 1 : 0x80000001u;
  bool above = (double)r > sum || ((double)r == sum && lost < 0);
  return above ? asFloat(down) : r;
}

// ---------------------------------------------------------------- handlers

template <class T>
struct Storage { typedef T type; };
template <>
struct Storage<uint16_t> { typedef u32 type; };
template <>
struct Storage<int16_t> { typedef u32 type; };
template <class T>
using Stored = typename Storage<T>::type;

#define VECTORIZE _Pragma("GCC ivdep")

template <class T>
static inline void put(T* d, const T* t, u32 mask) {
  if (mask == ALL) {
    memcpy(d, t, 32 * sizeof(T));
  } else {
    VECTORIZE for (int l = 0; l < 32; l++) d[l] = mask >> l & 1 ? t[l] : d[l];
  }
}

template <class D, class A, auto F>
static void unary(Warp& w, const Inst& i, u32 mask) {
  const Stored<A>* a = w.source<Stored<A>>(i, 0);
  Stored<D> t[32];
  VECTORIZE for (int l = 0; l < 32; l++) t[l] = (Stored<D>)(D)F((A)a[l]);
  put(w.dest<Stored<D>>(i, 0), t, mask);
}
template <class D, class A, class B, auto F>
static void binary(Warp& w, const Inst& i, u32 mask) {
  const Stored<A>* a = w.source<Stored<A>>(i, 0);
  const Stored<B>* b = w.source<Stored<B>>(i, 1);
  Stored<D> t[32];
  VECTORIZE for (int l = 0; l < 32; l++) t[l] = (Stored<D>)(D)F((A)a[l], (B)b[l]);
  put(w.dest<Stored<D>>(i, 0), t, mask);
}
template <class D, class A, class B, class C, auto F>
static void ternary(Warp& w, const Inst& i, u32 mask) {
  const Stored<A>* a = w.source<Stored<A>>(i, 0);
  const Stored<B>* b = w.source<Stored<B>>(i, 1);
  const Stored<C>* c = w.source<Stored<C>>(i, 2);
  Stored<D> t[32];
  VECTORIZE for (int l = 0; l < 32; l++) t[l] = (Stored<D>)(D)F((A)a[l], (B)b[l], (C)c[l]);
  put(w.dest<Stored<D>>(i, 0), t, mask);
}
template <class A, auto F>
static void compare(Warp& w, const Inst& i, u32 mask) {
  const Stored<A>* a = w.source<Stored<A>>(i, 0);
  const Stored<A>* b = w.source<Stored<A>>(i, 1);
  u32 bits = 0;
  for (int l = 0; l < 32; l++) bits |= (u32)F((A)a[l], (A)b[l]) << l;
  if (i.sources > 2) {
    u32 with = w.predicateSource(i, 2);
    bits = i.mode == 1 ? bits & with : i.mode == 2 ? bits | with : bits ^ with;
  }
  w.setPredicate(i.d[0], bits, mask);
}

/// On approximations, up to two units in the last place either way.
static void perturb(Warp& w, const Inst& i, u32 mask) {
  if (!w.block->options.perturb) return;
  u32* d = w.dest<u32>(i, 0);
  for (u32 m = mask; m; m &= m - 1) {
    int l = __builtin_ctz(m);
    u32 exponent = d[l] >> 23 & 255;
    if (exponent > 0 && exponent < 254) d[l] += (int)(w.block->next() >> 40) % 5 - 2;
  }
}

template <class T>
static void select(Warp& w, const Inst& i, u32 mask) {
  const T* a = w.source<T>(i, 0);
  const T* b = w.source<T>(i, 1);
  u32 p = w.predicateSource(i, 2);
  T t[32];
  VECTORIZE for (int l = 0; l < 32; l++) t[l] = p >> l & 1 ? a[l] : b[l];
  put(w.dest<T>(i, 0), t, mask);
}

static void predicateLogic(Warp& w, const Inst& i, u32 mask) {
  u32 a = i.sources > 0 ? w.predicateSource(i, 0) : i.mode ? ALL : 0;
  u32 b = i.sources > 1 ? w.predicateSource(i, 1) : i.flag && i.mode ? ALL : 0;
  char op = i.opcode[0];  // and, or, xor, not, mov
  u32 r = op == 'a' ? a & b : op == 'o' ? a | b : op == 'x' ? a ^ b : op == 'n' ? ~a : a;
  w.setPredicate(i.d[0], r, mask);
}

static void packHalves(Warp& w, const Inst& i, u32 mask) {
  if (i.width == 8) {
    u64 t[32];
    for (int l = 0; l < 32; l++) t[l] = w.source<u32>(i, 0)[l] | (u64)w.source<u32>(i, 1)[l] << 32;
    put(w.dest<u64>(i, 0), t, mask);
  } else {
    u32 t[32];
    for (int l = 0; l < 32; l++) t[l] = (w.source<u32>(i, 0)[l] & 0xffff) | w.source<u32>(i, 1)[l] << 16;
    put(w.dest<u32>(i, 0), t, mask);
  }
}
static void unpackHalves(Warp& w, const Inst& i, u32 mask) {
  u64 v[32];
  for (int l = 0; l < 32; l++) v[l] = i.width == 8 ? w.source<u64>(i, 0)[l] : w.source<u32>(i, 0)[l];
  for (int k = 0; k < i.dests; k++) {
    if (i.d[k] < 0) continue;
    u32 t[32];
    for (int l = 0; l < 32; l++) t[l] = i.width == 8 ? (u32)(v[l] >> 32 * k) : (u32)(v[l] >> 16 * k) & 0xffff;
    put(w.dest<u32>(i, k), t, mask);
  }
}

static void loadParameter(Warp& w, const Inst& i, u32 mask) {
  const uint8_t* at = &w.block->launch.parameters[i.offset];
  for (int k = 0; k < i.dests; k++) {
    if (i.width == 8) {
      u64 v;
      memcpy(&v, at + 8 * k, 8);
      u64 t[32];
      std::fill(t, t + 32, v);
      put(w.dest<u64>(i, k), t, mask);
    } else {
      u32 v = 0;
      memcpy(&v, at + i.width * k, i.width);
      u32 t[32];
      std::fill(t, t + 32, v);
      put(w.dest<u32>(i, k), t, mask);
    }
  }
}

static inline u32 sharedAddress(const Warp& w, const Inst& i, int source, int lane) {
  return (u32)((i.flag ? (u32)w.source<u64>(i, source)[lane] : w.source<u32>(i, source)[lane]) + i.offset);
}

/// T as it is in memory; a wider register takes it extended.
template <class T, bool SHARED, int VECTOR>
static void loadMemory(Warp& w, const Inst& i, u32 mask) {
  Block& b = *w.block;
  constexpr u32 BYTES = sizeof(T) * VECTOR;
  const uint8_t* p[32];
  if (SHARED) {
    u32 addresses[32];
    for (u32 m = mask; m; m &= m - 1) {
      int l = __builtin_ctz(m);
      addresses[l] = sharedAddress(w, i, 0, l);
      p[l] = b.sharedAt(w, addresses[l], BYTES, false, l);
    }
    if (b.options.stats) b.countShared(addresses, mask, BYTES, BYTES == 16);
  } else {
    const u64* base = w.source<u64>(i, 0);
    u64 addresses[32];
    for (u32 m = mask; m; m &= m - 1) {
      int l = __builtin_ctz(m);
      addresses[l] = base[l] + i.offset;
      p[l] = b.global(w, addresses[l], BYTES, false, l);
    }
    if (b.options.stats) b.countGlobal(addresses, mask, BYTES, false);
  }
  for (int k = 0; k < VECTOR; k++) {
    if (i.d[k] < 0) continue;
    if (sizeof(T) == 8 || i.wide >> k & 1) {
      u64* d = w.dest<u64>(i, k);
      for (u32 m = mask; m; m &= m - 1) {
        int l = __builtin_ctz(m);
        T v;
        memcpy(&v, p[l] + k * sizeof(T), sizeof(T));
        d[l] = (u64)(s64)v;
      }
    } else {
      u32* d = w.dest<u32>(i, k);
      for (u32 m = mask; m; m &= m - 1) {
        int l = __builtin_ctz(m);
        T v;
        memcpy(&v, p[l] + k * sizeof(T), sizeof(T));
        d[l] = (u32)(s32)v;
      }
    }
  }
}
template <class T, bool SHARED, int VECTOR>
static void storeMemory(Warp& w, const Inst& i, u32 mask) {
  Block& b = *w.block;
  constexpr u32 BYTES = sizeof(T) * VECTOR;
  uint8_t* p[32];
  if (SHARED) {
    u32 addresses[32];
    for (u32 m = mask; m; m &= m - 1) {
      int l = __builtin_ctz(m);
      addresses[l] = sharedAddress(w, i, 0, l);
      p[l] = b.sharedAt(w, addresses[l], BYTES, true, l);
    }
    if (b.options.stats) b.countShared(addresses, mask, BYTES, false);
  } else {
    const u64* base = w.source<u64>(i, 0);
    u64 addresses[32];
    for (u32 m = mask; m; m &= m - 1) {
      int l = __builtin_ctz(m);
      addresses[l] = base[l] + i.offset;
      p[l] = b.global(w, addresses[l], BYTES, true, l);
    }
    if (b.options.stats) b.countGlobal(addresses, mask, BYTES, true);
  }
  for (int k = 0; k < VECTOR; k++) {
    bool wide = sizeof(T) == 8 || i.wide >> (k + 1) & 1;
    for (u32 m = mask; m; m &= m - 1) {
      int l = __builtin_ctz(m);
      T v = wide ? (T)w.source<u64>(i, k + 1)[l] : (T)w.source<u32>(i, k + 1)[l];
      memcpy(p[l] + k * sizeof(T), &v, sizeof(T));
    }
  }
}

/// atom.global.add.u32: an atomic after a fence makes earlier writes visible to whoever comes to it later.
static void atomicAddGlobal(Warp& w, const Inst& i, u32 mask) {
  Block& b = *w.block;
  std::lock_guard<std::mutex> guard(b.launch.atomics);
  for (u32 m = mask; m; m &= m - 1) {
    int l = __builtin_ctz(m);
    u64 address = w.source<u64>(i, 0)[l] + i.offset;
    uint8_t* p = b.global(w, address, 4, true, l, true);
    u32 before;
    memcpy(&before, p, 4);
    u32 after = before + w.source<u32>(i, 1)[l];
    memcpy(p, &after, 4);
    if (i.d[0] >= 0) w.dest<u32>(i, 0)[l] = before;
    if (b.options.checks) {
      auto& released = b.launch.released[address];
      b.acquired.insert(b.acquired.end(), released.begin(), released.end());
      b.sequence++;
      if (b.fenced) released.push_back({b.index, b.sequence});
      b.fenced = false;
    }
  }
}
static void atomicMaxShared(Warp& w, const Inst& i, u32 mask) {
  for (u32 m = mask; m; m &= m - 1) {
    int l = __builtin_ctz(m);
    uint8_t* p = w.block->sharedAt(w, sharedAddress(w, i, 0, l), 4, true, l, true);
    s32 before;
    memcpy(&before, p, 4);
    s32 after = std::max(before, w.source<s32>(i, 1)[l]);
    memcpy(p, &after, 4);
    if (i.d[0] >= 0) w.dest<s32>(i, 0)[l] = before;
  }
}
static void fence(Warp& w, const Inst&, u32) { w.block->fenced = true; }

template <int MODE>  // 0 up, 1 down, 2 bfly, 3 idx
static void shuffle(Warp& w, const Inst& i, u32 mask) {
  const u32 *a = w.source<u32>(i, 0), *b = w.source<u32>(i, 1), *c = w.source<u32>(i, 2);
  u32 t[32] = {}, inRange = 0;
  for (u32 m = mask; m; m &= m - 1) {
    int l = __builtin_ctz(m);
    u32 distance = b[l] & 31, clamp = c[l] & 31, segment = c[l] >> 8 & 31;
    int greatest = (l & segment) | (clamp & ~segment), least = l & segment;
    int from = MODE == 0 ? l - (int)distance : MODE == 1 ? l + (int)distance : MODE == 2 ? l ^ (int)distance : least | (int)(distance & ~segment);
    bool ok = MODE == 0 ? from >= greatest : from <= greatest;
    if (!ok) from = l;
    if (!(mask >> from & 1)) w.block->fault(LAUNCH_FAILED, "lane %d shuffles from lane %d, which takes no part", l, from);
    t[l] = a[from];
    inRange |= (u32)ok << l;
  }
  put(w.dest<u32>(i, 0), t, mask);
  if (i.dests > 1) w.setPredicate(i.d[1], inRange, mask);
}
static void voteAny(Warp& w, const Inst& i, u32 mask) {
  w.setPredicate(i.d[0], w.predicateSource(i, 0) & mask ? ALL : 0, mask);
}
static void warpSync(Warp& w, const Inst&, u32) { w.epoch++; }

static void matrixMultiply(Warp& w, const Inst& i, u32) {
  // Fragments of 8 × 8: lane g·4 + t holds elements (g, 2t) and (g, 2t + 1).
  alignas(64) float a[4][8][8], b[2][8][8], c[2][8][8];
  auto expand = [](const u32* v, float* m) {
    u32* u = (u32*)m;
    VECTORIZE for (int l = 0; l < 32; l++) {
      u[2 * l] = v[l] << 16;
      u[2 * l + 1] = v[l] & 0xffff0000u;
    }
  };
  for (int k = 0; k < 4; k++) expand(w.source<u32>(i, k), &a[k][0][0]);
  for (int k = 0; k < 2; k++) {
    float t[8][8];
    expand(w.source<u32>(i, 4 + k), &t[0][0]);
    for (int n = 0; n < 8; n++)
      for (int q = 0; q < 8; q++) b[k][q][n] = t[n][q];
  }
  for (int h = 0; h < 2; h++) {
    const float *even = w.source<float>(i, 6 + 2 * h), *odd = w.source<float>(i, 7 + 2 * h);
    float* m = &c[h][0][0];
    VECTORIZE for (int l = 0; l < 32; l++) {
      m[2 * l] = even[l];
      m[2 * l + 1] = odd[l];
    }
  }
  typedef float V8 __attribute__((vector_size(32)));
  bool reversed = w.block->options.perturb;
  for (int h = 0; h < 2; h++)
    for (int row = 0; row < 8; row++) {
      V8 sum = *(V8*)c[h][row];
      for (int step = 0; step < 2; step++) {
        int k = reversed ? 1 - step : step;
        for (int q = 0; q < 8; q++) {
          int at = reversed ? 7 - q : q;
          sum += a[h + 2 * k][row][at] * *(V8*)b[k][at];
        }
      }
      *(V8*)c[h][row] = sum;
    }
  for (int h = 0; h < 2; h++) {
    float *even = w.dest<float>(i, 2 * h), *odd = w.dest<float>(i, 2 * h + 1);
    const float* m = &c[h][0][0];
    VECTORIZE for (int l = 0; l < 32; l++) {
      even[l] = m[2 * l];
      odd[l] = m[2 * l + 1];
    }
  }
  w.block->stats.mma++;
}
template <bool TRANSPOSED>
static void loadMatrix(Warp& w, const Inst& i, u32) {
  Block& b = *w.block;
  const uint16_t* row[32];
  u32 addresses[32];
  for (int l = 0; l < 32; l++) {
    addresses[l] = sharedAddress(w, i, 0, l);
    row[l] = (const uint16_t*)b.sharedAt(w, addresses[l], 16, false, l);
  }
  if (b.options.stats) b.countShared(addresses, ALL, 16, true);
  for (int k = 0; k < 4; k++) {
    u32* d = w.dest<u32>(i, k);
    const uint16_t** r = row + 8 * k;
    for (int l = 0; l < 32; l++)
      d[l] = TRANSPOSED ? r[2 * (l & 3)][l >> 2] | (u32)r[2 * (l & 3) + 1][l >> 2] << 16
                        : r[l >> 2][2 * (l & 3)] | (u32)r[l >> 2][2 * (l & 3) + 1] << 16;
  }
  b.stats.ldmatrix++;
}

static void copyAsync(Warp& w, const Inst& i, u32 mask) {
  Block& b = *w.block;
  const u64* source = w.source<u64>(i, 1);
  const u32* bytes = w.source<u32>(i, 2);
  u32 targets[32];
  u64 sources[32];
  u32 present = 0;
  for (u32 m = mask; m; m &= m - 1) {
    int l = __builtin_ctz(m);
    targets[l] = w.source<u32>(i, 0)[l] + (u32)i.offset;
    sources[l] = source[l] + i.offset2;
    if (bytes[l] != 0 && bytes[l] != 16) b.fault(LAUNCH_FAILED, "cp.async of %u bytes", bytes[l]);
    b.sharedAt(w, targets[l], 16, true, l);
    if (b.options.checks) memset(&b.sharedState[targets[l]], 2, 16);
    if (bytes[l]) {
      b.global(w, sources[l], 16, false, l);
      present |= 1u << l;
    }
    w.pending.push_back({targets[l], bytes[l] != 0, sources[l], l});
  }
  if (b.options.stats) {
    b.countShared(targets, mask, 16, false);
    if (present) b.countGlobal(sources, present, 16, false);
  }
  b.stats.cpAsync++;
}
static void commitGroup(Warp& w, const Inst&, u32 mask) {
  if (mask != w.alive) w.block->fault(LAUNCH_FAILED, "some lanes only commit their copies (mask %08x of %08x)", mask, w.alive);
  w.committed.push_back(w.pending.size());
}
static void waitGroup(Warp& w, const Inst& i, u32) {
  Block& b = *w.block;
  if (w.committed.size() <= i.mode) return;
  size_t groups = w.committed.size() - i.mode, copies = w.committed[groups - 1];
  for (size_t k = 0; k < copies; k++) {
    PendingCopy& c = w.pending[k];
    if (b.options.checks) memset(&b.sharedState[c.target], 1, 16);
    uint8_t* target = b.sharedAt(w, c.target, 16, true, c.lane);
    if (c.present) memcpy(target, (const void*)c.source, 16);
    else memset(target, 0, 16);
  }
  w.pending.erase(w.pending.begin(), w.pending.begin() + copies);
  w.committed.erase(w.committed.begin(), w.committed.begin() + groups);
  for (size_t& c : w.committed) c -= copies;
}

template <class T>
static T divideRound(T a, T b) { return b ? (T)(a / b) : (T)-1; }

// ---------------------------------------------------------------- from opcode to handler

Handler bind(Inst& i, const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) name += (name.empty() ? "" : ".") + part;
  const std::string& op = parts[0];
  const std::string& type = parts.back();
  auto has = [&](const char* part) { return std::find(parts.begin() + 1, parts.end(), part) != parts.end(); };

  if (type == "pred" && op != "vote" && op != "setp") return predicateLogic;
  if (op == "mov" && i.mode == 1) return packHalves;
  if (op == "mov" && i.mode == 2) return unpackHalves;
  if (op == "setp") {
    i.mode = has("and") ? 1 : has("or") ? 2 : has("xor") ? 3 : 0;
    const std::string& c = parts[1];
#define COMPARE(word, T, expression) \
  if (c == word) return compare<T, [](T a, T b) -> bool { return (expression); }>;
#define ORDER(T) \
  COMPARE("eq", T, a == b) COMPARE("ne", T, a < b || a > b) COMPARE("lt", T, a < b) COMPARE("le", T, a <= b) COMPARE("gt", T, a > b) COMPARE("ge", T, a >= b)
#define UNORDERED(T) \
  COMPARE("equ", T, !(a < b || a > b)) COMPARE("neu", T, !(a == b)) COMPARE("ltu", T, !(a >= b)) COMPARE("leu", T, !(a > b)) COMPARE("gtu", T, !(a <= b)) COMPARE("geu", T, !(a < b)) COMPARE("num", T, a == a && b == b) COMPARE("nan", T, a != a || b != b)
    if (type == "s32") { ORDER(s32) }
    if (type == "u32" || type == "b32") { ORDER(u32) }
    if (type == "s64") { ORDER(s64) }
    if (type == "u64" || type == "b64") { ORDER(u64) }
    if (type == "s16") { ORDER(int16_t) }
    if (type == "u16" || type == "b16") { ORDER(uint16_t) }
    if (type == "f32") { ORDER(float) UNORDERED(float) }
    if (type == "f64") { ORDER(double) UNORDERED(double) }
    return nullptr;
  }
  if (op == "selp") return i.width == 8 ? select<u64> : select<u32>;
  if (name == "vote.sync.any.pred") return voteAny;
  if (name == "bar.warp.sync") return warpSync;
  if (op == "shfl") return has("up") ? shuffle<0> : has("down") ? shuffle<1> : has("bfly") ? shuffle<2> : shuffle<3>;
  if (op == "ld" && has("param")) return loadParameter;
  if (op == "ld" || op == "st") {
    bool store = op == "st", shared = has("shared");
#define ACCESS(word, T)                                                                                                     \
  if (type == word) {                                                                                                       \
    if (store) return shared ? i.vector == 4 ? storeMemory<T, true, 4> : i.vector == 2 ? storeMemory<T, true, 2> : storeMemory<T, true, 1>  \
                             : i.vector == 4 ? storeMemory<T, false, 4> : i.vector == 2 ? storeMemory<T, false, 2> : storeMemory<T, false, 1>; \
    return shared ? i.vector == 4 ? loadMemory<T, true, 4> : i.vector == 2 ? loadMemory<T, true, 2> : loadMemory<T, true, 1>                \
                  : i.vector == 4 ? loadMemory<T, false, 4> : i.vector == 2 ? loadMemory<T, false, 2> : loadMemory<T, false, 1>;               \
  }
    ACCESS("u8", uint8_t) ACCESS("b8", uint8_t) ACCESS("u16", uint16_t) ACCESS("b16", uint16_t)
    ACCESS("u32", u32) ACCESS("b32", u32) ACCESS("f32", u32) ACCESS("s32", s32) ACCESS("u64", u64) ACCESS("b64", u64) ACCESS("f64", u64)
    return nullptr;
  }
  if (name == "atom.global.add.u32") return atomicAddGlobal;
  if (name == "atom.shared.max.s32") return atomicMaxShared;
  if (op == "membar") return fence;
  if (op == "mma") return matrixMultiply;
  if (op == "ldmatrix") return has("trans") ? loadMatrix<true> : loadMatrix<false>;
  if (op == "cp") return has("commit_group") ? commitGroup : has("wait_group") ? waitGroup : copyAsync;

#define UNARY(opcode, D, A, expression) \
  if (name == opcode) return unary<D, A, [](A a) -> D { return (expression); }>;
#define BINARY(opcode, D, A, B, expression) \
  if (name == opcode) return binary<D, A, B, [](A a, B b) -> D { return (expression); }>;
#define TERNARY(opcode, D, A, B, C, expression) \
  if (name == opcode) return ternary<D, A, B, C, [](A a, B b, C c) -> D { return (expression); }>;
#define APPROXIMATE(opcode, D, A, expression)                             \
  if (name == opcode)                                                     \
    return [](Warp& w, const Inst& i, u32 mask) {                         \
      unary<D, A, [](A a) -> D { return (expression); }>(w, i, mask);       \
      perturb(w, i, mask);                                                \
    };
  UNARY("mov.u16", uint16_t, uint16_t, a)
  UNARY("mov.u32", u32, u32, a)
  UNARY("mov.b32", u32, u32, a)
  UNARY("mov.f32", u32, u32, a)
  UNARY("mov.u64", u64, u64, a)
  UNARY("mov.b64", u64, u64, a)
  UNARY("mov.f64", u64, u64, a)
  UNARY("cvta.to.global.u64", u64, u64, a)
  BINARY("add.s32", u32, u32, u32, a + b)
  BINARY("add.s64", u64, u64, u64, a + b)
  BINARY("sub.s32", u32, u32, u32, a - b)
  BINARY("sub.s64", u64, u64, u64, a - b)
  BINARY("mul.lo.s32", u32, u32, u32, a * b)
  BINARY("mul.lo.s64", u64, u64, u64, a * b)
  BINARY("mul.wide.s32", u64, s32, s32, (u64)((s64)a * b))
  BINARY("mul.wide.u32", u64, u32, u32, (u64)a * b)
  BINARY("mul.wide.u16", u32, uint16_t, uint16_t, (u32)a * b)
  TERNARY("mad.lo.s32", u32, u32, u32, u32, a * b + c)
  BINARY("div.s32", u32, s32, s32, (u32)(b == -1 ? -(s64)a : (s64)divideRound(a, b)))
  BINARY("rem.s32", u32, s32, s32, (u32)(b == -1 ? 0 : b ? a % b : a))
  BINARY("max.s32", s32, s32, s32, a > b ? a : b)
  BINARY("min.s32", s32, s32, s32, a < b ? a : b)
  UNARY("neg.s32", u32, u32, 0u - a)
  BINARY("and.b16", uint16_t, uint16_t, uint16_t, a & b)
  BINARY("and.b32", u32, u32, u32, a & b)
  BINARY("and.b64", u64, u64, u64, a & b)
  BINARY("or.b32", u32, u32, u32, a | b)
  BINARY("or.b64", u64, u64, u64, a | b)
  BINARY("xor.b32", u32, u32, u32, a ^ b)
  UNARY("not.b32", u32, u32, ~a)
  BINARY("shl.b32", u32, u32, u32, b > 31 ? 0 : a << b)
  BINARY("shl.b64", u64, u64, u32, b > 63 ? 0 : a << b)
  BINARY("shr.u32", u32, u32, u32, b > 31 ? 0 : a >> b)
  BINARY("shr.s32", s32, s32, u32, a >> (b > 31 ? 31 : b))
  BINARY("shr.u64", u64, u64, u32, b > 63 ? 0 : a >> b)
  if (name == "bfi.b32")
    return [](Warp& w, const Inst& i, u32 mask) {
      u32 t[32];
      for (int l = 0; l < 32; l++) {
        u32 a = w.source<u32>(i, 0)[l], b = w.source<u32>(i, 1)[l], at = w.source<u32>(i, 2)[l] & 255, length = w.source<u32>(i, 3)[l] & 255;
        u32 bits = at > 31 || !length ? 0 : (length > 31 ? ALL : (1u << length) - 1) << at;
        t[l] = (b & ~bits) | (at > 31 ? 0 : a << at & bits);
      }
      put(w.dest<u32>(i, 0), t, mask);
    };
  UNARY("cvt.s64.s32", u64, s32, (u64)(s64)a)
  UNARY("cvt.u64.u32", u64, u32, a)
  UNARY("cvt.u32.u64", u32, u64, (u32)a)
  UNARY("cvt.u16.u32", uint16_t, u32, (uint16_t)a)
  UNARY("cvt.rn.f32.s32", float, s32, (float)a)
  UNARY("cvt.rn.f64.s32", double, s32, a)
  UNARY("cvt.rn.f32.f64", float, double, (float)a)
  UNARY("cvt.f64.f32", double, float, a)
  UNARY("cvt.sat.f32.f32", float, float, a > 1.f ? 1.f : a > 0.f ? a : 0.f)
  BINARY("cvt.rn.bf16x2.f32", u32, float, float, toBf16(a) << 16 | toBf16(b))
  BINARY("add.f32", float, float, float, a + b)
  BINARY("sub.f32", float, float, float, a - b)
  BINARY("mul.f32", float, float, float, a * b)
  BINARY("div.rn.f32", float, float, float, a / b)
  TERNARY("fma.rn.f32", float, float, float, float, __builtin_fmaf(a, b, c))
  TERNARY("fma.rm.f32", float, float, float, float, fmaDown(a, b, c))
  BINARY("max.f32", float, float, float, a != a ? b : b != b ? a : a > b ? a : b)
  BINARY("min.f32", float, float, float, a != a ? b : b != b ? a : a < b ? a : b)
  UNARY("neg.f32", u32, u32, a ^ 0x80000000u)
  UNARY("abs.f32", u32, u32, a & 0x7fffffffu)
  UNARY("rcp.rn.f32", float, float, 1.f / a)
  UNARY("sqrt.rn.f32", float, float, __builtin_sqrtf(a))
  APPROXIMATE("ex2.approx.ftz.f32", float, float, exp2Approx(a))
  BINARY("add.f64", double, double, double, a + b)
  BINARY("add.rn.f64", double, double, double, a + b)
  BINARY("sub.f64", double, double, double, a - b)
  BINARY("mul.f64", double, double, double, a * b)
  BINARY("div.rn.f64", double, double, double, a / b)
  TERNARY("fma.rn.f64", double, double, double, double, __builtin_fma(a, b, c))
  BINARY("max.f64", double, double, double, a != a ? b : b != b ? a : a > b ? a : b)
  BINARY("min.f64", double, double, double, a != a ? b : b != b ? a : a < b ? a : b)
  UNARY("neg.f64", u64, u64, a ^ 0x8000000000000000ull)
  UNARY("abs.f64", u64, u64, a & 0x7fffffffffffffffull)
  BINARY("copysign.f64", u64, u64, u64, (a & 0x8000000000000000ull) | (b & 0x7fffffffffffffffull))
  UNARY("sqrt.rn.f64", double, double, __builtin_sqrt(a))
  UNARY("rcp.approx.ftz.f64", u64, double, asBits(1. / a) & 0xffffffff00000000ull)
  return nullptr;
}

// ---------------------------------------------------------------- warps and blocks

/// Runs one warp until it waits; true if anything ran. Lanes part at branches and meet again at the least address.
bool Block::step(Warp& w) {
  bool ran = false;
  int budget = options.perturb ? 1 + (int)(next() >> 57) : 1 << 30;
  u64 instructions = 0;
  struct Count {
    u64& from;
    u64& to;
    ~Count() { to += from; }
  } counted{instructions, stats.warpInstructions};
  while (!w.groups.empty()) {
    int best = -1;
    for (int k = 0; k < (int)w.groups.size(); k++)
      if (w.groups[k].state == Group::RUNS && (best < 0 || w.groups[k].pc < w.groups[best].pc)) best = k;
    if (best < 0) return ran;
    int stop = 1 << 30;
    for (int k = 0; k < (int)w.groups.size(); k++)
      if (k != best && w.groups[k].pc >= w.groups[best].pc) stop = std::min(stop, w.groups[k].pc);
    for (;;) {
      Group& g = w.groups[best];
      if (g.pc >= stop) {
        for (int k = 0; k < (int)w.groups.size(); k++)
          if (k != best && w.groups[k].pc == g.pc && w.groups[k].state != Group::AT_BARRIER) {
            w.groups[k].mask |= g.mask;
            w.groups[k].state = Group::RUNS;
            w.groups.erase(w.groups.begin() + best);
            break;
          }
        break;
      }
      const Inst& i = f.code[g.pc];
      current = &i;
      u32 mask = g.mask;
      ran = true;
      instructions++;
      if (i.predicate >= 0) mask &= i.negated ? ~w.predicates[i.predicate] : w.predicates[i.predicate];
      if (i.kind == Kind::PLAIN) {
        if (mask) i.run(w, i, mask);
        if (options.stats) stats.flops += (u64)i.flops * __builtin_popcount(mask);
        g.pc++;
        if (--budget <= 0) return true;
        continue;
      }
      if (i.kind == Kind::BRANCH) {
        if (mask == g.mask) {
          bool back = i.target <= g.pc;
          g.pc = i.target;
          if (back && instructions > MOST_INSTRUCTIONS) fault(LAUNCH_FAILED, "a block runs on and on");
          if (back && (w.groups.size() > 1 || --budget <= 0)) break;
          if (w.groups.size() > 1) break;
        } else if (!mask) {
          g.pc++;
        } else {
          g.mask &= ~mask;
          g.pc++;
          bool merged = false;
          for (Group& other : w.groups)
            if (other.pc == i.target && other.state == Group::RUNS && &other != &g) {
              other.mask |= mask;
              merged = true;
              break;
            }
          if (!merged) w.groups.push_back({i.target, mask, Group::RUNS});
          break;
        }
        continue;
      }
      if (i.kind == Kind::RETURN) {
        w.alive &= ~mask;
        alive -= __builtin_popcount(mask);
        if (!w.alive && !w.pending.empty()) fault(LAUNCH_FAILED, "warp %u ends with copies on their way", w.id);
        g.mask &= ~mask;
        if (!g.mask) w.groups.erase(w.groups.begin() + best);
        else g.pc++;
        break;
      }
      if (i.kind == Kind::BARRIER) {
        if (mask != g.mask) fault(LAUNCH_FAILED, "a barrier for some lanes only");
        g.state = Group::AT_BARRIER;
        atBarrier += __builtin_popcount(mask);
        stats.barriers++;
        break;
      }
      u32 needed = i.mask < 0 ? ALL : w.source<u32>(i, i.mask)[__builtin_ctz(mask ? mask : 1)];
      if (needed & ~w.alive) fault(LAUNCH_FAILED, "lanes that have ended are named in %08x, alive are %08x", needed, w.alive);
      if (mask & ~needed) fault(LAUNCH_FAILED, "a lane is outside of its own mask %08x", needed);
      if (mask != needed) {
        g.state = Group::AT_SYNC;
        break;
      }
      i.run(w, i, mask);
      g.pc++;
      if (--budget <= 0) return true;
    }
    if (budget <= 0) return true;
  }
  return ran;
}

void Block::run() {
  alive = threads;
  atBarrier = 0;
  epoch = 1;
  sequence = 0;
  acquired.clear();
  fenced = false;
  if (options.checks) {
    words.assign((shared.size() + 3) / 4, SharedWord());
    sharedState.assign(shared.size(), 0);
  }
  memset(shared.data(), 0xff, shared.size());
  for (Warp& w : warps) {
    w.predicates.assign(f.predicates, 0);
    u32 lanes = std::min(32u, threads - w.id * 32);
    w.alive = lanes == 32 ? ALL : (1u << lanes) - 1;
    w.groups.assign(1, {0, w.alive, Group::RUNS});
    w.pending.clear();
    w.committed.clear();
    w.epoch = 0;
    // The special registers lie first, in the order of SPECIAL in parse.cpp.
    u32* special = (u32*)w.registers.data();
    for (int l = 0; l < 32; l++) {
      u32 t = w.id * 32 + l;
      const Dim &b = launch.block, &g = launch.grid;
      u32 values[] = {t % b.x, t / b.x % b.y, t / b.x / b.y, b.x, b.y, b.z, x, y, z, g.x, g.y, g.z, (u32)l};
      for (size_t k = 0; k < sizeof values / 4; k++) special[k * 32 + l] = values[k];
    }
  }
  while (alive) {
    bool ran = false;
    u32 n = warps.size(), start = options.perturb ? (u32)(next() >> 33) % n : 0;
    for (u32 k = 0; k < n; k++) ran |= step(warps[(start + k) % n]);
    if (alive && atBarrier == alive) {
      int pc = -1;
      for (Warp& w : warps)
        for (Group& g : w.groups) {
          if (pc >= 0 && g.pc != pc) fault(LAUNCH_FAILED, "threads wait at different barriers: lines %d and %d", f.code[pc].line, f.code[g.pc].line);
          pc = g.pc;
        }
      for (Warp& w : warps)
        for (Group& g : w.groups) g.state = Group::RUNS, g.pc++;
      atBarrier = 0;
      epoch++;
      ran = true;
    }
    if (!ran && alive) {
      std::string where;
      for (Warp& w : warps)
        for (Group& g : w.groups) {
          char text[80];
          snprintf(text, sizeof text, " warp %u/%08x in line %d (%s)", w.id, g.mask, f.code[g.pc].line, g.state == Group::AT_BARRIER ? "barrier" : "warp");
          where += text;
        }
      fault(LAUNCH_FAILED, "deadlock:%.300s", where.c_str());
    }
  }
}

void launch(Function& f, Dim grid, Dim block, u32 dynamicShared, const void* const* arguments, Memory& memory, const Options& given) {
  static std::atomic<u32> launches{0};
  Launch l{f, grid, block, dynamicShared, {}, memory, given, ++launches, {}, {}};
  l.parameters.resize(f.parameterBytes + 16);
  for (size_t k = 0; k < f.parameters.size(); k++) memcpy(&l.parameters[f.parameters[k].offset], arguments[k], f.parameters[k].size);
  if (given.checks || given.stats) l.options.threads = 1;
  u64 blocks = (u64)grid.x * grid.y * grid.z;
  std::atomic<u64> next{0};
  std::mutex lock;
  std::unique_ptr<Fault> failure;
  auto work = [&] {
    Block b(l);
    for (u64 k; (k = next++) < blocks;) {
      u64 at = given.perturb ? blocks - 1 - k : k;
      b.index = (u32)at;
      b.x = at % grid.x, b.y = at / grid.x % grid.y, b.z = at / grid.x / grid.y;
      try {
        b.run();
      } catch (const Fault& e) {
        std::lock_guard<std::mutex> guard(lock);
        if (!failure) failure.reset(new Fault(e));
        next = blocks;
      }
    }
    std::lock_guard<std::mutex> guard(lock);
    b.stats.tensorFlops = b.stats.mma * 4096;
    f.stats.add(b.stats);
  };
  if (l.options.threads > 1 && blocks > 1) {
    std::vector<std::thread> threads;
    for (int k = 0; k < l.options.threads; k++) threads.emplace_back(work);
    for (std::thread& t : threads) t.join();
  } else {
    work();
  }
  f.stats.launches++;
  if (failure) throw *failure;
}

}  // namespace ptx
