package io.patchcast.forecast;

import io.patchcast.backend.Backend;
import io.patchcast.hub.HubSettings;
import io.patchcast.hub.ModelHub;
import io.patchcast.hub.ModelHubException;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.weights.Checkpoint;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A forecasting model that is open: the way in for every use.
 *
 * <p>Safe for use by any number of threads at a time. Holds the weights until it is closed; close
 * it when no forecast is running.
 */
public final class Forecaster implements AutoCloseable {
  /** Context that released checkpoints are evaluated with. */
  private static final int RELEASED_CONTEXT_LENGTH = 4096;

  /** Context with which the built-in checkpoint scored best in its own evaluation. */
  private static final int BUILT_IN_CONTEXT_LENGTH = 2048;

  /** Horizons beyond this are forecast in blocks unless the options say otherwise. */
  private static final int LONGEST_SINGLE_PASS = 1024;

  private static final int DEFAULT_BLOCK_SIZE = 768;

  private final Backend backend;
  private final int patchSize;
  private final String name;
  private final String revision;
  private final long parameterCount;
  private final int defaultContextLength;
  private final CompletableFuture<String> sha256;

  /** Null once closed, so that the weights can be collected. */
  private volatile Toto2 model;

  private Forecaster(
      Backend backend,
      Checkpoint checkpoint,
      String name,
      String revision,
      int defaultContextLength) {
    this.backend = backend;
    this.name = name;
    this.revision = revision;
    this.patchSize = checkpoint.config().patchSize();
    this.parameterCount = checkpoint.parameterCount();
    this.defaultContextLength = defaultContextLength;
    this.sha256 = CompletableFuture.supplyAsync(checkpoint::sha256);
    this.model = new Toto2(checkpoint, backend);
  }

  /** Opens a model on the backend that suits this machine best. */
  public static Forecaster open(ModelSource source) {
    return open(source, Backends.AUTO);
  }

  /**
   * Opens a model on a backend asked for by name.
   *
   * @param backendName {@code auto}, {@code vector}, {@code scalar} …, with a precision after a
   *     colon where it is not f32, as in {@code onednn:bf16}
   */
  public static Forecaster open(ModelSource source, String backendName) {
    Backend backend = Backends.open(backendName);
    try {
      return open(source, backend);
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  private static Forecaster open(ModelSource source, Backend backend) {
    if (source instanceof ModelSource.BuiltIn) {
      String name = ModelSource.BuiltIn.NAME;
      return new Forecaster(
          backend,
          Checkpoint.ofResources(name, Forecaster.class, "builtin"),
          name,
          "",
          BUILT_IN_CONTEXT_LENGTH);
    }
    if (source instanceof ModelSource.Directory directory) {
      return new Forecaster(
          backend,
          Checkpoint.open(directory.path()),
          directory.path().toString(),
          "",
          RELEASED_CONTEXT_LENGTH);
    }
    String hubName = ((ModelSource.Hub) source).name();
    try {
      Path directory = ModelHub.of(HubSettings.fromEnvironment(System.getenv())).fetch(hubName);
      return new Forecaster(
          backend,
          Checkpoint.open(directory),
          hubName,
          directory.getFileName().toString(),
          RELEASED_CONTEXT_LENGTH);
    } catch (ModelHubException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** Forecasts all series of a request; a series that cannot be forecast says so in its status. */
  public ForecastResult forecast(ForecastRequest request) {
    Toto2 open = model;
    if (open == null) {
      throw new IllegalStateException("the forecaster of " + name + " is closed");
    }
    ForecastOptions options = request.options();
    int wanted = options.contextLength() == 0 ? defaultContextLength : options.contextLength();
    int contextLength = Math.max(patchSize, wanted / patchSize * patchSize);
    List<PreparedSeries> prepared = new ArrayList<>(request.series().size());
    // Series of one block size run together.
    TreeMap<Integer, List<Integer>> indicesByBlockSize = new TreeMap<>();
    for (TimeSeries series : request.series()) {
      PreparedSeries ready =
          SeriesPreparation.prepare(series, request.horizon(), contextLength, patchSize);
      if (ready.status() == SeriesStatus.OK) {
        indicesByBlockSize
            .computeIfAbsent(blockSize(options, ready.horizon()), size -> new ArrayList<>())
            .add(prepared.size());
      }
      prepared.add(ready);
    }
    double[][][] knots = new double[prepared.size()][][];
    int maxThreads = options.maxThreads() == 0 ? Integer.MAX_VALUE : options.maxThreads();
    indicesByBlockSize.forEach(
        (blockSize, indices) -> {
          List<SeriesInput> inputs = new ArrayList<>(indices.size());
          for (int index : indices) {
            inputs.add(input(request.series().get(index), prepared.get(index)));
          }
          DecodeOptions decode =
              new DecodeOptions(
                  blockSize, options.scaleFallbackObservations(), options.outputCap());
          List<double[][]> forecasts = open.forecast(inputs, decode, maxThreads);
          for (int i = 0; i < forecasts.size(); i++) {
            knots[indices.get(i)] = forecasts.get(i);
          }
        });
    List<SeriesForecast> forecasts = new ArrayList<>(prepared.size());
    for (int i = 0; i < prepared.size(); i++) {
      forecasts.add(result(request.series().get(i), prepared.get(i), knots[i], options));
    }
    return new ForecastResult(model(), List.copyOf(forecasts));
  }

  /** Forecasts one series with the default options. */
  public SeriesForecast forecast(TimeSeries series, Horizon horizon) {
    return forecast(ForecastRequest.of(List.of(series), horizon)).series().get(0);
  }

  /** What is open here; also after it was closed. */
  public ModelInfo model() {
    return new ModelInfo(
        name,
        revision,
        sha256.join(),
        parameterCount,
        patchSize,
        defaultContextLength,
        backend.name());
  }

  private int blockSize(ForecastOptions options, int horizon) {
    if (options.decodeBlockSize() > 0) {
      return options.decodeBlockSize();
    }
    return horizon <= LONGEST_SINGLE_PASS ? 0 : DEFAULT_BLOCK_SIZE / patchSize * patchSize;
  }

  private static SeriesInput input(TimeSeries series, PreparedSeries prepared) {
    // The report's context length is the common length of all target rows.
    return new SeriesInput(
        prepared.values(),
        prepared.observed(),
        new long[prepared.values().length],
        series.targets().size(),
        prepared.values()[0].length,
        prepared.horizon());
  }

  private static SeriesForecast result(
      TimeSeries series, PreparedSeries prepared, double[][] knots, ForecastOptions options) {
    if (knots == null) {
      return refused(series, prepared, prepared.status(), prepared.message());
    }
    List<VariateForecast> variates = new ArrayList<>(knots.length);
    for (int v = 0; v < knots.length; v++) {
      for (int i = 0; i < knots[v].length; i++) {
        if (!Double.isFinite(knots[v][i])) {
          return refused(
              series,
              prepared,
              SeriesStatus.INVALID,
              "target '"
                  + series.targets().get(v).name()
                  + "': expected values whose squares a double can hold, found larger ones");
        }
        if (options.valueRange() == ForecastOptions.ValueRange.NON_NEGATIVE) {
          knots[v][i] = Math.max(0, knots[v][i]);
        }
      }
      variates.add(
          new VariateForecast(series.targets().get(v).name(), options.quantileLevels(), knots[v]));
    }
    return new SeriesForecast(
        series.id(),
        SeriesStatus.OK,
        prepared.message(),
        prepared.report(),
        prepared.timestamps(),
        List.copyOf(variates));
  }

  private static SeriesForecast refused(
      TimeSeries series, PreparedSeries prepared, SeriesStatus status, String message) {
    return new SeriesForecast(
        series.id(), status, message, prepared.report(), new long[0], List.of());
  }

  @Override
  public void close() {
    Toto2 open = model;
    model = null;
    if (open != null) {
      open.close();
      backend.close();
    }
  }
}
