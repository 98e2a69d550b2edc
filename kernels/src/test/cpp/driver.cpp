// A libcuda.so.1 for tests: the part of the driver that Patchcast uses, on host memory, kernels run by the interpreter.
//
// Loaded before JCuda's own library, whose need for libcuda.so.1 it satisfies by its soname. Tests steer it and read its
// counters by the two functions at the end, which are methods of io.patchcast.backend.cuda.Rig.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <list>
#include <mutex>
#include <set>

#include "ptx.h"

typedef int Result;
typedef uint64_t Address;
#define API(name, ...) extern "C" Result name(__VA_ARGS__)

enum {
  SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101, INVALID_CONTEXT = 201,
  INVALID_PTX = 218, UNSUPPORTED_PTX_VERSION = 222, INVALID_HANDLE = 400, NOT_FOUND = 500, LAUNCH_OUT_OF_RESOURCES = 701,
  CAPTURE_UNSUPPORTED = 900, UNKNOWN = 999
};

namespace {

constexpr int DEVICES = 4;
constexpr int OPTIN_SHARED = 166912, DEFAULT_SHARED = 49152;

struct Context {
  int device;
  int retained = 0;
};
typedef std::function<Result()> Work;
struct Graph {
  Context* context;
  std::vector<Work> nodes;
};
struct Stream {
  Context* context;
  Graph* capture = nullptr;
  std::list<Work> queue;
};
struct Kernel;
struct Image {
  Context* context;
  std::unique_ptr<ptx::Module> module;
  std::map<std::string, std::unique_ptr<Kernel>> kernels;
};
struct Kernel {
  Image* image;
  ptx::Function* function;
  int maxDynamic;
};
struct Owned {
  Context* context;
  ptx::Allocation memory;
};

std::recursive_mutex lock;
typedef std::lock_guard<std::recursive_mutex> Guard;

Context primary[DEVICES] = {{0}, {1}, {2}, {3}};
thread_local std::vector<Context*> current;
thread_local int captures = 0;
bool initialised = false;
std::map<Address, Owned> allocations;
std::map<Address, size_t> pinned;
std::set<Stream*> streams;
std::set<Image*> images;
std::set<Graph*> graphs;
std::set<Graph*> executables;
Stream nullStream{nullptr};
Result sticky[DEVICES] = {};
std::string lastMessage;

// What tests may set; the numbers are those of Rig.java.
enum Key {
  RESET, CHECKS, PERTURB, STATS, THREADS, LAZY, DRIVER_VERSION, PTX_VERSION, DEVICE_COUNT, CAPABILITY, TOTAL_BYTES, FAIL_LAUNCH, FAIL_ALLOCATION,
  LOSE_DEVICE, SEED, SETTINGS,
  LIVE_ALLOCATIONS = 50, LIVE_BYTES, LIVE_PINNED, LIVE_STREAMS, LIVE_MODULES, LIVE_GRAPHS, CONTEXTS, LAUNCHES, GRAPH_LAUNCHES, TO_DEVICE_BYTES,
  TO_HOST_BYTES, UNPINNED_COPIES, PEAK_BYTES, CALLS, COUNTERS,
  MESSAGE = 100, KERNELS
};
int64_t settings[SETTINGS];
int64_t counters[COUNTERS];
std::string text;
std::map<std::string, ptx::Stats> kernelStats;

void defaults() {
  for (int64_t& s : settings) s = 0;
  settings[THREADS] = 2;
  settings[DRIVER_VERSION] = 12060;
  settings[PTX_VERSION] = 85;
  settings[DEVICE_COUNT] = 1;
  settings[CAPABILITY] = 80;
  settings[TOTAL_BYTES] = 8ll << 30;
  for (int64_t& c : counters) c = 0;
  for (Result& s : sticky) s = SUCCESS;
  kernelStats.clear();
  lastMessage.clear();
}
bool defaulted = (defaults(), true);

/// Counts down to a fault that a test has asked for.
bool due(Key key) { return settings[key] > 0 && --settings[key] == 0; }

Context* context() { return current.empty() ? nullptr : current.back(); }

/// Each call passes here: is there a context, is the device still there?
Result entered() {
  counters[CALLS]++;
  Context* c = context();
  if (!c || !c->retained) return INVALID_CONTEXT;
  if (due(LOSE_DEVICE)) {
    sticky[c->device] = UNKNOWN;
    lastMessage = "the device is lost";
  }
  return sticky[c->device];
}
#define ENTER                                \
  Guard guard(lock);                         \
  if (Result entry = entered()) return entry;

Result run(Context* c, const Work& work) {
  if (sticky[c->device]) return sticky[c->device];
  Result r = work();
  if (r == ptx::ILLEGAL_ADDRESS || r == ptx::MISALIGNED_ADDRESS || r == ptx::LAUNCH_FAILED) sticky[c->device] = r;
  return r;
}

/// Lazy streams run their work only when the host does what makes its completion visible.
Result flush(Stream* s) {
  Result first = SUCCESS;
  while (!s->queue.empty()) {
    Work work = s->queue.front();
    s->queue.pop_front();
    Result r = run(s->context, work);
    if (r && !first) first = r;
  }
  return first;
}
Result flushAll(Context* c) {
  Result first = SUCCESS;
  for (Stream* s : streams)
    if (s->context == c) {
      Result r = flush(s);
      if (r && !first) first = r;
    }
  return first;
}
Result submit(Stream* s, const Work& work) {
  Context* c = context();
  if (s && s->context != c) return INVALID_HANDLE;
  if (s && s->capture) {
    s->capture->nodes.push_back(work);
    return SUCCESS;
  }
  if (s && settings[LAZY]) {
    s->queue.push_back(work);
    return SUCCESS;
  }
  return run(c, work);
}

Owned* owner(Address a) {
  auto at = allocations.upper_bound(a);
  if (at == allocations.begin()) return nullptr;
  --at;
  return a < at->first + at->second.memory.size ? &at->second : nullptr;
}
bool covers(Address a, size_t n) {
  Owned* o = owner(a);
  return o && o->context == context() && a + n <= o->memory.base + o->memory.size;
}
void written(Address a, size_t n) {
  Owned* o = owner(a);
  if (o && !o->memory.initialised.empty()) memset(&o->memory.initialised[a - o->memory.base], 1, n);
}
bool isPinned(const void* p, size_t n) {
  auto at = pinned.upper_bound((Address)p);
  if (at == pinned.begin()) return false;
  --at;
  return (Address)p + n <= at->first + at->second;
}

struct DeviceMemory : ptx::Memory {
  Context* context;
  explicit DeviceMemory(Context* context) : context(context) {}
  ptx::Allocation* find(uint64_t address) override {
    Owned* o = owner(address);
    return o && o->context == context ? &o->memory : nullptr;
  }
};

}  // namespace

API(cuInit, unsigned) {
  Guard guard(lock);
  if (settings[DEVICE_COUNT] == 0) return NO_DEVICE;
  initialised = true;
  return SUCCESS;
}
API(cuDriverGetVersion, int* version) {
  *version = (int)settings[DRIVER_VERSION];
  return SUCCESS;
}
API(cuDeviceGetCount, int* count) {
  if (!initialised) return NOT_INITIALIZED;
  *count = (int)settings[DEVICE_COUNT];
  return SUCCESS;
}
API(cuDeviceGet, int* device, int ordinal) {
  if (!initialised) return NOT_INITIALIZED;
  if (ordinal < 0 || ordinal >= settings[DEVICE_COUNT]) return INVALID_DEVICE;
  *device = ordinal;
  return SUCCESS;
}
API(cuDeviceGetName, char* name, int length, int device) {
  snprintf(name, length, "rig %d", device);
  return SUCCESS;
}
API(cuDeviceTotalMem_v2, size_t* bytes, int) {
  *bytes = settings[TOTAL_BYTES];
  return SUCCESS;
}
API(cuDeviceGetAttribute, int* value, int attribute, int) {
  switch (attribute) {
    case 16: *value = 108; break;                              // multiprocessors
    case 75: *value = (int)settings[CAPABILITY] / 10; break;   // compute capability
    case 76: *value = (int)settings[CAPABILITY] % 10; break;
    case 97: *value = OPTIN_SHARED; break;                     // shared memory per block, opt-in
    default: return INVALID_VALUE;
  }
  return SUCCESS;
}
API(cuDevicePrimaryCtxRetain, Context** context, int device) {
  Guard guard(lock);
  *context = &primary[device];
  primary[device].retained++;
  return SUCCESS;
}
API(cuDevicePrimaryCtxRelease_v2, int device) {
  Guard guard(lock);
  if (!primary[device].retained) return INVALID_CONTEXT;
  if (--primary[device].retained == 0) sticky[device] = SUCCESS;  // a new context starts afresh
  return SUCCESS;
}
API(cuCtxSetCurrent, Context* c) {
  current.clear();
  if (c) current.push_back(c);
  return SUCCESS;
}
API(cuCtxPushCurrent_v2, Context* c) {
  current.push_back(c);
  return SUCCESS;
}
API(cuCtxPopCurrent_v2, Context** c) {
  if (current.empty()) return INVALID_CONTEXT;
  *c = current.back();
  current.pop_back();
  return SUCCESS;
}
API(cuCtxSynchronize, void) {
  ENTER
  Result r = flushAll(context());
  return r ? r : sticky[context()->device];
}
API(cuMemGetInfo_v2, size_t* free, size_t* total) {
  ENTER
  size_t used = 0;
  for (auto& [address, o] : allocations) used += o.context == context() ? o.memory.size : 0;
  *total = settings[TOTAL_BYTES];
  *free = *total - used;
  return SUCCESS;
}
API(cuMemAlloc_v2, Address* address, size_t n) {
  ENTER
  if (captures) return CAPTURE_UNSUPPORTED;
  if (!n) return INVALID_VALUE;
  size_t used = 0;
  for (auto& [a, o] : allocations) used += o.context == context() ? o.memory.size : 0;
  if (due(FAIL_ALLOCATION) || used + n > (size_t)settings[TOTAL_BYTES]) return OUT_OF_MEMORY;
  size_t rounded = (n + 255) & ~size_t(255);
  void* p = aligned_alloc(256, rounded);
  if (!p) return OUT_OF_MEMORY;
  memset(p, 0xff, rounded);  // NaN in every type
  Owned& o = allocations[(Address)p];
  o.context = context();
  o.memory.base = (Address)p;
  o.memory.size = n;
  if (settings[CHECKS]) {
    o.memory.initialised.assign(n, 0);
    o.memory.words.assign(n / 4 + 1, {});
  }
  o.memory.readIn.assign(n / 32 + 1, 0);
  o.memory.writtenIn.assign(n / 32 + 1, 0);
  counters[PEAK_BYTES] = std::max<int64_t>(counters[PEAK_BYTES], used + n);
  *address = (Address)p;
  return SUCCESS;
}
API(cuMemFree_v2, Address address) {
  Guard guard(lock);
  if (captures) return CAPTURE_UNSUPPORTED;
  auto at = allocations.find(address);
  if (at == allocations.end()) return INVALID_VALUE;
  flushAll(at->second.context);
  free((void*)address);
  allocations.erase(at);
  return SUCCESS;
}
API(cuMemAllocHost_v2, void** p, size_t n) {
  ENTER
  *p = aligned_alloc(4096, (n + 4095) & ~size_t(4095));
  if (!*p) return OUT_OF_MEMORY;
  memset(*p, 0xcd, n);
  pinned[(Address)*p] = n;
  return SUCCESS;
}
API(cuMemFreeHost, void* p) {
  Guard guard(lock);
  if (!pinned.erase((Address)p)) return INVALID_VALUE;
  for (Stream* s : streams) flush(s);
  free(p);
  return SUCCESS;
}
static Result copy(Stream* s, void* to, const void* from, size_t n, Address device, bool toDevice) {
  if (!covers(device, n)) {
    lastMessage = "a copy outside of any allocation of this device";
    return INVALID_VALUE;
  }
  const void* host = toDevice ? from : to;
  if (s && !isPinned(host, n)) {
    counters[UNPINNED_COPIES]++;
    lastMessage = "an asynchronous copy of memory that is not pinned";
  }
  return submit(s, [=] {
    memmove(to, from, n);
    if (toDevice) written(device, n);
    counters[toDevice ? TO_DEVICE_BYTES : TO_HOST_BYTES] += n;
    return (Result)SUCCESS;
  });
}
API(cuMemcpyHtoD_v2, Address device, const void* host, size_t n) {
  ENTER
  return copy(nullptr, (void*)device, host, n, device, true);
}
API(cuMemcpyDtoH_v2, void* host, Address device, size_t n) {
  ENTER
  return copy(nullptr, host, (void*)device, n, device, false);
}
API(cuMemcpyHtoDAsync_v2, Address device, const void* host, size_t n, Stream* s) {
  ENTER
  return copy(s, (void*)device, host, n, device, true);
}
API(cuMemcpyDtoHAsync_v2, void* host, Address device, size_t n, Stream* s) {
  ENTER
  return copy(s, host, (void*)device, n, device, false);
}
API(cuMemsetD8_v2, Address device, unsigned char value, size_t n) {
  ENTER
  if (!covers(device, n)) return INVALID_VALUE;
  memset((void*)device, value, n);
  written(device, n);
  return SUCCESS;
}

API(cuModuleLoadDataEx, Image** out, const void* image, unsigned, int*, void**) {
  ENTER
  auto i = std::make_unique<Image>();
  i->context = context();
  try {
    i->module = ptx::load((const char*)image);
  } catch (const std::exception& e) {
    lastMessage = e.what();
    fprintf(stderr, "rig: %s\n", e.what());
    return INVALID_PTX;
  }
  if (i->module->version > settings[PTX_VERSION]) return UNSUPPORTED_PTX_VERSION;
  images.insert(i.get());
  *out = i.release();
  return SUCCESS;
}
API(cuModuleUnload, Image* i) {
  Guard guard(lock);
  if (!images.erase(i)) return INVALID_HANDLE;
  for (auto& [name, kernel] : i->kernels) kernelStats[name].add(kernel->function->stats);
  delete i;
  return SUCCESS;
}
API(cuModuleGetFunction, Kernel** out, Image* i, const char* name) {
  ENTER
  auto f = i->module->functions.find(name);
  if (f == i->module->functions.end()) return NOT_FOUND;
  auto& kernel = i->kernels[name];
  if (!kernel) kernel.reset(new Kernel{i, f->second.get(), DEFAULT_SHARED - (int)f->second->staticShared});
  *out = kernel.get();
  return SUCCESS;
}
API(cuFuncSetAttribute, Kernel* k, int attribute, int value) {
  ENTER
  if (attribute != 8 || value + (int)k->function->staticShared > OPTIN_SHARED) return INVALID_VALUE;
  k->maxDynamic = value;
  return SUCCESS;
}
API(cuLaunchKernel, Kernel* k, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned dynamic, Stream* s, void** arguments,
    void** extra) {
  ENTER
  uint64_t threads = (uint64_t)bx * by * bz;
  if (extra || !threads || threads > 1024 || !gx || !gy || !gz || gy > 65535 || gz > 65535 || (int)dynamic > k->maxDynamic) return INVALID_VALUE;
  if (threads > k->function->maxThreads) return LAUNCH_OUT_OF_RESOURCES;
  if (k->image->context != context()) return INVALID_HANDLE;
  // As the driver does, the arguments are copied now: they are gone when a graph is replayed.
  std::vector<std::vector<char>> copies;
  for (size_t a = 0; a < k->function->parameters.size(); a++)
    copies.emplace_back((char*)arguments[a], (char*)arguments[a] + k->function->parameters[a].size);
  Context* c = context();
  return submit(s, [=] {
    counters[LAUNCHES]++;
    if (due(FAIL_LAUNCH)) {
      lastMessage = "this launch was to fail";
      return (Result)ptx::LAUNCH_FAILED;
    }
    std::vector<const void*> pointers;
    for (auto& one : copies) pointers.push_back(one.data());
    DeviceMemory memory(c);
    ptx::Options o;
    o.checks = settings[CHECKS];
    o.perturb = settings[PERTURB];
    o.stats = settings[STATS];
    o.banks = settings[STATS] == 1;
    o.threads = (int)settings[THREADS];
    o.seed = settings[SEED] + 1;
    try {
      ptx::launch(*k->function, {gx, gy, gz}, {bx, by, bz}, dynamic, pointers.data(), memory, o);
    } catch (const ptx::Fault& e) {
      lastMessage = e.what();
      fprintf(stderr, "rig: %s\n", e.what());
      return (Result)e.code;
    }
    return (Result)SUCCESS;
  });
}

API(cuStreamCreate, Stream** out, unsigned) {
  ENTER
  *out = new Stream{context()};
  streams.insert(*out);
  return SUCCESS;
}
API(cuStreamDestroy_v2, Stream* s) {
  Guard guard(lock);
  if (!streams.count(s)) return INVALID_HANDLE;
  flush(s);
  streams.erase(s);
  delete s;
  return SUCCESS;
}
API(cuStreamSynchronize, Stream* s) {
  ENTER
  if (captures) return CAPTURE_UNSUPPORTED;
  Result r = s ? flush(s) : flushAll(context());
  return r ? r : sticky[context()->device];
}
API(cuStreamBeginCapture_v2, Stream* s, int) {
  ENTER
  if (!s || s->capture) return CAPTURE_UNSUPPORTED;
  s->capture = new Graph{context(), {}};
  graphs.insert(s->capture);
  captures++;
  return SUCCESS;
}
API(cuStreamEndCapture, Stream* s, Graph** out) {
  Guard guard(lock);
  if (!s->capture) return CAPTURE_UNSUPPORTED;
  *out = s->capture;
  s->capture = nullptr;
  captures--;
  return SUCCESS;
}
API(cuGraphInstantiateWithFlags, Graph** out, Graph* g, unsigned long long) {
  ENTER
  *out = new Graph(*g);
  executables.insert(*out);
  return SUCCESS;
}
API(cuGraphInstantiate_v2, Graph** out, Graph* g, void*, char*, size_t) { return cuGraphInstantiateWithFlags(out, g, 0); }
API(cuGraphLaunch, Graph* g, Stream* s) {
  ENTER
  counters[GRAPH_LAUNCHES]++;
  Result first = SUCCESS;
  for (const Work& node : g->nodes) {
    Result r = submit(s, node);
    if (r && !first) first = r;
  }
  return first;
}
API(cuGraphExecDestroy, Graph* g) {
  Guard guard(lock);
  if (!executables.erase(g)) return INVALID_HANDLE;
  delete g;
  return SUCCESS;
}
API(cuGraphDestroy, Graph* g) {
  Guard guard(lock);
  if (!graphs.erase(g)) return INVALID_HANDLE;
  delete g;
  return SUCCESS;
}

API(cuGetErrorName, int error, const char** name) {
  static const std::map<int, const char*> names = {
      {SUCCESS, "CUDA_SUCCESS"}, {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE"}, {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
      {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED"}, {NO_DEVICE, "CUDA_ERROR_NO_DEVICE"}, {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE"},
      {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT"}, {INVALID_PTX, "CUDA_ERROR_INVALID_PTX"}, {UNSUPPORTED_PTX_VERSION, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
      {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE"}, {NOT_FOUND, "CUDA_ERROR_NOT_FOUND"}, {ptx::ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"}, {ptx::MISALIGNED_ADDRESS, "CUDA_ERROR_MISALIGNED_ADDRESS"},
      {ptx::LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED"}, {CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"}, {UNKNOWN, "CUDA_ERROR_UNKNOWN"}};
  auto found = names.find(error);
  *name = found == names.end() ? nullptr : found->second;
  return found == names.end() ? INVALID_VALUE : SUCCESS;
}
API(cuGetErrorString, int error, const char** s) { return cuGetErrorName(error, s); }

// ---------------------------------------------------------------- for the tests

static std::string describeKernels() {
  std::map<std::string, ptx::Stats> all = kernelStats;
  for (Image* i : images)
    for (auto& [name, kernel] : i->kernels) all[name].add(kernel->function->stats);
  std::string json;
  for (auto& [name, s] : all) {
    if (!s.launches) continue;
    char line[1000];
    snprintf(line, sizeof line,
             "{\"kernel\":\"%s\",\"launches\":%llu,\"warpInstructions\":%llu,\"flops\":%llu,\"tensorFlops\":%llu,\"readBytes\":%llu,\"writtenBytes\":%llu,"
             "\"globalSectors\":%llu,\"globalSectorsIdeal\":%llu,\"sharedCycles\":%llu,\"sharedCyclesIdeal\":%llu,\"productCycles\":%llu,"
             "\"productCyclesIdeal\":%llu,\"mma\":%llu,\"ldmatrix\":%llu,\"cpAsync\":%llu,\"barriers\":%llu}\n",
             name.c_str(), (unsigned long long)s.launches, (unsigned long long)s.warpInstructions, (unsigned long long)s.flops, (unsigned long long)s.tensorFlops,
             (unsigned long long)s.readBytes, (unsigned long long)s.writtenBytes, (unsigned long long)s.globalSectors, (unsigned long long)s.globalSectorsIdeal,
             (unsigned long long)s.sharedCycles, (unsigned long long)s.sharedCyclesIdeal, (unsigned long long)s.productCycles, (unsigned long long)s.productCyclesIdeal,
             (unsigned long long)s.mma, (unsigned long long)s.ldmatrix, (unsigned long long)s.cpAsync, (unsigned long long)s.barriers);
    json += line;
  }
  return json;
}

/// Sets a setting, reads a counter, or prepares a text; Rig.java has the numbers.
extern "C" int64_t Java_io_patchcast_backend_cuda_Rig_control(void*, void*, int key, int64_t value) {
  Guard guard(lock);
  switch (key) {
    case RESET:
      for (Image* i : images)
        for (auto& [name, kernel] : i->kernels) kernel->function->stats = {};
      defaults();
      return 0;
    case LIVE_ALLOCATIONS: return allocations.size();
    case LIVE_BYTES: {
      int64_t bytes = 0;
      for (auto& [a, o] : allocations) bytes += o.memory.size;
      return bytes;
    }
    case LIVE_PINNED: return pinned.size();
    case LIVE_STREAMS: return streams.size();
    case LIVE_MODULES: return images.size();
    case LIVE_GRAPHS: return graphs.size() + executables.size();
    case CONTEXTS: return primary[0].retained + primary[1].retained + primary[2].retained + primary[3].retained;
    case MESSAGE: text = lastMessage; return text.size();
    case KERNELS: text = describeKernels(); return text.size();
    default:
      if (key > 0 && key < SETTINGS) return settings[key] = value;
      if (key > SETTINGS && key < COUNTERS) return counters[key];
      return -1;
  }
}
/// A character of the text that was prepared last.
extern "C" int Java_io_patchcast_backend_cuda_Rig_character(void*, void*, int index) {
  return index < (int)text.size() ? (unsigned char)text[index] : -1;
}
