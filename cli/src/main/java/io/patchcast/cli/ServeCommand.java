package io.patchcast.cli;

import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelSource;
import io.patchcast.serving.RequestLimits;
import io.patchcast.serving.ServedModels;
import io.patchcast.serving.ServiceSettings;
import io.patchcast.serving.ServiceSettings.Access;
import io.patchcast.serving.http.ForecastServer;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code patchcast serve}. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Answers forecast requests over HTTP, as JSON and as Arrow streams, until it is told to end",
      "(SIGTERM or Ctrl-C); then it finishes what it has. One line per request goes to the standard",
      "error. The interface describes itself at /openapi.json."
    },
    footer = {
      "",
      "Exit status: 0 ended when told to, with every request answered; 1 requests were left.",
      "",
      "Example:",
      "  patchcast serve --model Datadog/Toto-2.0-22m --port 8080",
      "  curl localhost:8080/v1/forecast -H 'Content-Type: application/json' -d '{",
      "    \"inputs\": [{\"item_id\": \"cpu\", \"start\": \"2026-11-22T00:00:00Z\", \"step\": \"5m\",",
      "                \"target\": [1, 2, 3, 4, 5, null, 7, 8]}],",
      "    \"parameters\": {\"horizon\": 12}}'"
    })
final class ServeCommand implements Callable<Integer> {
  @ParentCommand private Patchcast patchcast;
  @Spec private CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = "Name or address to listen at (default: ${DEFAULT-VALUE}).")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "Port to listen at; 0 takes a free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = "builtin",
      description = {
        "builtin, a checkpoint directory, or a hub name like Datadog/Toto-2.0-4m; may be given more",
        "than once, the first is the default (default: ${DEFAULT-VALUE})."
      })
  private List<String> models;

  @Mixin private BackendOptions backend;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = {
        "Asks for one of the bearer tokens in this file, one a line, but for /health. The file is",
        "read again when it changes."
      })
  private Path tokenFile;

  @Option(
      names = "--allow-anyone",
      description = "Without this, a token file is needed to listen beyond this machine.")
  private boolean allowAnyone;

  @Option(
      names = "--max-body",
      paramLabel = "MIB",
      defaultValue = "16",
      description = "Largest body, in MiB (default: ${DEFAULT-VALUE}).")
  private int maxBodyMib;

  @Option(
      names = "--max-series",
      paramLabel = "COUNT",
      defaultValue = "1000",
      description = "Most series in a request (default: ${DEFAULT-VALUE}).")
  private int maxSeries;

  @Option(
      names = "--max-points",
      paramLabel = "COUNT",
      defaultValue = "2000000",
      description = {
        "Most numbers and timestamps in a request, and most quantile values in its answer",
        "(default: ${DEFAULT-VALUE})."
      })
  private long maxPoints;

  @Option(
      names = "--max-horizon",
      paramLabel = "STEPS",
      defaultValue = "4096",
      description = "Longest horizon (default: ${DEFAULT-VALUE}).")
  private int maxHorizon;

  @Option(
      names = "--queue",
      paramLabel = "COUNT",
      defaultValue = "256",
      description = {
        "Most requests that wait or are computed at a time; further ones are answered with 429",
        "(default: ${DEFAULT-VALUE})."
      })
  private int queue;

  @Option(
      names = "--queue-points",
      paramLabel = "COUNT",
      defaultValue = "20000000",
      description = "Most points of all of them (default: ${DEFAULT-VALUE}).")
  private long queuePoints;

  @Option(
      names = "--timeout",
      paramLabel = "SPAN",
      defaultValue = "60s",
      description = "Longest that a request may wait for its forecast (default: ${DEFAULT-VALUE}).")
  private String timeout;

  @Option(
      names = "--drain-timeout",
      paramLabel = "SPAN",
      defaultValue = "30s",
      description = "How long requests may still take after SIGTERM (default: ${DEFAULT-VALUE}).")
  private String drainTimeout;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Console console = patchcast.console();
    ServiceSettings settings = settings();
    List<Forecaster> forecasters = new ArrayList<>();
    try {
      for (String model : models) {
        forecasters.add(
            new HubDownloads(console, true).open(ModelSource.parse(model), backend.name()));
      }
      ForecastServer server =
          ForecastServer.start(settings, new ServedModels(forecasters), console.err());
      CountDownLatch ended = new CountDownLatch(1);
      patchcast.ending().onSignal(() -> drain(server));
      console.say("patchcast: listening at http://" + host + ":" + server.port());
      ended.await();
      return ExitCodes.OK;
    } finally {
      forecasters.forEach(Forecaster::close);
    }
  }

  private static int drain(ForecastServer server) {
    try {
      return server.drain() == 0 ? ExitCodes.OK : ExitCodes.FAILED;
    } catch (InterruptedException e) {
      return ExitCodes.FAILED;
    }
  }

  private ServiceSettings settings() {
    if (tokenFile != null && !Files.isReadable(tokenFile)) {
      throw new InputException(tokenFile + ": no token file that can be read");
    }
    try {
      if (tokenFile == null && !allowAnyone && !ForecastServer.isLocal(host)) {
        throw new IllegalArgumentException(
            "--host "
                + host
                + " can be reached from other machines: give --token-file, or --allow-anyone if"
                + " anyone may ask");
      }
      return new ServiceSettings(
          host,
          port,
          tokenFile == null ? Access.ANYONE : Access.TOKEN,
          tokenFile,
          new RequestLimits((long) maxBodyMib << 20, maxSeries, maxPoints, maxHorizon),
          queue,
          queuePoints,
          span("--timeout", timeout),
          span("--drain-timeout", drainTimeout));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static Duration span(String option, String text) {
    Duration duration = Spans.horizon(text).duration();
    if (duration == null) {
      throw new IllegalArgumentException(option + ": expected a duration such as 30s, got " + text);
    }
    return duration;
  }
}
