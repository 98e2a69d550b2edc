package io.patchcast.cli;

import io.patchcast.cli.data.TextTable;
import io.patchcast.datasets.CanonicalParquet;
import io.patchcast.datasets.DatasetCache;
import io.patchcast.datasets.DatasetEntry;
import io.patchcast.datasets.DatasetManifest;
import io.patchcast.datasets.DatasetReader;
import io.patchcast.datasets.SeriesVisitor;
import io.patchcast.datasets.TimedSeries;
import io.patchcast.hub.HubSettings;
import io.patchcast.hub.ProgressListener;
import io.patchcast.hub.Sha256;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code patchcast datasets}. */
@Command(
    name = "datasets",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Data sets of public benchmarks: what they are, what their licences permit, and how to get",
      "them. They are kept below PATCHCAST_CACHE (default: ~/.cache/patchcast)."
    })
final class DatasetsCommand implements Runnable {
  @ParentCommand private Patchcast patchcast;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: list, info, fetch, verify, convert");
  }

  private static DatasetCache cache() {
    return new DatasetCache(HubSettings.fromEnvironment(System.getenv()));
  }

  private Console console() {
    return patchcast.console();
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the data sets.")
  int list() {
    DatasetCache cache = cache();
    TextTable table = new TextTable("name", "licence", "step", "here", "protocols", "title");
    for (DatasetEntry entry : DatasetManifest.entries()) {
      table.row(
          entry.name(),
          entry.licence().shown(),
          entry.step() == null ? "mixed" : entry.step(),
          cache.isHere(entry) ? "yes" : "",
          String.join(
              ", ",
              entry.protocols().stream().map(DatasetEntry.Protocol::benchmark).distinct().toList()),
          entry.title());
    }
    console().print(table.toString());
    return ExitCodes.OK;
  }

  @Command(
      name = "info",
      mixinStandardHelpOptions = true,
      description = "Tells everything about a data set.")
  int info(@Parameters(paramLabel = "NAME", description = "As list shows it.") String name) {
    DatasetEntry entry = DatasetManifest.entry(name);
    StringBuilder text = new StringBuilder();
    line(text, "title", entry.title());
    line(text, "source", entry.source());
    line(text, "licence", entry.licence().shown() + ": " + entry.licence().permits());
    line(text, "redistribution", entry.licence().redistribution());
    line(text, "training", entry.licence().training());
    line(text, "step", entry.step() == null ? "differs by series" : entry.step());
    line(text, "time zone", entry.timeZone());
    line(text, "season", entry.season() == 1 ? "none" : entry.season() + " steps");
    DatasetEntry.Columns columns = entry.columns();
    line(text, "series", columns.series() == null ? "one per column" : columns.series());
    line(text, "timestamp", columns.timestamp() == null ? "none" : columns.timestamp());
    line(text, "target", String.join(", ", columns.target()));
    line(text, "known", String.join(", ", columns.known()));
    line(text, "past", String.join(", ", columns.past()));
    for (DatasetEntry.Protocol protocol : entry.protocols()) {
      line(
          text,
          protocol.benchmark(),
          String.join(", ", protocol.tasks())
              + "; horizon "
              + protocol.horizon()
              + "; windows: "
              + protocol.windows()
              + "; "
              + protocol.metric());
    }
    line(text, "cite", entry.citation());
    line(text, "note", entry.note() == null ? "" : entry.note());
    line(text, "directory", cache().directory(entry).toString());
    for (DatasetEntry.DataFile file : entry.files()) {
      line(
          text,
          "file",
          String.format(
              Locale.ROOT,
              "%s, %,d bytes, SHA-256 %s%s",
              file.path(),
              file.bytes(),
              file.sha256(),
              file.url() == null ? "" : ", " + file.url()));
    }
    console().print(text.toString());
    return ExitCodes.OK;
  }

  private static void line(StringBuilder text, String name, String value) {
    if (!value.isEmpty()) {
      text.append(String.format(Locale.ROOT, "%-18s %s\n", name, value));
    }
  }

  @Command(
      name = "fetch",
      mixinStandardHelpOptions = true,
      description = {
        "Downloads the files of a data set, going on where an earlier download stopped, or adopts",
        "them from a directory; every file is checked by its hash."
      })
  int fetch(
      @Parameters(paramLabel = "NAME", description = "As list shows it.") String name,
      @Option(
              names = "--from",
              paramLabel = "DIR",
              description = "Takes the files from this directory or below.")
          Path from)
      throws IOException {
    DatasetEntry entry = DatasetManifest.entry(name);
    DatasetCache cache = cache();
    if (from != null) {
      int copied = cache.adopt(entry, from);
      console().say(copied + " files adopted in " + cache.directory(entry));
      if (entry.files().isEmpty()) {
        console().say("patchcast: their hashes are not recorded, so nothing was checked");
      }
      return ExitCodes.OK;
    }
    try (ProgressBar bar = new ProgressBar(console(), true)) {
      cache.fetch(
          entry,
          new ProgressListener() {
            @Override
            public void downloaded(long downloadedBytes, long totalBytes) {
              bar.update("downloading " + name, (double) downloadedBytes / Math.max(1, totalBytes));
            }
          });
    }
    console().say(entry.files().size() + " files in " + cache.directory(entry));
    return ExitCodes.OK;
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Computes the hashes of a data set's files anew. Exit status 1 if any is off.")
  int verify(@Parameters(paramLabel = "NAME", description = "As list shows it.") String name)
      throws IOException {
    TextTable table = new TextTable("file", ">bytes", "state", "found");
    boolean right = true;
    for (DatasetCache.Check check : cache().verify(DatasetManifest.entry(name))) {
      right &= check.state() == DatasetCache.State.OK;
      table.row(
          check.file().path(),
          String.valueOf(check.file().bytes()),
          check.state().name().toLowerCase(Locale.ROOT),
          check.found());
    }
    console().print(table.toString());
    return right ? ExitCodes.OK : ExitCodes.FAILED;
  }

  @Command(
      name = "convert",
      mixinStandardHelpOptions = true,
      description = {
        "Writes a data set, a file or a directory as Parquet: series, (variate,) timestamp, value,",
        "sorted by series and time, its origin in the file's metadata. With variates, other commands",
        "read it by --id series,variate. Exit status 1 if a series could not be used."
      })
  int convert(
      @Parameters(
              paramLabel = "NAME|PATH",
              description = {
                "A data set that is here; a file: CSV (wide, ragged, long), .tsf, Arrow or Parquet;",
                "or a directory of data sets as GIFT-Eval, BOOM and fev-bench have them."
              })
          String what,
      @Option(
              names = "--out",
              paramLabel = "FILE",
              required = true,
              description = "The Parquet file.")
          Path out,
      @Option(
              names = "--format",
              paramLabel = "NAME",
              description = "wide, ragged, tsf, nab, long, nested (default: by name and header).")
          String format,
      @Option(
              names = "--columns",
              paramLabel = "NAME",
              split = ",",
              description = {
                "Of tables with one row per series: the columns to write, covariates too (default:",
                "target; without one, all lists of numbers)."
              })
          List<String> columns,
      @Option(
              names = "--step",
              paramLabel = "SPAN",
              description = "Of files without timestamps: 10s, 5m, 1h, 1d, 1w, 1mo.")
          String step)
      throws IOException {
    Path path = Path.of(what);
    if (format != null && (Files.isDirectory(path) || !Files.exists(path))) {
      throw new ParameterException(
          spec.commandLine(),
          "--format: expected a file, got "
              + (Files.exists(path)
                  ? "the directory " + what
                  : "the data set " + DatasetManifest.entry(what).name())
              + ", of which the formats are known");
    }
    Map<String, String> provenance = new LinkedHashMap<>();
    try (CanonicalParquet parquet = CanonicalParquet.at(out);
        ProgressBar bar = new ProgressBar(console(), true)) {
      Adding adding = new Adding(parquet, console());
      DatasetReader.Options options =
          new DatasetReader.Options(
              columns == null ? List.of() : columns,
              step == null ? null : Spans.step(step, ZoneOffset.UTC),
              part -> bar.update("reading " + what, part));
      Set<String> left;
      try {
        left =
            Files.exists(path)
                ? read(path, format, options, adding, provenance)
                : read(DatasetManifest.entry(what), options, adding, provenance);
      } finally {
        bar.close();
        adding.sayFaults();
      }
      if (parquet.seriesCount() == 0) {
        throw new InputException(what + ": expected at least one series, found none");
      }
      bar.update("writing " + out, 1);
      long rows = parquet.commit(provenance);
      bar.close();
      if (!left.isEmpty()) {
        console()
            .say("patchcast: columns left out (--columns names them): " + String.join(", ", left));
      }
      console()
          .say(
              String.format(
                  Locale.ROOT, "%,d series, %,d rows in %s", parquet.seriesCount(), rows, out));
      return adding.faultCount == 0 ? ExitCodes.OK : ExitCodes.FAILED;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Set<String> read(
      Path path,
      String format,
      DatasetReader.Options options,
      SeriesVisitor visitor,
      Map<String, String> provenance)
      throws IOException {
    provenance.put(
        "patchcast.dataset.name", path.toAbsolutePath().normalize().getFileName().toString());
    if (Files.isDirectory(path)) {
      Set<String> left = DatasetReader.readDirectory(path, options, visitor);
      provenance.put("patchcast.dataset.sha256", hashes(path));
      return left;
    }
    Set<String> left =
        DatasetReader.read(
            path,
            format == null ? DatasetReader.detect(path) : DatasetReader.Format.of(format),
            options,
            visitor);
    provenance.put("patchcast.dataset.sha256", Sha256.of(path));
    return left;
  }

  private static Set<String> read(
      DatasetEntry entry,
      DatasetReader.Options options,
      SeriesVisitor visitor,
      Map<String, String> provenance)
      throws IOException {
    DatasetCache cache = cache();
    if (!cache.isHere(entry)) {
      throw new InputException(
          "data set " + entry.name() + " is not here: patchcast datasets fetch " + entry.name());
    }
    provenance.put("patchcast.dataset.name", entry.name());
    provenance.put("patchcast.dataset.title", entry.title());
    provenance.put("patchcast.dataset.source", entry.source());
    provenance.put("patchcast.dataset.licence", entry.licence().shown());
    provenance.put("patchcast.dataset.step", entry.step() == null ? "" : entry.step());
    provenance.put("patchcast.dataset.citation", entry.citation());
    Set<String> left = DatasetReader.read(entry, cache.directory(entry), options, visitor);
    provenance.put(
        "patchcast.dataset.sha256",
        entry.files().isEmpty()
            ? hashes(cache.directory(entry))
            : String.join(" ", entry.files().stream().map(DatasetEntry.DataFile::sha256).toList()));
    return left;
  }

  private static String hashes(Path directory) throws IOException {
    List<String> hashes = new ArrayList<>();
    for (Path file : DatasetReader.dataFiles(directory)) {
      hashes.add(Sha256.of(file));
    }
    return String.join(" ", hashes);
  }

  /** Puts series into a file and tells of those that could not be used. */
  private static final class Adding implements SeriesVisitor {
    private static final int MOST_SHOWN = 20;

    private final CanonicalParquet parquet;
    private final Console console;
    private final List<String> faults = new ArrayList<>();
    private long faultCount;
    private long renamedCount;

    Adding(CanonicalParquet parquet, Console console) {
      this.parquet = parquet;
      this.console = console;
    }

    @Override
    public void series(List<TimedSeries> variates) {
      try {
        renamedCount += parquet.add(variates).equals(variates.get(0).id()) ? 0 : 1;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void fault(String series, String reason) {
      if (faultCount++ < MOST_SHOWN) {
        faults.add("patchcast: series '" + series + "' left out: " + reason);
      }
    }

    void sayFaults() {
      faults.forEach(console::say);
      if (faultCount > faults.size()) {
        console.say("patchcast: … and " + (faultCount - faults.size()) + " more");
      }
      if (renamedCount > 0) {
        console.say(
            "patchcast: " + renamedCount + " series had the name of another and got a number");
      }
    }
  }
}
