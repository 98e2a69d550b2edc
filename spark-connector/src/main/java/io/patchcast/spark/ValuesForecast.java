package io.patchcast.spark;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.util.ArrayData;

/**
 * Forecasts the values of one SQL row, which Spark hands over as an array of doubles.
 *
 * <p>They are a regular series of a step that nobody needs to know: the model sees values only.
 *
 * @param model its name
 * @param horizon steps
 * @param options settings; the levels are chosen from the result
 */
record ValuesForecast(String model, int horizon, ForecastOptions options)
    implements Function<ArrayData, SeriesForecast>, Serializable {
  private static final Step ANY_STEP = Step.of(Duration.ofMinutes(1));

  @Override
  public SeriesForecast apply(ArrayData values) {
    TimeSeries series =
        TimeSeries.of(
            "values", Instant.EPOCH, ANY_STEP, values == null ? new double[0] : doubles(values));
    TaskContext task = TaskContext.get();
    ForecastRequest request =
        new ForecastRequest(
            List.of(series),
            Horizon.steps(horizon),
            task == null ? options : options.withMaxThreads(task.cpus()));
    return ExecutorModels.ofThisJvm()
        .use(model, forecaster -> forecaster.forecast(request))
        .series()
        .get(0);
  }

  private static double[] doubles(ArrayData values) {
    double[] doubles = new double[values.numElements()];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = values.isNullAt(i) ? Double.NaN : values.getDouble(i);
    }
    return doubles;
  }

  /** What {@code EXPLAIN} shows. */
  @Override
  public String toString() {
    return "forecast of " + horizon + " steps with " + model;
  }
}
