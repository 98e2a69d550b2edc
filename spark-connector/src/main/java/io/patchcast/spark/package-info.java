/**
 * Forecasts in Spark: SQL functions on arrays ({@link io.patchcast.spark.PatchcastFunctions}) and
 * tables of metrics in, tables of forecasts out ({@link io.patchcast.spark.Patchcast}).
 *
 * <p>A thin front: what is forecast, and how, is the business of {@link io.patchcast.forecast}.
 * Rows stay in Spark's own form from scan to result; each executor holds one copy of a model.
 */
package io.patchcast.spark;
