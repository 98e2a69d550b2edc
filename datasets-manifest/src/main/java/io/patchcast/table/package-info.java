/**
 * Tables as files: rows of CSV and Parquet in, rows with lists of Arrow and Parquet in, Parquet
 * out, and files that appear whole or not at all.
 */
package io.patchcast.table;
