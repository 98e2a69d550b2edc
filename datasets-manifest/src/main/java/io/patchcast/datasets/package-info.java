/**
 * Data sets: what is known of each (source, licence, hashes, columns, protocols), how to get it,
 * and readers for the layouts that public benchmarks use.
 *
 * <p>Readers of files of numbers return a list of {@link io.patchcast.datasets.DatasetSeries}:
 * single variates on regular grids, missing values as NaN. Tables with one row per series ({@link
 * io.patchcast.datasets.NestedDataset}) may be larger than memory and hand on one {@link
 * io.patchcast.datasets.TimedSeries} after the other.
 */
package io.patchcast.datasets;
