/**
 * The public API: open a model, hand it series as they were recorded, get quantiles in units.
 *
 * <pre>{@code
 * try (Forecaster forecaster = Forecaster.open(ModelSource.builtIn())) {
 *   TimeSeries series = TimeSeries.of("requests", start, Step.of(Duration.ofMinutes(5)), values);
 *   SeriesForecast forecast = forecaster.forecast(series, Horizon.of(Duration.ofHours(1)));
 *   double[] median = forecast.median();
 *   double[] high = forecast.quantile(0.9);
 * }
 * }</pre>
 */
package io.patchcast.forecast;
