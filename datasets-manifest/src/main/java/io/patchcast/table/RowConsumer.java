package io.patchcast.table;

/** Receives the rows of a long-format table one by one. */
@FunctionalInterface
public interface RowConsumer {
  /**
   * One row.
   *
   * @param ids values of the id columns; the caller reuses the array
   * @param epochMillis its timestamp
   * @param values targets, then known covariates, NaN where empty; the caller reuses the array
   */
  void row(String[] ids, long epochMillis, double[] values);
}
