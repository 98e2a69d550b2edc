/**
 * Data sets: what is known of each (source, licence, hashes, columns, protocols), how to get it,
 * and readers for the layouts that public benchmarks use.
 *
 * <p>Everything a reader returns is a list of {@link io.patchcast.datasets.DatasetSeries}: single
 * variates on regular grids, missing values as NaN.
 */
package io.patchcast.datasets;
