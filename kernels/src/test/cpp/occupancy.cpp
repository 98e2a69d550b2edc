// Blocks per multiprocessor, as the toolkit's cuda_occupancy.h has it. Reads lines "kernel arch registers shared", adds the blocks and
// the share of the warps that they are.
#include <cstdio>
#include <cstring>

#include "cuda_occupancy.h"

int main() {
  // Compute capability, threads and shared memory of a multiprocessor, most shared memory of a block.
  static const struct { int arch, threads, shared, optin; } devices[] = {
      {80, 2048, 167936, 166912}, {86, 1536, 102400, 101376}, {89, 1536, 102400, 101376},
      {90, 2048, 233472, 232448}, {100, 2048, 233472, 232448}, {120, 1536, 102400, 101376}};
  char kernel[100];
  int arch, registers, shared;
  while (scanf("%99s %d %d %d", kernel, &arch, &registers, &shared) == 4) {
    for (auto& d : devices) {
      if (d.arch != arch) continue;
      cudaOccDeviceProp p;
      memset((void*)&p, 0, sizeof p);
      p.computeMajor = arch / 10, p.computeMinor = arch % 10;
      p.maxThreadsPerBlock = 1024, p.maxThreadsPerMultiprocessor = d.threads, p.regsPerBlock = p.regsPerMultiprocessor = 65536, p.warpSize = 32;
      p.sharedMemPerBlock = 49152, p.sharedMemPerMultiprocessor = d.shared, p.sharedMemPerBlockOptin = d.optin, p.reservedSharedMemPerBlock = 1024;
      p.numSms = 1;
      cudaOccFuncAttributes f;
      memset((void*)&f, 0, sizeof f);
      f.maxThreadsPerBlock = 128, f.numRegs = registers, f.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN, f.maxDynamicSharedSizeBytes = d.optin;
      cudaOccDeviceState s;
      memset((void*)&s, 0, sizeof s);
      s.carveoutConfig = SHAREDMEM_CARVEOUT_MAX_SHARED;
      cudaOccResult r;
      if (cudaOccMaxActiveBlocksPerMultiprocessor(&r, &p, &f, &s, 128, shared)) return 1;
      printf("%s %d %d %d %d %d%%\n", kernel, arch, registers, shared, r.activeBlocksPerMultiprocessor,
             r.activeBlocksPerMultiprocessor * 4 * 3200 / d.threads);
    }
  }
}
