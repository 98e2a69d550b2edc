package io.patchcast.cli;

import io.patchcast.table.InputException;
import io.patchcast.weights.CheckpointFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code patchcast}. */
@Command(
    name = "patchcast",
    mixinStandardHelpOptions = true,
    description = "Forecasts metrics with a Toto 2.0 foundation model.",
    versionProvider = Patchcast.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit status: 0 done, 1 a check failed or no series could be forecast, 2 wrong command line,",
      "3 a file, model or the network is not as needed, 70 a fault of this program.",
      "",
      "First steps:  patchcast demo",
      "              patchcast forecast metrics.csv --time ts --value cpu --id host --horizon 24h"
    },
    subcommands = {
      ForecastCommand.class,
      ServeCommand.class,
      DemoCommand.class,
      ModelsCommand.class,
      DoctorCommand.class,
      VerifyCommand.class,
      EvaluateCommand.class,
      DatasetsCommand.class,
      BenchCommand.class
    })
public final class Patchcast implements Runnable {
  private static final String ERASE_LINE_ABOVE = "\u001b[1A\u001b[2K\r";

  private final Console console;
  private final Ending ending;

  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Shows log messages and the stack trace of an error.")
  private boolean verbose;

  private Patchcast(Console console, Ending ending) {
    this.console = console;
    this.ending = ending;
  }

  /** Runs a command and ends the process with its {@linkplain ExitCodes exit status}. */
  public static void main(String[] args) {
    Console console = Console.ofProcess();
    if (console.terminal() && ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      // The JVM has just warned of an incubator module, in one line that no flag turns off.
      console.err().print(ERASE_LINE_ABOVE);
      console.err().flush();
    }
    Ending ending = new Ending();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> ending.signalled(Runtime.getRuntime()::halt)));
    System.exit(run(console, ending, args));
  }

  /** Runs a command on these streams; returns its exit status. */
  static int run(Console console, String... args) {
    return run(console, new Ending(), args);
  }

  private static int run(Console console, Ending ending, String... args) {
    try {
      return commandLine(console, ending).execute(args);
    } catch (OutOfMemoryError e) {
      console.say(
          "patchcast: out of memory: "
              + e.getMessage()
              + "; give more with PATCHCAST_OPTS=-Xmx4g, or forecast fewer series at a time");
      return ExitCodes.INPUT;
    }
  }

  private static CommandLine commandLine(Console console, Ending ending) {
    Patchcast root = new Patchcast(console, ending);
    CommandLine commandLine = new CommandLine(root);
    commandLine.setOut(new PrintWriter(console.out(), false, StandardCharsets.UTF_8));
    commandLine.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    commandLine.setExecutionExceptionHandler((e, command, parsed) -> root.failed(e));
    commandLine.setExecutionStrategy(
        parsed -> {
          Logger.getLogger("").setLevel(root.verbose ? Level.INFO : Level.WARNING);
          return new CommandLine.RunLast().execute(parsed);
        });
    commandLine.setParameterExceptionHandler(
        (e, args) -> {
          String command = e.getCommandLine().getCommandSpec().qualifiedName();
          console.say("patchcast: " + e.getMessage().replaceFirst("^Error: ", ""));
          if (!CommandLine.UnmatchedArgumentException.printSuggestions(
              e, e.getCommandLine().getErr())) {
            console.say("Try '" + command + " --help'.");
          }
          return ExitCodes.USAGE;
        });
    return commandLine;
  }

  /** The streams of this run. */
  Console console() {
    return console;
  }

  /** Where a command says what it does when the process is told to end. */
  Ending ending() {
    return ending;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: " + String.join(", ", commands()));
  }

  private Iterable<String> commands() {
    return spec.subcommands().keySet();
  }

  /** Says what went wrong in one line. */
  private int failed(Exception failure) {
    Exception e =
        failure instanceof CompletionException && failure.getCause() instanceof Exception cause
            ? cause
            : failure;
    if (e instanceof Console.ClosedOutput closed) {
      if (closed.brokenPipe()) {
        return ExitCodes.BROKEN_PIPE;
      }
      console.say("patchcast: standard output: " + closed.getCause().getMessage());
      return ExitCodes.INPUT;
    }
    if (verbose) {
      e.printStackTrace(console.err());
    }
    if (e instanceof InputException
        || e instanceof CheckpointFormatException
        || e instanceof IllegalStateException) {
      console.say("patchcast: " + e.getMessage());
      return ExitCodes.INPUT;
    }
    if (e instanceof UncheckedIOException unchecked) {
      console.say("patchcast: " + reason(unchecked.getCause()));
      return ExitCodes.INPUT;
    }
    if (e instanceof IOException io) {
      console.say("patchcast: " + reason(io));
      return ExitCodes.INPUT;
    }
    if (e instanceof IllegalArgumentException) {
      console.say("patchcast: " + e.getMessage());
      return ExitCodes.USAGE;
    }
    console.say("patchcast: internal error: " + e + (verbose ? "" : " (--verbose shows where)"));
    return ExitCodes.INTERNAL;
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return e.getMessage() + ": no such file";
    }
    if (e instanceof AccessDeniedException) {
      return e.getMessage() + ": permission denied";
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** Tells the version in the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Patchcast.class.getPackage().getImplementationVersion();
      return new String[] {
        "patchcast " + (version == null ? "(unpackaged)" : version),
        "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
      };
    }
  }
}
