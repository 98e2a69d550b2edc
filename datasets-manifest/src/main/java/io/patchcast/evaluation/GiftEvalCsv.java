package io.patchcast.evaluation;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes scores in the fifteen columns of GIFT-Eval's {@code all_results.csv}.
 *
 * <p>The median stands for the mean, which the model does not forecast. {@code MSIS} is of an
 * interval that is extrapolated from the nine quantiles, as the benchmark's own library does it.
 * {@code domain} and {@code num_variates} are those of the data set, as in the benchmark's {@code
 * dataset_properties.json}, however many variates were forecast together.
 */
public final class GiftEvalCsv {
  /** The columns. */
  public static final List<String> HEADER =
      List.of(
          "dataset",
          "model",
          "eval_metrics/MSE[mean]",
          "eval_metrics/MSE[0.5]",
          "eval_metrics/MAE[0.5]",
          "eval_metrics/MASE[0.5]",
          "eval_metrics/MAPE[0.5]",
          "eval_metrics/sMAPE[0.5]",
          "eval_metrics/MSIS",
          "eval_metrics/RMSE[mean]",
          "eval_metrics/NRMSE[mean]",
          "eval_metrics/ND[0.5]",
          "eval_metrics/mean_weighted_sum_quantile_loss",
          "domain",
          "num_variates");

  private GiftEvalCsv() {}

  /** Writes a file, over what is there. */
  public static void write(Path file, List<TaskScore> scores) throws IOException {
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(file)) {
      csv.writeRecord(HEADER);
      for (TaskScore score : scores) {
        csv.writeRecord(
            score.task(),
            score.forecaster(),
            number(score.mse()),
            number(score.mse()),
            number(score.mae()),
            number(score.mase()),
            number(score.mape()),
            number(score.smape()),
            number(score.msisExtrapolated()),
            number(Math.sqrt(score.mse())),
            number(score.nrmse()),
            number(score.nd()),
            number(score.crps()),
            score.domain(),
            String.valueOf(score.variateCount()));
      }
    }
  }

  private static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "";
  }
}
