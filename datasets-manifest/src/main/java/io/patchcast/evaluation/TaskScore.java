package io.patchcast.evaluation;

/**
 * What came out for one forecaster on one task; the definitions are those of the package.
 *
 * @param benchmark of the task
 * @param task its name
 * @param domain what the data are about; may be empty
 * @param variateCount most series of the task that are variates of one table
 * @param forecaster the model's or the baseline's name
 * @param windows windows scored
 * @param entries window steps with a value
 * @param failures windows scored with the seasonal naive's forecast for want of one
 * @param nonFinite those of the failures that had a value that is no number
 * @param tooShort windows that could not be: their series is too short to leave a context
 * @param mase mean absolute scaled error
 * @param crps mean weighted quantile loss
 * @param sql scaled quantile loss
 * @param msis80 mean scaled interval score of the central 80 %
 * @param msis95 the same of the central 95 %; NaN for a forecaster without such an interval
 * @param msisExtrapolated that of 95 % with the interval extrapolated from nine quantiles
 * @param nd normalised deviation
 * @param mae mean absolute error
 * @param mse mean squared error
 * @param nrmse root mean squared error over the mean of |y|
 * @param mape mean absolute percentage error, as a part of 1
 * @param smape symmetric mean absolute percentage error, as a part of 1
 * @param coverage share of values in the 80 % band
 * @param width of the 80 % band over the mean of |y|
 * @param below [9] share of values at or below each quantile
 * @param seconds spent on forecasting
 */
public record TaskScore(
    String benchmark,
    String task,
    String domain,
    int variateCount,
    String forecaster,
    long windows,
    long entries,
    long failures,
    long nonFinite,
    long tooShort,
    double mase,
    double crps,
    double sql,
    double msis80,
    double msis95,
    double msisExtrapolated,
    double nd,
    double mae,
    double mse,
    double nrmse,
    double mape,
    double smape,
    double coverage,
    double width,
    double[] below,
    double seconds) {

  /** The same score under another name. */
  TaskScore of(String name) {
    return new TaskScore(
        benchmark,
        task,
        domain,
        variateCount,
        name,
        windows,
        entries,
        failures,
        nonFinite,
        tooShort,
        mase,
        crps,
        sql,
        msis80,
        msis95,
        msisExtrapolated,
        nd,
        mae,
        mse,
        nrmse,
        mape,
        smape,
        coverage,
        width,
        below,
        seconds);
  }
}
