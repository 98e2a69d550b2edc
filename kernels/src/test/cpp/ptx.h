// A PTX interpreter for tests: runs the very text that ships, a warp at a time, on host memory.
//
// Semantics: PTX ISA 7.0. What it checks is in Options; what it cannot tell: speed, mistakes of ptxas or of a driver, weak
// memory order, and the last bits of tensor cores and of approximate instructions.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ptx {

typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/// CUDA error codes that a kernel can end in.
enum Code { OK = 0, ILLEGAL_ADDRESS = 700, MISALIGNED_ADDRESS = 716, LAUNCH_FAILED = 719 };

/// A mistake of a kernel; ends its launch.
struct Fault : std::runtime_error {
  Code code;
  Fault(Code code, const std::string& message) : std::runtime_error(message), code(code) {}
};

/// Last accesses to four bytes of global memory.
struct GlobalWord {
  u32 writeLaunch = 0, writeBlock = 0, readLaunch = 0, readBlock = 0;
  uint16_t writeThread = 0, writeEpoch = 0, readThread = 0, readEpoch = 0;
  u32 writeSequence = 0;
};

/// One allocation of device memory.
struct Allocation {
  u64 base = 0, size = 0;
  std::vector<uint8_t> initialised;  // [bytes], when checked
  std::vector<GlobalWord> words;     // [size / 4], when races are looked for
  std::vector<u32> readIn, writtenIn;  // [size / 32] last launch that touched a sector, when counting
};

/// Device memory, as the driver keeps it.
struct Memory {
  virtual Allocation* find(u64 address) = 0;
  virtual ~Memory() {}
};

struct Options {
  bool checks = false;   // races, initialisation, cp.async
  bool perturb = false;  // other orders of sums and blocks, two units in the last place on approximations
  bool stats = false;    // counts work and traffic
  bool banks = true;     // of these, bank conflicts: they take the longest to count
  int threads = 1;
  u64 seed = 1;
};

/// What one or more launches did. Sums.
struct Stats {
  u64 launches = 0, warpInstructions = 0, flops = 0, tensorFlops = 0;
  u64 readBytes = 0, writtenBytes = 0;              // sectors touched at least once per launch
  u64 globalSectors = 0, globalSectorsIdeal = 0;    // per request
  u64 sharedCycles = 0, sharedCyclesIdeal = 0;      // loads and stores
  u64 productCycles = 0, productCyclesIdeal = 0;    // ldmatrix and 16-byte loads
  u64 mma = 0, ldmatrix = 0, cpAsync = 0, barriers = 0;
  void add(const Stats& other);
};

struct Dim {
  u32 x = 1, y = 1, z = 1;
};

struct Parameter {
  std::string name;
  u32 size, offset;
};

struct Warp;
struct Inst;
typedef void (*Handler)(Warp&, const Inst&, u32 mask);

enum class Kind : uint8_t { PLAIN, BRANCH, RETURN, BARRIER, WARP_SYNC };

struct Inst {
  Handler run = nullptr;
  Kind kind = Kind::PLAIN;
  bool negated = false, flag = false;
  uint8_t dests = 0, sources = 0, width = 0, vector = 1, mode = 0, flops = 0;
  int predicate = -1;
  // Registers: byte offset into those of the warp, or ~offset into the constants. Predicates: number.
  int d[4] = {}, s[10] = {};
  s64 offset = 0, offset2 = 0;
  int target = -1, line = 0, mask = -1;
  u32 wide = 0;       // bit k: destination k is a 64-bit register
  u32 notted = 0;     // bit k: predicate source k is negated
  const char* opcode = "";
};

struct Function {
  std::string name;
  std::vector<Parameter> parameters;
  u32 parameterBytes = 0, maxThreads = 1024, staticShared = 0, dynamicStart = 0;
  u32 registerBytes = 0, predicates = 0;
  std::vector<u32> constants;  // 32 lanes of each
  std::vector<Inst> code;
  Stats stats;
};

struct Module {
  std::map<std::string, std::unique_ptr<Function>> functions;
  int version = 0;  // 70 for 7.0
};

/// Parses; throws std::runtime_error for what is not understood or has no test of its own.
std::unique_ptr<Module> load(const std::string& text);

/// Runs; throws Fault.
void launch(Function& f, Dim grid, Dim block, u32 dynamicShared, const void* const* arguments, Memory& memory, const Options& options);

/// Whether this spelling of an opcode has a test of its own (opcodes.inc).
bool tested(const std::string& opcode);
/// Every spelling that has one.
std::vector<std::string> testedOpcodes();

/// Finds the handler of an instruction from the parts of its opcode; null if there is none.
Handler bind(Inst& i, const std::vector<std::string>& parts);

}  // namespace ptx
