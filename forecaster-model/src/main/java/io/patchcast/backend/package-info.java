/**
 * The seam between model and hardware: the fused operations of a forward pass over a ragged batch.
 *
 * <p>A {@link io.patchcast.backend.BackendProvider} is found by {@link java.util.ServiceLoader} and
 * opens a {@link io.patchcast.backend.Backend}; this loads {@link
 * io.patchcast.backend.ModelWeights} into a {@link io.patchcast.backend.LoadedModel}, which begins
 * one {@link io.patchcast.backend.Pass} per {@link io.patchcast.backend.PassPlan}. This package
 * knows nothing of checkpoints, files, series or time.
 *
 * <p>Shapes: B rows (a row is one variate of one series), P steps per patch, N tokens of the ragged
 * batch (a token is one patch of one row that takes part), D model width, H heads, G key/value
 * groups, d and e head widths of q/k and of v, F feed-forward width, Q quantile levels, M output
 * tokens.
 */
package io.patchcast.backend;
