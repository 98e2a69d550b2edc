package io.patchcast.verify;

import com.google.gson.Gson;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.forecast.VariateForecast;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * A few forecasts of named checkpoints that are known to be right: whoever opens one of these can
 * check his machine and backend in milliseconds.
 *
 * <p>For {@code builtin}, values of the scalar twin. For {@code Datadog/Toto-2.0-4m}, values that
 * an independent port published for the released weights. All in one pass without scale fallback
 * and output cap, of formulas in x = 1 … n; the nine levels of the first and of the last step.
 */
public final class KnownForecasts {
  private final String model;
  private final String weightsSha256;
  private final double absoluteTolerance;
  private final double relativeTolerance;
  private final List<Case> cases;

  /** One series, its first and its last forecast step. */
  record Case(String name, int length, int horizon, double[] first, double[] last) {}

  /**
   * How one case came out.
   *
   * @param name the case
   * @param largestExcess largest difference as a share of what is allowed; up to 1 is right
   */
  public record Result(String name, double largestExcess) {
    /** Whether all values are within the tolerance. */
    public boolean passed() {
      return largestExcess <= 1;
    }
  }

  /** Filled by Gson. */
  @SuppressWarnings("unused")
  private static final class File {
    String model;
    String weightsSha256;
    double absoluteTolerance;
    double relativeTolerance;
    List<CaseFile> cases;
  }

  /** Filled by Gson. */
  @SuppressWarnings("unused")
  private static final class CaseFile {
    String name;
    int length;
    int horizon;
    double[] first;
    double[] last;
  }

  private KnownForecasts(File file) {
    this.model = file.model;
    this.weightsSha256 = file.weightsSha256;
    this.absoluteTolerance = file.absoluteTolerance;
    this.relativeTolerance = file.relativeTolerance;
    this.cases = new ArrayList<>();
    for (CaseFile known : file.cases) {
      cases.add(new Case(known.name, known.length, known.horizon, known.first, known.last));
    }
  }

  /** Those of a model, by the name under which it was opened; null where none are known. */
  public static KnownForecasts of(String model) {
    return switch (model) {
      case "builtin" -> read("known-builtin.json");
      case "Datadog/Toto-2.0-4m" -> read("known-toto-2.0-4m.json");
      default -> null;
    };
  }

  private static KnownForecasts read(String resource) {
    try (InputStream in = KnownForecasts.class.getResourceAsStream(resource);
        Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      return new KnownForecasts(new Gson().fromJson(reader, File.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The model whose forecasts these are. */
  public String model() {
    return model;
  }

  /** SHA-256 of the weights that these values belong to. */
  public String weightsSha256() {
    return weightsSha256;
  }

  /** Forecasts every case and compares. */
  public List<Result> check(Forecaster forecaster) {
    List<Result> results = new ArrayList<>();
    for (Case known : cases) {
      double[][] found = forecast(forecaster, known.name(), known.length(), known.horizon());
      results.add(
          new Result(
              known.name(),
              Math.max(excess(found[0], known.first()), excess(found[1], known.last()))));
    }
    return results;
  }

  private double excess(double[] found, double[] expected) {
    double excess = 0;
    for (int i = 0; i < expected.length; i++) {
      double allowed = absoluteTolerance + relativeTolerance * Math.abs(expected[i]);
      double difference = Math.abs(found[i] - expected[i]);
      // A forecast that is not a number is wrong, not within every bound.
      excess = difference <= Double.MAX_VALUE ? Math.max(excess, difference / allowed) : difference;
    }
    return Double.isNaN(excess) ? Double.POSITIVE_INFINITY : excess;
  }

  /** First and last step of the forecast of a named series, nine levels each. */
  static double[][] forecast(Forecaster forecaster, String name, int length, int horizon) {
    double[] values = new double[length];
    DoubleUnaryOperator formula = formula(name);
    for (int x = 1; x <= length; x++) {
      values[x - 1] = formula.applyAsDouble(x);
    }
    TimeSeries series = TimeSeries.of(name, Instant.EPOCH, Step.of(Duration.ofMinutes(1)), values);
    ForecastOptions plain =
        ForecastOptions.defaults().withScaleFallbackObservations(0).withOutputCap(0);
    SeriesForecast forecast =
        forecaster
            .forecast(new ForecastRequest(List.of(series), Horizon.steps(horizon), plain))
            .series()
            .get(0);
    VariateForecast variate = forecast.variate("value");
    double[][] quantiles = variate.quantiles();
    return new double[][] {quantiles[0], quantiles[horizon - 1]};
  }

  private static DoubleUnaryOperator formula(String name) {
    return switch (name) {
      case "short_context", "typical" -> x -> 100 + 0.5 * x + 10 * Math.sin(2 * Math.PI * x / 24);
      case "mixed_sign" -> x -> 3 * Math.sin(2 * Math.PI * x / 16) - 0.05 * x;
      case "flat" -> x -> 7.5;
      default -> throw new IllegalStateException("no series called " + name);
    };
  }
}
