/**
 * Toto 2.0: from regular series to quantiles.
 *
 * <p>{@link io.patchcast.model.Toto2} reads like the paper: scale, patches, layers, head. What each
 * pass computes is decided beforehand by {@link io.patchcast.model.PassPlanner}; how, by the
 * backend behind {@link io.patchcast.backend.Pass}. No device and no I/O here.
 */
package io.patchcast.model;
