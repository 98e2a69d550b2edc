package io.patchcast.cli;

import com.sun.management.OperatingSystemMXBean;
import io.patchcast.cli.data.TextTable;
import io.patchcast.forecast.Backends;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelSource;
import io.patchcast.hub.HubSettings;
import io.patchcast.hub.ReleasedModel;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code patchcast doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Says what Patchcast finds on this machine, which backend it chooses and why, and checks the",
      "built-in model against known forecasts. Exit status 1 if they differ."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final double GIGA = 1e9;

  /** Weights as floats, and room beside them for a batch. */
  private static final double BYTES_PER_PARAMETER = 4;

  private static final double BATCH_BYTES = 0.3 * GIGA;

  @ParentCommand private Patchcast patchcast;

  @Override
  public Integer call() {
    Console console = patchcast.console();
    console.print(
        machine() + "\n" + backends() + "\n" + memoryPlan() + "\n" + surroundings() + "\n");
    long start = System.nanoTime();
    try (Forecaster forecaster = Forecaster.open(ModelSource.builtIn())) {
      console.print(
          String.format(
              Locale.ROOT,
              "built-in model opened in %.0f ms%n",
              (System.nanoTime() - start) / 1e6));
      boolean right = VerifyCommand.check(forecaster, console);
      console.print(right ? "All is well.\n" : "The forecasts are wrong on this machine.\n");
      return right ? ExitCodes.OK : ExitCodes.FAILED;
    }
  }

  private static TextTable machine() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new TextTable("machine", "")
        .row(
            "Java",
            Runtime.version()
                + ", "
                + System.getProperty("java.vendor")
                + ", "
                + System.getProperty("java.home"))
        .row(
            "system",
            System.getProperty("os.name")
                + " "
                + System.getProperty("os.version")
                + ", "
                + System.getProperty("os.arch")
                + ", "
                + Runtime.getRuntime().availableProcessors()
                + " processors")
        .row(
            "memory",
            String.format(
                Locale.ROOT,
                "%.1f GB, of which %.1f GB free; this JVM's heap goes up to %.1f GB",
                system.getTotalMemorySize() / GIGA,
                system.getFreeMemorySize() / GIGA,
                Runtime.getRuntime().maxMemory() / GIGA));
  }

  private static TextTable backends() {
    TextTable table = new TextTable("backend", "usable", "device, or why not", "");
    String chosen = Backends.choose(Backends.AUTO);
    for (Backends.Candidate candidate : Backends.all()) {
      table.row(
          candidate.name(),
          candidate.available() ? "yes" : "no",
          candidate.detail(),
          candidate.name().equals(chosen) ? "chosen where none is named" : "");
    }
    return table;
  }

  private static TextTable memoryPlan() {
    TextTable table = new TextTable("model", ">heap needed, about", "");
    double heap = Runtime.getRuntime().maxMemory();
    for (ReleasedModel model : ReleasedModel.all()) {
      double needed = BYTES_PER_PARAMETER * model.parameterCount() + BATCH_BYTES;
      table.row(
          model.name(),
          String.format(Locale.ROOT, "%.1f GB", needed / GIGA),
          needed < heap
              ? "fits"
              : String.format(
                  Locale.ROOT, "does not fit: PATCHCAST_OPTS=-Xmx%.0fg", Math.ceil(needed / GIGA)));
    }
    return table;
  }

  private static TextTable surroundings() {
    HubSettings hub = HubSettings.fromEnvironment(System.getenv());
    return new TextTable("surroundings", "")
        .row("model cache", hub.cacheDirectory().toString())
        .row(
            "model hub",
            hub.mode() == HubSettings.Mode.OFFLINE ? "offline" : hub.endpoint().toString())
        .row("PNG plots", fonts());
  }

  private static String fonts() {
    System.setProperty("java.awt.headless", "true");
    try {
      new Font(Font.SANS_SERIF, Font.PLAIN, 12)
          .getStringBounds("x", new FontRenderContext(null, true, true));
      return "yes";
    } catch (LinkageError | RuntimeException e) {
      return "no: this JVM can draw no text (" + e + "); plot to .html";
    }
  }
}
