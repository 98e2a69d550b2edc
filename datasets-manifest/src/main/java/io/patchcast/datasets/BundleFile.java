package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A row of a bundle's {@code manifest.csv}.
 *
 * @param dataset name
 * @param pattern path of the file in the bundle, or a glob where a data set has several
 * @param format {@code wide}, {@code ragged} …, see {@link #read(Path)}
 * @param interval what the column {@code interval_s} says: seconds, {@code month} or {@code mixed}
 * @param licence of the data
 * @param source where they are from
 * @param use which protocols use them
 * @param note what else is to be known
 */
public record BundleFile(
    String dataset,
    String pattern,
    String format,
    String interval,
    String licence,
    String source,
    String use,
    String note) {

  /** Columns of a wide file that are covariates, not targets. */
  private static final String EVENT_PREFIX = "event:";

  /** The step that the manifest names, or null where each series has its own. */
  Step step() {
    String[] words = interval.strip().split("\\s+", 2);
    if (words[0].matches("\\d{1,9}")) {
      return Step.of(Duration.ofSeconds(Long.parseLong(words[0])));
    }
    return interval.startsWith("month") ? Frequency.parse("M").step() : null;
  }

  /** Paths of the files in a bundle, in the order of their names. */
  public List<Path> paths(Path bundle) {
    if (!pattern.contains("*")) {
      return List.of(bundle.resolve(pattern));
    }
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    try (Stream<Path> files = Files.walk(bundle)) {
      return files
          .filter(file -> matcher.matches(bundle.relativize(file)) && Files.isRegularFile(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new InputException(bundle + ": " + e.getMessage(), e);
    }
  }

  /**
   * All target series of the data set. {@code wide} is {@link WideCsv} (columns named {@code
   * event:…} are covariates and left out), {@code ragged} is {@link RaggedCsv}; {@code one file per
   * series} is read as wide CSV whose rows are taken in their order, its series called after the
   * file.
   */
  public List<DatasetSeries> read(Path bundle) {
    List<Path> paths = paths(bundle);
    if (paths.isEmpty()) {
      throw new InputException(bundle + ": no file matches '" + pattern + "' of " + dataset);
    }
    if (format.startsWith("one file per series")) {
      List<DatasetSeries> series = new ArrayList<>();
      for (Path path : paths) {
        String name = bundle.relativize(path).toString().replace('\\', '/');
        for (DatasetSeries one : WideCsv.read(path, step(), WideCsv.Spacing.AS_ROWS)) {
          series.add(
              new DatasetSeries(name, one.labels(), one.startMillis(), one.step(), one.values()));
        }
      }
      return series;
    }
    if (format.startsWith("ragged")) {
      return RaggedCsv.read(paths.get(0), step());
    }
    if (format.startsWith("wide")) {
      return WideCsv.read(paths.get(0), step(), WideCsv.Spacing.EVEN).stream()
          .filter(series -> !series.id().startsWith(EVENT_PREFIX))
          .toList();
    }
    throw new InputException(
        bundle
            + "/manifest.csv: data set "
            + dataset
            + ": expected the format wide, ragged or one file per series, found '"
            + format
            + "'");
  }

  /** How the values of a block become one: what the note says in capitals, {@code SUM} or mean. */
  Resampling.Aggregation aggregation() {
    return note.matches("(?s).*\\bSUM\\b.*")
        ? Resampling.Aggregation.SUM
        : Resampling.Aggregation.MEAN;
  }
}
