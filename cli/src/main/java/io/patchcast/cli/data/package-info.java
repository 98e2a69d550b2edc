/**
 * Files in and out: rows of CSV and Parquet into per-series buffers of bounded size, forecasts into
 * CSV, JSON lines, Parquet and tables.
 */
package io.patchcast.cli.data;
