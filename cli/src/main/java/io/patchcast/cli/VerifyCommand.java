package io.patchcast.cli;

import io.patchcast.cli.data.TextTable;
import io.patchcast.forecast.Backends;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.ModelSource;
import io.patchcast.table.InputException;
import io.patchcast.verify.GoldenSuite;
import io.patchcast.verify.KnownForecasts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code patchcast verify}. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Checks this implementation on this machine against outputs of the reference implementation,",
      "or a model against its known hash and forecasts. Exit status 1 if anything is off."
    })
final class VerifyCommand implements Callable<Integer> {
  @ParentCommand private Patchcast patchcast;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private What what;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "Only this backend: scalar, vector … (default: all that work here, in f32).")
  private String backend;

  /** What to check; one of the two. */
  private static final class What {
    @Option(
        names = "--goldens",
        paramLabel = "DIRECTORY",
        required = true,
        description = "Goldens: checkpoints with cases beside them, in this directory or below.")
    private Path goldens;

    @Option(
        names = "--model",
        paramLabel = "MODEL",
        required = true,
        description = "builtin, or a hub name like Datadog/Toto-2.0-4m (downloaded if needed).")
    private String model;
  }

  @Override
  public Integer call() throws IOException {
    return what.goldens != null ? verifyGoldens() : verifyModel();
  }

  private List<String> backends() {
    return backend != null
        ? List.of(Backends.choose(backend))
        : Backends.all().stream()
            .filter(Backends.Candidate::available)
            .map(candidate -> candidate.name() + ":f32")
            .toList();
  }

  private int verifyGoldens() throws IOException {
    if (!Files.isDirectory(what.goldens)) {
      throw new InputException(what.goldens + ": no such directory of goldens");
    }
    TextTable table =
        new TextTable("golden", "backend", ">forecast error", ">trace error", "verdict");
    double largest = 0;
    int failed = 0;
    int count = 0;
    for (String name : backends()) {
      try (ProgressBar bar = new ProgressBar(patchcast.console(), true)) {
        int[] done = {0};
        for (GoldenSuite.Result result :
            GoldenSuite.run(
                what.goldens,
                name,
                one -> bar.update(name + ": " + ++done[0] + " goldens, " + one.name(), 0))) {
          count++;
          failed += result.passed() ? 0 : 1;
          largest = Math.max(largest, result.refusal().isEmpty() ? result.largest() : 0);
          table.row(
              result.name(),
              name,
              error(result.error()),
              result.traceErrors().isEmpty()
                  ? ""
                  : error(result.traceErrors().values().stream().reduce(0.0, Math::max)),
              verdict(result));
        }
      }
    }
    if (count == 0) {
      throw new InputException(
          what.goldens + ": no goldens: expected a model.safetensors with cases beside it");
    }
    patchcast.console().print(table.toString());
    patchcast
        .console()
        .print(
            String.format(
                Locale.ROOT,
                "%n%d of %d passed; largest error %s, allowed %s%n",
                count - failed,
                count,
                error(largest),
                error(GoldenSuite.TOLERANCE)));
    return failed == 0 ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private static String verdict(GoldenSuite.Result result) {
    if (!result.refusal().isEmpty()) {
      return "not run: " + result.refusal();
    }
    return result.passed() ? "ok" : "FAILED";
  }

  private static String error(double error) {
    return String.format(Locale.ROOT, "%.1e", error);
  }

  private int verifyModel() throws IOException {
    ModelSource source = ModelSource.parse(what.model);
    HubDownloads downloads = new HubDownloads(patchcast.console(), true);
    Console console = patchcast.console();
    if (source instanceof ModelSource.Hub hub) {
      downloads.fetch(hub.name());
      console.print(ModelsCommand.files(HubDownloads.hub().verify(hub.name())) + "\n");
    }
    boolean passed = true;
    for (String name : backends()) {
      try (Forecaster forecaster = downloads.open(source, name)) {
        passed &= check(forecaster, console);
      }
    }
    return passed ? ExitCodes.OK : ExitCodes.FAILED;
  }

  /** Compares the forecasts of an open model with those that are known of it. */
  static boolean check(Forecaster forecaster, Console console) {
    ModelInfo info = forecaster.model();
    KnownForecasts known = KnownForecasts.of(info.name());
    if (known == null) {
      console.print(info.name() + ": no forecasts of it are known, nothing more to compare\n");
      return true;
    }
    if (!known.weightsSha256().equals(info.weightsSha256())) {
      console.print(
          info.name()
              + ": FAILED: expected weights with SHA-256 "
              + known.weightsSha256()
              + ", found "
              + info.weightsSha256()
              + "\n");
      return false;
    }
    boolean passed = true;
    TextTable table =
        new TextTable("known forecast of " + info.name(), "backend", ">error / allowed", "verdict");
    for (KnownForecasts.Result result : known.check(forecaster)) {
      passed &= result.passed();
      table.row(
          result.name(),
          info.backend(),
          String.format(Locale.ROOT, "%.3f", result.largestExcess()),
          result.passed() ? "ok" : "FAILED");
    }
    console.print(table.toString());
    return passed;
  }
}
