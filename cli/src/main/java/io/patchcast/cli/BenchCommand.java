package io.patchcast.cli;

import com.google.gson.JsonObject;
import io.patchcast.bench.ForecastBenchmark;
import io.patchcast.bench.Workload;
import io.patchcast.cli.data.TextTable;
import io.patchcast.weights.ModelConfig;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code patchcast bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures forecasts of a released size on this machine, with random weights: no download.",
      "The share of the peak compares the multiply-adds of the forecast with what the same threads",
      "do in registers."
    })
final class BenchCommand implements Callable<Integer> {
  @ParentCommand private Patchcast patchcast;

  @Option(
      names = "--config",
      paramLabel = "SIZE",
      defaultValue = "4m",
      description = "4m, 22m, 313m, 1B or 2.5B (default: ${DEFAULT-VALUE}).")
  private String config;

  @Option(
      names = "--context",
      paramLabel = "STEPS",
      defaultValue = "512",
      description = "Steps of history (default: ${DEFAULT-VALUE}).")
  private int context;

  @Option(
      names = "--horizon",
      paramLabel = "STEPS",
      defaultValue = "96",
      description = "Steps to forecast, in one pass (default: ${DEFAULT-VALUE}).")
  private int horizon;

  @Option(
      names = "--batch",
      paramLabel = "SERIES",
      defaultValue = "256",
      description = "Series in a request (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--variates",
      paramLabel = "COUNT",
      defaultValue = "1",
      description = "Targets of each series (default: ${DEFAULT-VALUE}).")
  private int variates;

  @Option(
      names = "--missing",
      paramLabel = "PERCENT",
      defaultValue = "0",
      description = "Steps without a value (default: ${DEFAULT-VALUE}).")
  private int missing;

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      defaultValue = "0",
      description = "Threads to compute with (default: one for each processor).")
  private int threads;

  @Mixin private BackendOptions backend;

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      defaultValue = "4",
      description = "How long to measure; half as long to warm up (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(names = "--json", description = "One line of JSON in place of a table.")
  private boolean json;

  @Override
  public Integer call() {
    ModelConfig shape = ModelConfig.released(config);
    Workload workload = new Workload(context, horizon, batch, variates, missing);
    if (threads < 0 || !(seconds > 0)) {
      throw new IllegalArgumentException(
          "--threads must be 0 or more and --seconds above 0, got " + threads + " and " + seconds);
    }
    int most = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    try (ForecastBenchmark benchmark = new ForecastBenchmark(shape, backend.name())) {
      ForecastBenchmark.Result result = benchmark.run(workload, most, seconds);
      patchcast.console().print(json ? json(result, most) + "\n" : table(result, most));
    }
    return ExitCodes.OK;
  }

  private String table(ForecastBenchmark.Result result, int most) {
    return new TextTable("measured", ">value")
        .row(
            "forecasts",
            text(
                "%s, %d series of %d x %d steps, %d to forecast, %d %% missing",
                config, batch, variates, context, horizon, missing))
        .row("backend, threads", result.backend() + ", " + most)
        .row(
            "request, median of " + result.rounds(),
            text(
                "%.3f ms (%.3f to %.3f)",
                1e3 * result.requestSeconds(),
                1e3 * result.fastestSeconds(),
                1e3 * result.slowestSeconds()))
        .row("series per second", text("%.0f", batch / result.requestSeconds()))
        .row("arithmetic", text("%.1f GFLOP/s", result.gigaflops()))
        .row(
            "of this machine's peak",
            Double.isNaN(result.peakGigaflops())
                ? "not known without the Vector API"
                : text(
                    "%.1f %% of %.1f GFLOP/s", 100 * result.shareOfPeak(), result.peakGigaflops()))
        .row("allocated per series", text("%.1f KB", result.allocatedBytes() / 1e3 / batch))
        .toString();
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private String json(ForecastBenchmark.Result result, int most) {
    JsonObject object = new JsonObject();
    object.addProperty("config", config);
    object.addProperty("backend", result.backend());
    object.addProperty("context", context);
    object.addProperty("horizon", horizon);
    object.addProperty("batch", batch);
    object.addProperty("variates", variates);
    object.addProperty("missing_percent", missing);
    object.addProperty("threads", most);
    object.addProperty("rounds", result.rounds());
    object.addProperty("request_seconds", result.requestSeconds());
    object.addProperty("fastest_seconds", result.fastestSeconds());
    object.addProperty("slowest_seconds", result.slowestSeconds());
    object.addProperty("series_per_second", batch / result.requestSeconds());
    object.addProperty("multiply_adds", result.multiplyAdds());
    object.addProperty("gigaflops", result.gigaflops());
    if (Double.isFinite(result.peakGigaflops())) {
      object.addProperty("peak_gigaflops", result.peakGigaflops());
      object.addProperty("share_of_peak", result.shareOfPeak());
    }
    object.addProperty("allocated_bytes", result.allocatedBytes());
    if (ResidentMemory.peakBytes() > 0) {
      object.addProperty("peak_resident_bytes", ResidentMemory.peakBytes());
    }
    return object.toString();
  }
}
