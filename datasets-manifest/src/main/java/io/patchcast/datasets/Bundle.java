package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A directory of data sets with a {@code manifest.csv}, and optionally {@code
 * expected_seasonal_naive.csv}, which lists what to forecast, and {@code published/} with the
 * scores of others.
 *
 * <p>{@code manifest.csv} has the columns {@code dataset, file, format, interval_s, licence,
 * source, use, note} (others are not looked at). {@code expected_seasonal_naive.csv} has {@code
 * benchmark, config, series, horizon, season, windows}, the scores of the seasonal naive, and
 * {@code note}.
 *
 * <p>A configuration finds its data set by name: {@code hospital/M/short} → {@code hospital},
 * {@code monash_m1_yearly} → {@code m1}, of it the series whose {@code period} is {@code yearly},
 * {@code bizitobs_l2c_1H} → {@code bizitobs_l2c} at one hour, {@code nab/realTraffic/5T/short} →
 * {@code nab_real}, files below {@code realTraffic}. The transformer data sets have their published
 * aliases ({@code ett1} is {@code ETTm1}, {@code ETTh} both hourly files). A frequency coarser than
 * the file's is resampled, by sums if the manifest's note says {@code SUM}, else by means. Where a
 * file has more series than the configuration says, the first ones are meant.
 *
 * <p>A directory without {@code manifest.csv} that holds data sets in GIFT-Eval's layout ({@link
 * NestedDataset}) is a bundle too: all of them, by {@link GiftEvalProtocol}. Where two data sets
 * would get the same name ({@code CPU} and {@code cpu}) they are called by their paths.
 */
public final class Bundle {
  /** Data sets kept in memory: those of the same name follow each other. */
  private static final int MOST_RECENT = 2;

  private static final String MANIFEST = "manifest.csv";
  private static final String CONFIGURATIONS = "expected_seasonal_naive.csv";

  private static final Map<String, List<String>> ALIASES =
      Map.of(
          "ett1", List.of("ETTm1"),
          "ett2", List.of("ETTm2"),
          "ETTh", List.of("ETTh1", "ETTh2"),
          "ETTm", List.of("ETTm1", "ETTm2"),
          "ETT", List.of("ETTm1", "ETTm2"),
          "nab", List.of("nab_real"));

  private final Path directory;
  private final List<BundleFile> files;

  /** Data sets in GIFT-Eval's layout, by name; none where there is a manifest. */
  private final Map<String, NestedDataset> nested;

  /** Of those, the data set that a configuration is of. */
  private final Map<String, String> datasets = new HashMap<>();

  /** Of those, the ones that could not be read, and why. */
  private final Map<String, InputException> faults = new HashMap<>();

  /** The data sets read last, by name. */
  private final Map<String, List<DatasetSeries>> recent =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<DatasetSeries>> eldest) {
          return size() > MOST_RECENT;
        }
      };

  private Bundle(Path directory, List<BundleFile> files, Map<String, NestedDataset> nested) {
    this.directory = directory;
    this.files = files;
    this.nested = nested;
  }

  /**
   * A configuration that the bundle lists, with the scores it expects of the seasonal naive.
   *
   * @param benchmark such as {@code GIFT-Eval}
   * @param name such as {@code ett1/15T/short}
   * @param seriesCount series that are scored
   * @param horizon steps to forecast
   * @param season steps of a season
   * @param windowCount windows of each series
   * @param endOffset steps after the last window
   * @param expected scores by column name, as the file has them; empty cells are left out
   */
  public record Configuration(
      String benchmark,
      String name,
      int seriesCount,
      int horizon,
      int season,
      int windowCount,
      int endOffset,
      Map<String, String> expected) {

    /** The name without term and frequency: {@code ett1/15T/short} → {@code ett1}. */
    String dataset() {
      String[] parts = name.split("/", -1);
      return parts.length < 3
          ? name
          : String.join("/", List.of(parts).subList(0, parts.length - 2));
    }

    /** Named by the path of its data set as it is, where others have the same name. */
    private Configuration of(String path) {
      String[] parts = name.split("/", -1);
      return new Configuration(
          benchmark,
          String.join("/", path, parts[parts.length - 2], parts[parts.length - 1]),
          seriesCount,
          horizon,
          season,
          windowCount,
          endOffset,
          expected);
    }

    /** The name that its data set is looked for under. */
    private String datasetName() {
      return dataset().replaceFirst("^monash_", "");
    }

    /** The frequency in the name, if it has one. */
    Optional<Frequency> frequency() {
      String[] parts = name.split("/", -1);
      String text =
          parts.length >= 3 ? parts[parts.length - 2] : name.substring(name.lastIndexOf('_') + 1);
      return parts.length < 3 && !text.matches("\\d+[STH]|\\d+[DWMQA]")
          ? Optional.empty()
          : Optional.of(text).filter(Frequency::isFrequency).map(Frequency::parse);
    }
  }

  /** Reads the manifest of a bundle. */
  public static Bundle open(Path directory) {
    Path manifest = directory.resolve(MANIFEST);
    if (!Files.isRegularFile(manifest)) {
      return openNested(directory);
    }
    List<BundleFile> files = new ArrayList<>();
    try (CsvTable table = CsvTable.open(manifest)) {
      while (table.next()) {
        files.add(
            new BundleFile(
                table.field("dataset"),
                table.field("file"),
                table.field("format"),
                table.field("interval_s"),
                table.field("licence", ""),
                table.field("source", ""),
                table.field("use", ""),
                table.field("note", "")));
      }
    }
    return new Bundle(directory, List.copyOf(files), Map.of());
  }

  private static Bundle openNested(Path directory) {
    List<NestedDataset> found =
        Files.isDirectory(directory) ? NestedDataset.below(directory) : List.of();
    if (found.isEmpty()) {
      throw new InputException(
          directory
              + ": expected a directory with a "
              + MANIFEST
              + ", or with data sets in GIFT-Eval's layout, found neither");
    }
    Map<String, NestedDataset> nested = new LinkedHashMap<>();
    List<BundleFile> files = new ArrayList<>();
    for (NestedDataset one : found) {
      String name =
          one.name().isEmpty()
              ? directory.toAbsolutePath().normalize().getFileName().toString()
              : one.name();
      nested.put(name, one);
      files.add(new BundleFile(name, name, "nested", "", "", "", "", ""));
    }
    return new Bundle(directory, List.copyOf(files), nested);
  }

  /** Where it lies. */
  public Path directory() {
    return directory;
  }

  /** The rows of the manifest. */
  public List<BundleFile> files() {
    return files;
  }

  /** The row of a data set, if there is one; in other upper and lower case if need be. */
  public Optional<BundleFile> file(String dataset) {
    return files.stream()
        .filter(file -> file.dataset().equals(dataset))
        .findFirst()
        .or(
            () ->
                files.stream()
                    .filter(file -> file.dataset().equalsIgnoreCase(dataset))
                    .findFirst());
  }

  /** What the bundle lists to be forecast; empty where it lists nothing. */
  public List<Configuration> configurations() {
    if (!nested.isEmpty()) {
      return nestedConfigurations();
    }
    Path list = directory.resolve(CONFIGURATIONS);
    if (!Files.exists(list)) {
      return List.of();
    }
    List<Configuration> configurations = new ArrayList<>();
    try (CsvTable table = CsvTable.open(list)) {
      while (table.next()) {
        Map<String, String> expected = new LinkedHashMap<>();
        for (int c = 0; c < table.header().size(); c++) {
          if (!table.field(c).isEmpty()) {
            expected.put(table.header().get(c), table.field(c));
          }
        }
        int horizon = number(table, "horizon");
        configurations.add(
            new Configuration(
                table.field("benchmark"),
                table.field("config"),
                number(table, "series"),
                horizon,
                number(table, "season"),
                number(table, "windows"),
                endOffset(table.field("note", ""), horizon),
                expected));
      }
    }
    return configurations;
  }

  private List<Configuration> nestedConfigurations() {
    Map<String, List<Configuration>> ofDatasets = new LinkedHashMap<>();
    for (BundleFile file : files) {
      ofDatasets.put(file.dataset(), nestedConfigurations(file));
    }
    Map<String, Long> counts =
        ofDatasets.values().stream()
            .flatMap(List::stream)
            .collect(Collectors.groupingBy(Configuration::name, Collectors.counting()));
    List<Configuration> configurations = new ArrayList<>();
    ofDatasets.forEach(
        (dataset, list) -> {
          for (Configuration one : list) {
            Configuration own = counts.get(one.name()) == 1 ? one : one.of(dataset);
            configurations.add(own);
            datasets.put(own.name(), dataset);
          }
        });
    return configurations;
  }

  private List<Configuration> nestedConfigurations(BundleFile file) {
    try {
      return GiftEvalProtocol.configurations(file.dataset(), read(file));
    } catch (InputException e) {
      // Told when the series are asked for, so that it fails no other.
      faults.put(file.dataset(), e);
      return List.of(GiftEvalProtocol.unreadable(file.dataset()));
    }
  }

  /** {@code offset -96} in a note: the horizon starts 96 steps before the end. */
  private static int endOffset(String note, int horizon) {
    java.util.regex.Matcher matcher =
        java.util.regex.Pattern.compile("offset -(\\d{1,6})").matcher(note);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) - horizon : 0;
  }

  private static int number(CsvTable table, String column) {
    String text = table.field(column);
    if (!text.matches("\\d{1,9}") || Integer.parseInt(text) == 0) {
      throw table.fault(
          "column '" + column + "': expected a whole number above 0, found '" + text + "'");
    }
    return Integer.parseInt(text);
  }

  /** The series of a data set of the manifest, by its name. */
  public List<DatasetSeries> series(String dataset) {
    return read(
        file(dataset)
            .orElseThrow(
                () ->
                    new InputException(
                        directory
                            + "/"
                            + MANIFEST
                            + ": no data set '"
                            + dataset
                            + "'; there are "
                            + String.join(
                                ", ", files.stream().map(BundleFile::dataset).toList()))));
  }

  private synchronized List<DatasetSeries> read(BundleFile file) {
    if (faults.containsKey(file.dataset())) {
      throw faults.get(file.dataset());
    }
    return recent.computeIfAbsent(
        file.dataset(),
        name -> nested.containsKey(name) ? nested.get(name).regular() : file.read(directory));
  }

  /** The series of a configuration, at its frequency. */
  public List<DatasetSeries> series(Configuration configuration) {
    List<DatasetSeries> series =
        datasets.containsKey(configuration.name())
            ? series(datasets.get(configuration.name()))
            : resolve(configuration);
    if (series.size() < configuration.seriesCount()) {
      throw new InputException(
          directory
              + ": configuration "
              + configuration.name()
              + ": expected "
              + configuration.seriesCount()
              + " series, found "
              + series.size());
    }
    return series.subList(0, configuration.seriesCount());
  }

  private List<DatasetSeries> resolve(Configuration configuration) {
    for (Reading reading : readings(configuration.datasetName())) {
      List<DatasetSeries> series = new ArrayList<>();
      for (String dataset : reading.datasets()) {
        Optional<BundleFile> file = file(dataset);
        if (file.isEmpty()) {
          break;
        }
        for (DatasetSeries one : at(configuration, file.get(), reading)) {
          series.add(ALIASES.containsKey(reading.dataset) ? one.below(dataset) : one);
        }
      }
      if (!series.isEmpty()) {
        return series;
      }
    }
    throw new InputException(
        directory
            + "/"
            + MANIFEST
            + ": no data set for the configuration "
            + configuration.name()
            + "; there are "
            + String.join(", ", files.stream().map(BundleFile::dataset).toList()));
  }

  /** A way to read a name: a data set, and of it the series whose id or period has a word. */
  private record Reading(String dataset, String part) {
    /** The data sets of the manifest that it is about. */
    private List<String> datasets() {
      return ALIASES.getOrDefault(dataset, List.of(dataset));
    }
  }

  private static List<Reading> readings(String name) {
    List<Reading> readings = new ArrayList<>();
    readings.add(new Reading(name, ""));
    int slash = name.indexOf('/');
    if (slash > 0) {
      readings.add(new Reading(name.substring(0, slash), name.substring(slash + 1)));
    }
    int underscore = name.lastIndexOf('_');
    if (underscore > 0) {
      String last = name.substring(underscore + 1);
      readings.add(
          new Reading(name.substring(0, underscore), Frequency.isFrequency(last) ? "" : last));
    }
    return readings;
  }

  private List<DatasetSeries> at(Configuration configuration, BundleFile file, Reading reading) {
    List<DatasetSeries> series =
        read(file).stream()
            .filter(one -> reading.part.isEmpty() || isPart(one, reading.part))
            .toList();
    Optional<Step> step = configuration.frequency().map(Frequency::step);
    // A monthly file stays as it is; so do rows that have no common step.
    boolean coarser =
        step.isPresent()
            && !series.isEmpty()
            && !file.format().startsWith("one file per series")
            && step.get().meanMillis() > 1.01 * series.get(0).step().meanMillis();
    return coarser ? new Resampling(step.get(), file.aggregation()).apply(series) : series;
  }

  private static boolean isPart(DatasetSeries series, String part) {
    return series.labels().getOrDefault("period", "").equals(part)
        || series.id().toLowerCase(Locale.ROOT).contains("/" + part.toLowerCase(Locale.ROOT) + "/");
  }
}
