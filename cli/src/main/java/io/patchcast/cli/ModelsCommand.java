package io.patchcast.cli;

import io.patchcast.cli.data.TextTable;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.ModelSource;
import io.patchcast.hub.CachedFile;
import io.patchcast.hub.ModelHub;
import io.patchcast.hub.ModelHubException;
import io.patchcast.hub.ReleasedModel;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code patchcast models}. */
@Command(
    name = "models",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Lists, downloads and describes models.",
    footer = {
      "",
      "Environment: HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE=1, and PATCHCAST_CACHE (else",
      "$XDG_CACHE_HOME/patchcast, else ~/.cache/patchcast) for where models are kept."
    })
final class ModelsCommand implements Runnable {
  @ParentCommand private Patchcast patchcast;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing: list, pull or info");
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the models known by name, and which of them are here.")
  int list() throws ModelHubException {
    ModelHub hub = HubDownloads.hub();
    TextTable table = new TextTable("model", ">parameters", ">weights", "here", "revision");
    try (Forecaster builtIn = Forecaster.open(ModelSource.builtIn(), "scalar")) {
      ModelInfo info = builtIn.model();
      table.row(
          info.name(),
          String.format(Locale.ROOT, "%,d", info.parameterCount()),
          "in the jar",
          "yes",
          info.revision());
    }
    for (ReleasedModel model : hub.released()) {
      table.row(
          model.name(),
          String.format(Locale.ROOT, "%,d", model.parameterCount()),
          bytes(model.weightsBytes()),
          hub.cached(model.name()).isPresent() ? "yes" : "no",
          model.revision().substring(0, 12));
    }
    patchcast.console().print(table.toString());
    return ExitCodes.OK;
  }

  @Command(
      name = "pull",
      mixinStandardHelpOptions = true,
      description = "Downloads a model into the cache and prints its directory.")
  int pull(
      @Parameters(
              paramLabel = "NAME",
              description = "A hub name like Datadog/Toto-2.0-4m, or NAME@REVISION.")
          String name)
      throws ModelHubException {
    Path directory = new HubDownloads(patchcast.console(), true).fetch(name);
    patchcast.console().print(directory + "\n");
    return ExitCodes.OK;
  }

  @Command(
      name = "info",
      mixinStandardHelpOptions = true,
      description = "Describes a model: builtin, a directory, or one in the cache.")
  int info(
      @Parameters(paramLabel = "MODEL", description = "builtin, a directory or a hub name.")
          String model)
      throws IOException {
    ModelSource source = ModelSource.parse(model);
    Console console = patchcast.console();
    if (source instanceof ModelSource.Hub hub) {
      Optional<Path> cached = HubDownloads.hub().cached(hub.name());
      if (cached.isEmpty()) {
        throw new InputException(
            hub.name() + " is not in the cache; get it with: patchcast models pull " + hub.name());
      }
      console.print("directory  " + cached.get() + "\n");
    }
    try (Forecaster forecaster = Forecaster.open(source)) {
      ModelInfo info = forecaster.model();
      TextTable table = new TextTable("model", info.name());
      if (!info.revision().isEmpty()) {
        table.row("revision", info.revision());
      }
      table
          .row("parameters", String.format(Locale.ROOT, "%,d", info.parameterCount()))
          .row("weights SHA-256", info.weightsSha256())
          .row("patch size", info.patchSize() + " steps")
          .row("context", info.contextLength() + " steps unless --context says otherwise")
          .row("backend here", info.backend());
      console.print(table.toString());
    }
    if (source instanceof ModelSource.Hub hub) {
      console.print("\n" + files(HubDownloads.hub().verify(hub.name())));
    }
    return ExitCodes.OK;
  }

  /** Files of a cached model and what their hashes were compared with. */
  static TextTable files(List<CachedFile> files) {
    TextTable table = new TextTable("file", ">bytes", "SHA-256", "compared with");
    for (CachedFile file : files) {
      table.row(
          file.name(),
          String.format(Locale.ROOT, "%,d", file.bytes()),
          file.sha256(),
          switch (file.check()) {
            case PINNED_HASH -> "the hash known to Patchcast";
            case HUB_HASH -> "the hub's hash";
            case TRANSFER_ONLY -> "its hash when it came";
          });
    }
    return table;
  }

  private static String bytes(long bytes) {
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
