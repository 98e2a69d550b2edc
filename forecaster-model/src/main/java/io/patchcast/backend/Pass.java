package io.patchcast.backend;

/**
 * One forward pass: the nine fused operations, each called once per layer in the order of the
 * model.
 *
 * <p>A pass owns its activations; the operations pass them on among themselves. In {@link
 * LayerPlan} terms, the first half of a layer runs on N input tokens and the second on the M ≤ N of
 * them that are still needed; the residual stream shrinks at {@link #projectResidual}. Not safe for
 * use by several threads.
 */
public interface Pass extends AutoCloseable {
  /**
   * Causal scaler and patches: values [steps] -> loc, scale [patches], patches [N, 2P].
   *
   * <p>Over the observed x of a row up to step t: n their number, loc their mean, M = Σ (x −
   * loc_before)(x − loc_after) with loc 0 before the first, scale = max(√(M / max(n − 1, 1)),
   * 1e-6); a patch takes loc and scale at its last step. Columns 0 … P−1: asinh((x − loc) / scale),
   * 0 where unobserved; columns P … 2P−1: 1 where unobserved, else 0.
   */
  void scaleAndPatch();

  /** Residual MLP of the patch embedding: patches [N, 2P] -> hidden [N, D]. */
  void embedPatches();

  /**
   * Norm, in-projection, q/k norm, per-dimension scale, rotary positions and xPos: hidden [N, D] ->
   * queries [M, H, d], keys [N, G, d], values [N, G, e].
   */
  void normQkvRotary(int layer);

  /** Causal attention along each row, logits q·k / d: queries, keys, values -> mixed [M, H, e]. */
  void attendTime(int layer);

  /** Attention among the tokens of each variate group: queries, keys, values -> mixed [M, H, e]. */
  void attendVariates(int layer);

  /** hidden ← (τ·(W mixed + b) + hidden) / √(1+τ²): mixed [M, H, e], hidden [N, D] -> [M, D]. */
  void projectResidual(int layer);

  /** Norm, gate and up projections, gate · silu(up): hidden [M, D] -> gated [M, F]. */
  void normSwiGlu(int layer);

  /** hidden ← (τ·(W gated + b) + hidden) / √(1+τ²): gated [M, F], hidden [M, D]. */
  void outputResidual(int layer);

  /**
   * Final norm, residual MLP, sinh(y)·scale + loc of the predicted patch, infinities to the largest
   * finite value, cap, sort: hidden -> quantiles [output tokens, P, Q], in the units of the series.
   */
  double[] head();

  /** A copy of what an operation left behind; for tests and traces. */
  float[] read(Activation activation);

  /** Replaces what the next operation will read; for tests. */
  void write(Activation activation, float[] values);

  @Override
  void close();

  /** What operations hand to each other. */
  enum Activation {
    /** [N, 2P]. */
    PATCHES,
    /** [N, D], residual stream. */
    HIDDEN,
    /** [M, H, d]. */
    QUERIES,
    /** [N, G, d]. */
    KEYS,
    /** [N, G, e]. */
    VALUES,
    /** [M, H, e]. */
    MIXED,
    /** [M, F]. */
    GATED
  }
}
