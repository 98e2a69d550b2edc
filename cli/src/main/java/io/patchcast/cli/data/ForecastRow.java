package io.patchcast.cli.data;

import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.VariateForecast;
import java.util.ArrayList;
import java.util.List;

/**
 * One row of the output table: one step of one variate, or the one row of a series that could not
 * be forecast.
 *
 * @param ids values of the id columns
 * @param variate name of the value column; empty in the row of a failed series
 * @param epochMillis the step, or null in the row of a failed series
 * @param quantiles one per level of the table; empty in the row of a failed series
 * @param status {@code ok} or why there is no forecast
 * @param message empty when all is well
 */
public record ForecastRow(
    List<String> ids,
    String variate,
    Long epochMillis,
    double[] quantiles,
    String status,
    String message) {

  /** The rows of one series: its variates one after the other, each with all its steps. */
  public static List<ForecastRow> of(List<String> ids, SeriesForecast forecast) {
    String status = forecast.status().code();
    List<ForecastRow> rows = new ArrayList<>();
    for (VariateForecast variate : forecast.variates()) {
      double[][] quantiles = variate.quantiles();
      for (int step = 0; step < quantiles.length; step++) {
        rows.add(
            new ForecastRow(
                ids,
                variate.name(),
                forecast.timestamps()[step],
                quantiles[step],
                status,
                forecast.message()));
      }
    }
    if (rows.isEmpty()) {
      rows.add(new ForecastRow(ids, "", null, new double[0], status, forecast.message()));
    }
    return rows;
  }
}
