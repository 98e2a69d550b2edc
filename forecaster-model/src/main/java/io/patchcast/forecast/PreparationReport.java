package io.patchcast.forecast;

/**
 * What series preparation did to one series before it was forecast.
 *
 * <p>Every row is accounted for: {@code rowCount} = {@code rowsCut} + {@code duplicatesDropped} +
 * {@code rowsMerged} + the steps that have a row. Of these, {@code contextLength - gapsFilled} lie
 * in the context; the rest, in the horizon, have known covariates only. A context of n targets has
 * {@code n * (contextLength - gapsFilled)} = {@code observedCount + missingValues} values.
 *
 * @param step the step given or inferred; null where there is none
 * @param stepInferred whether the step came from the data
 * @param rowCount rows given
 * @param contextLength steps of the regular series that the model saw, gaps included
 * @param observedCount observed target values among them, not counting values filled forward
 * @param gapsFilled steps of the context without a row, put in as unobserved
 * @param missingValues target values that are null, NaN or infinite in a step of the context that
 *     has a row
 * @param duplicatesDropped rows dropped because a later row had the same timestamp
 * @param rowsMerged rows averaged into a step that had another row already
 * @param rowsReordered rows that came after a row with a later timestamp
 * @param rowsCut rows older than the context, or later than the horizon
 * @param rowsSnapped rows whose timestamp lay beside the grid and was moved to the nearest step
 * @param valuesFilledForward values missing in the last patch of the context that repeat the last
 *     one observed before
 * @param covariateValuesMissing values of known covariates that are missing in the horizon
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
    int rowsCut,
    int rowsSnapped,
    int valuesFilledForward,
    int covariateValuesMissing) {

  /** The report of a series of which no more is known than its step, if that. */
  static PreparationReport of(Step step, boolean stepInferred, int rowCount) {
    return new PreparationReport(step, stepInferred, rowCount, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }
}
