package io.patchcast.model;

/**
 * The part of one series that a pass runs on: patches {@code firstPatch} to {@code patchCount} are
 * tokens, those before are there for the scaler only.
 *
 * @param values [variate][steps] at least {@code patchCount} patches
 * @param observed [variate][steps]
 * @param groupIds [variate]
 * @param targetCount variates whose outputs are read
 * @param contextPatches patches of the original context
 * @param firstPatch the first patch that is a token
 * @param knownPatches patches of the context and of earlier blocks: outputs are read from the last
 *     of them on
 * @param patchCount all patches, the block to forecast included
 * @param cacheRow cache row of the first variate, the others follow; -1 = no cache
 */
record SeriesWindow(
    double[][] values,
    boolean[][] observed,
    long[] groupIds,
    int targetCount,
    int contextPatches,
    int firstPatch,
    int knownPatches,
    int patchCount,
    int cacheRow) {

  int variateCount() {
    return values.length;
  }

  /**
   * Whether patch {@code p} of variate {@code v} is a patch of the context without observations.
   */
  boolean isUnobserved(int v, int p, int patchSize) {
    if (p >= contextPatches - 1) {
      return false;
    }
    for (int t = p * patchSize; t < (p + 1) * patchSize; t++) {
      if (observed[v][t]) {
        return false;
      }
    }
    return true;
  }

  /** Tokens of variate {@code v} among the patches that are known: those that a cache keeps. */
  int knownTokens(int v, int patchSize) {
    int tokens = 0;
    for (int p = 0; p < knownPatches; p++) {
      tokens += isUnobserved(v, p, patchSize) ? 0 : 1;
    }
    return tokens;
  }
}
