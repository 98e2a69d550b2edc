package io.patchcast.forecast;

/**
 * What series preparation did to one series before it was forecast.
 *
 * @param step the step given or inferred; null where there is none
 * @param stepInferred whether the step came from the data
 * @param rowCount rows given
 * @param contextLength steps of the regular series that the model saw, gaps included
 * @param observedCount observed target values among them
 * @param gapsFilled steps of the context without a row
 * @param missingValues null, NaN or infinite target values among the rows of the context
 * @param duplicatesDropped rows dropped because a later row had the same timestamp
 * @param rowsMerged rows averaged because several fell into one step
 * @param rowsReordered rows that came before an earlier timestamp
 * @param rowsCut rows older than the context
 */
public record PreparationReport(
    Step step,
    boolean stepInferred,
    int rowCount,
    int contextLength,
    int observedCount,
    int gapsFilled,
    int missingValues,
    int duplicatesDropped,
    int rowsMerged,
    int rowsReordered,
    int rowsCut) {

  /** The report of a series of which nothing could be learnt but its length. */
  static PreparationReport empty(int rowCount) {
    return new PreparationReport(null, false, rowCount, 0, 0, 0, 0, 0, 0, 0, 0);
  }
}
