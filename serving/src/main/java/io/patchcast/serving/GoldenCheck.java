package io.patchcast.serving;

import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.verify.KnownForecasts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether an open model forecasts what it should on this machine.
 *
 * <p>A model whose forecasts are known is compared with them. Of any other the backend is: by the
 * known forecasts of the built-in model on the same backend; and the model itself must give nine
 * finite, ascending quantiles for a plain series.
 */
public final class GoldenCheck {
  private static final String BUILT_IN = "builtin";
  private static final int CONTEXT_LENGTH = 256;
  private static final int HORIZON = 64;

  private GoldenCheck() {}

  /** What is wrong; empty when all is well. */
  public static List<String> faults(Forecaster forecaster) {
    List<String> faults = new ArrayList<>();
    ModelInfo info = forecaster.model();
    KnownForecasts known = KnownForecasts.of(info.name());
    if (known != null) {
      compare(forecaster, known, faults);
      return faults;
    }
    try (Forecaster builtIn = Forecaster.open(ModelSource.builtIn(), info.backend())) {
      compare(builtIn, KnownForecasts.of(BUILT_IN), faults);
    }
    plainSeries(forecaster, faults);
    return faults;
  }

  private static void compare(Forecaster forecaster, KnownForecasts known, List<String> faults) {
    ModelInfo info = forecaster.model();
    if (!known.weightsSha256().equals(info.weightsSha256())) {
      faults.add(
          info.name()
              + ": expected weights with SHA-256 "
              + known.weightsSha256()
              + ", found "
              + info.weightsSha256());
      return;
    }
    for (KnownForecasts.Result result : known.check(forecaster)) {
      if (!result.passed()) {
        faults.add(
            info.name()
                + " on backend "
                + info.backend()
                + ": the known forecast '"
                + result.name()
                + "' is off by "
                + result.largestExcess()
                + " times what is allowed");
      }
    }
  }

  private static void plainSeries(Forecaster forecaster, List<String> faults) {
    String name = forecaster.model().name();
    double[] values = new double[CONTEXT_LENGTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = 100 + 0.5 * i + 10 * Math.sin(2 * Math.PI * i / 24);
    }
    TimeSeries series =
        TimeSeries.of("plain", Instant.EPOCH, Step.of(Duration.ofMinutes(1)), values);
    SeriesForecast forecast = forecaster.forecast(series, Horizon.steps(HORIZON));
    if (forecast.status() != SeriesStatus.OK) {
      faults.add(name + ": a plain series could not be forecast: " + forecast.message());
      return;
    }
    for (double[] quantiles : forecast.variates().get(0).quantiles()) {
      double before = Double.NEGATIVE_INFINITY;
      for (double quantile : quantiles) {
        if (!(Double.isFinite(quantile) && quantile >= before)) {
          faults.add(
              name
                  + ": expected finite, ascending quantiles of a plain series, found "
                  + quantile
                  + " after "
                  + before);
          return;
        }
        before = quantile;
      }
    }
  }
}
