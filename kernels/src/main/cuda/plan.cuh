// The plan of a pass as it lies in device memory: one array of ints, uploaded once per pass.
//
// All sizes of a pass are read from here, none is a kernel argument: one captured graph serves
// every pass of its bucket. The host side of this layout is PlanBuffer.java.
#pragma once
#include "device.cuh"

/// An array within the plan, by its offset in ints.
template <class T>
DEVICE const T* plan_array(const int* plan, int offset) { return (const T*)(plan + offset); }

struct PassHeader {
  int rowCount, patchCount, tokenCount, outputCount;
  int fallback;            // scale fallback: observations, 0 = off
  int rowPatchStarts;      // [B + 1]
  int contextPatchCounts;  // [B]
  int patchTokens;         // [patches] token of each patch, -1 = none
  int values;              // double [steps]
  int observed;            // byte [steps]
  int outputs;             // [outputs] rows of hidden
  int outputPatches;       // [outputs]
  int outputRows;          // [outputs]
  int cacheTokens;         // tokens that the cache of one layer holds
  unsigned long long cache;  // keys of layer 0, values of layer 0, keys of layer 1 …; 0 = none
  double cap;              // in scales, 0 = off
};

struct LayerHeader {
  int inputCount, outputCount, tileCount;
  int queries;         // [M] input of each output
  int positions;       // [N]
  int decayPositions;  // [N]
  int slots;           // [N] where keys and values go: ≥ 0 in the cache, ~n in the workspace
  int queryRows;       // [M] outputs in the order of attention
  int ranges;          // int2 [M] keys that each of them sees
  int keySlots;        // [keys] in the order of attention
  int tiles;           // int4 [tiles] first and end query, first and end key
  int cacheLayer;      // number among the time layers
};
constexpr int LAYER_HEADERS = 24;

DEVICE const PassHeader* pass_header(const int* plan) { return (const PassHeader*)plan; }
DEVICE const LayerHeader* layer_header(const int* plan, int layer) {
  return (const LayerHeader*)(plan + LAYER_HEADERS) + layer;
}

/// Keys (or values) of one token: in the cache, or in the workspace of the pass.
template <class T>
DEVICE T* slot_row(const PassHeader* pass, T* workspace, int slot, int layer, int which, int width) {
  return slot < 0 ? workspace + (size_t)~slot * width
                  : (T*)pass->cache + ((size_t)(2 * layer + which) * pass->cacheTokens + slot) * width;
}
