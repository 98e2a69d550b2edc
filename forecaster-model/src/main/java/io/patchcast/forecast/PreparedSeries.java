package io.patchcast.forecast;

/**
 * A series on a regular grid, ready for the model, or the reason why it is not.
 *
 * <p>Rows are the targets, then the known covariates. Target rows have {@code contextLength}
 * values, covariate rows {@code contextLength + horizon}. Where {@code observed} is false the value
 * is 0.
 *
 * @param status {@link SeriesStatus#OK}, or why there is nothing to forecast
 * @param message the reason; for {@link SeriesStatus#OK} empty, or a note about columns without any
 *     value where the model looks for them
 * @param report what was done
 * @param horizon steps to forecast
 * @param timestamps of the horizon, milliseconds since the epoch
 * @param values [variate][time]
 * @param observed [variate][time], true = a real value is there
 */
record PreparedSeries(
    SeriesStatus status,
    String message,
    PreparationReport report,
    int horizon,
    long[] timestamps,
    double[][] values,
    boolean[][] observed) {

  static PreparedSeries refused(SeriesStatus status, PreparationReport report, String message) {
    return new PreparedSeries(
        status, message, report, 0, new long[0], new double[0][], new boolean[0][]);
  }
}
