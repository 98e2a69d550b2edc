/**
 * Rows into per-series buffers of bounded size, and forecasts out to CSV, JSON lines, Parquet and
 * tables.
 */
package io.patchcast.cli.data;
