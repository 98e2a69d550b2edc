package io.patchcast.backend;

/**
 * Which tokens one layer reads and which it leaves behind.
 *
 * @param inputCount N, tokens of the residual stream before the layer
 * @param queries [M] ascending indices into the N inputs: the tokens that are needed after it
 * @param positions [N] patch index within the row, for the rotary angle
 * @param decayPositions [N] position minus the centre of its call, for xPos
 * @param time the segments of a time layer, else null
 * @param variates the groups of a variate layer, else null
 * @param valueOnly true = each token sees itself only: attention is its V, q and k are not needed
 */
public record LayerPlan(
    int inputCount,
    int[] queries,
    int[] positions,
    int[] decayPositions,
    TimeSegments time,
    VariateGroups variates,
    boolean valueOnly) {

  /** M, tokens that are needed after the layer. */
  public int outputCount() {
    return queries.length;
  }

  /**
   * Runs of consecutive inputs that see each other causally: a query sees the keys of its segment
   * up to its own, and all keys that the cache holds for the row.
   *
   * @param rows [segments] row of the batch, for the cache; -1 = never cached
   * @param keyStarts [segments] first input
   * @param keyCounts [segments] number of inputs
   * @param queryStarts [segments] first output
   * @param queryCounts [segments] number of outputs
   */
  public record TimeSegments(
      int[] rows, int[] keyStarts, int[] keyCounts, int[] queryStarts, int[] queryCounts) {
    /** Number of segments. */
    public int count() {
      return rows.length;
    }
  }

  /**
   * Tokens of one series at one position that see each other, in any order.
   *
   * @param keyOffsets [groups + 1] bounds in {@code keys}
   * @param keys indices of inputs
   * @param queryOffsets [groups + 1] bounds in {@code queries}
   * @param queries indices of outputs
   */
  public record VariateGroups(int[] keyOffsets, int[] keys, int[] queryOffsets, int[] queries) {
    /** Number of groups. */
    public int count() {
      return keyOffsets.length - 1;
    }

    /** Whether every group is one token. */
    public boolean lone() {
      return keys.length == count();
    }
  }
}
