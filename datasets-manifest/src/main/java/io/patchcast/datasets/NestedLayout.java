package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import io.patchcast.table.SeriesTable;
import io.patchcast.table.SeriesTable.Column;
import io.patchcast.table.SeriesTable.Kind;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;

/**
 * Tables with one row per series, its values in lists; Arrow or Parquet, see {@link SeriesTable}.
 *
 * <table>
 * <caption>Columns of GIFT-Eval, BOOM, BOOMLET and TIME</caption>
 * <tr><td>{@code item_id}</td><td>text</td></tr>
 * <tr><td>{@code start}</td><td>instant of the first value, a timestamp or text</td></tr>
 * <tr><td>{@code freq}</td><td>step in pandas' words, see {@link Frequency}</td></tr>
 * <tr><td>{@code target}</td><td>list of numbers, or a list of such lists, one per variate</td></tr>
 * <tr><td>{@code variate_names}</td><td>list of texts, where the variates have names</td></tr>
 * <tr><td>{@code past_feat_dynamic_real} …</td><td>covariates as {@code target}</td></tr>
 * </table>
 *
 * <table>
 * <caption>Columns of fev-bench's and Chronos' data sets</caption>
 * <tr><td>{@code id}</td><td>text</td></tr>
 * <tr><td>{@code timestamp}</td><td>list of timestamps; any name will do where there is no {@code
 * freq}</td></tr>
 * <tr><td>any number of others</td><td>lists of numbers of the same length: targets and dynamic
 * covariates, which is which says a task, not the file</td></tr>
 * <tr><td>any number of others</td><td>single values: static covariates, which are not read</td></tr>
 * </table>
 *
 * <p>The target is the column {@code target}, else all lists of numbers beside timestamps; or the
 * columns that are asked for by name, covariates too. Null and NaN are missing. Variates are called
 * {@code dim0, dim1} … (GIFT-Eval's words) unless the file names them, and after their columns
 * where there are several.
 */
final class NestedLayout {
  private static final List<String> IDS =
      List.of("item_id", "id", "unique_id", "series_id", "series");
  private static final String START = "start";
  private static final String FREQUENCY = "freq";
  private static final String TARGET = "target";
  private static final String VARIATE_NAMES = "variate_names";

  private final Path file;
  private final Step step;
  private final List<Column> targets;
  private final Column id;
  private final Column times;
  private final Column start;
  private final Column frequency;
  private final Column names;

  /**
   * A row.
   *
   * @param id of the series
   * @param startMillis of its first value
   * @param frequency in the file's words; null where each value has its timestamp, or where there
   *     is none
   * @param timestamps one per value; null where the frequency says them
   * @param variates names, one per list of values
   * @param values of each variate
   */
  record Series(
      String id,
      long startMillis,
      Frequency frequency,
      long[] timestamps,
      List<String> variates,
      List<double[]> values) {

    /** Values of the variate that has most. */
    int longest() {
      return values.stream().mapToInt(list -> list.length).max().orElseThrow();
    }
  }

  /** Gets the rows of a file. */
  interface Visitor {
    void series(Series series);

    void fault(String id, String reason);
  }

  private NestedLayout(Path file, List<Column> columns, List<String> wanted, Step step) {
    this.file = file;
    this.step = step;
    this.id = first(columns, IDS, 0, Kind.TEXT, Kind.NUMBER).orElse(null);
    this.start = first(columns, List.of(START), 0, Kind.TIME, Kind.TEXT, Kind.NUMBER).orElse(null);
    this.frequency = first(columns, List.of(FREQUENCY), 0, Kind.TEXT).orElse(null);
    this.times =
        first(columns, List.of("timestamp"), 1, Kind.TIME)
            .or(
                () ->
                    columns.stream()
                        .filter(column -> frequency == null && isTimes(column))
                        .findFirst())
            .orElse(null);
    this.names = first(columns, List.of(VARIATE_NAMES), 1, Kind.TEXT).orElse(null);
    this.targets = targets(columns, wanted);
    if (times == null && frequency == null && step == null) {
      throw new InputException(
          file
              + ": expected a column '"
              + FREQUENCY
              + "' of text or a list of timestamps, or a step given; its columns are: "
              + shown(columns));
    }
  }

  private static Optional<Column> first(
      List<Column> columns, List<String> names, int depth, Kind... kinds) {
    return names.stream()
        .flatMap(name -> columns.stream().filter(column -> column.name().equals(name)))
        .filter(column -> column.depth() == depth && List.of(kinds).contains(column.kind()))
        .findFirst();
  }

  private List<Column> targets(List<Column> columns, List<String> wanted) {
    List<String> asked =
        !wanted.isEmpty() || columns.stream().noneMatch(column -> column.name().equals(TARGET))
            ? wanted
            : List.of(TARGET);
    for (String name : asked) {
      if (columns.stream().noneMatch(column -> column.name().equals(name) && isValues(column))) {
        throw new InputException(
            file
                + ": expected a column '"
                + name
                + "' that is a list of numbers, or a list of such; its columns are: "
                + shown(columns));
      }
    }
    List<Column> found =
        columns.stream()
            .filter(
                column -> isValues(column) && (asked.isEmpty() || asked.contains(column.name())))
            .filter(column -> !asked.isEmpty() || (times != null && column.depth() == 1))
            .toList();
    if (found.isEmpty()) {
      throw new InputException(
          file
              + ": expected a column '"
              + TARGET
              + "', a list of numbers or a list of such, one row per series; its columns are: "
              + shown(columns));
    }
    return found;
  }

  private static boolean isTimes(Column column) {
    return column.kind() == Kind.TIME && column.depth() == 1;
  }

  private static boolean isValues(Column column) {
    return column.kind() == Kind.NUMBER && (column.depth() == 1 || column.depth() == 2);
  }

  private static String shown(List<Column> columns) {
    return String.join(", ", columns.stream().map(Column::toString).toList());
  }

  /** Whether a table has rows of this kind at all. */
  static boolean fits(SeriesTable table) {
    List<Column> columns = table.columns();
    return columns.stream().anyMatch(NestedLayout::isValues)
        && columns.stream()
            .anyMatch(
                column ->
                    isTimes(column)
                        || (isValues(column) && column.name().equals(TARGET))
                        || (column.kind() == Kind.TEXT
                            && column.depth() == 0
                            && column.name().equals(FREQUENCY)));
  }

  /**
   * Reads a file.
   *
   * @param wanted columns to read; none = the target
   * @param step of series that do not say it; may be null
   * @return the columns of lists that were left out
   */
  static List<String> read(
      Path file, List<String> wanted, Step step, DoubleConsumer progress, Visitor visitor) {
    try (SeriesTable table = SeriesTable.open(file)) {
      NestedLayout layout = new NestedLayout(file, table.columns(), wanted, step);
      List<String> columns =
          Stream.concat(
                  layout.targets.stream(),
                  Stream.of(layout.id, layout.times, layout.start, layout.frequency, layout.names))
              .filter(Objects::nonNull)
              .map(Column::name)
              .toList();
      table.read(columns, progress, row -> layout.row(row, visitor));
      return table.columns().stream()
          .filter(column -> isValues(column) && !layout.targets.contains(column))
          .map(Column::name)
          .toList();
    }
  }

  private void row(SeriesTable.Row row, Visitor visitor) {
    String text = id == null ? null : row.text(id.name());
    String name = text == null ? "row " + (row.index() + 1) : text;
    Series series;
    try {
      series = series(row, name);
    } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
      visitor.fault(name, file.getFileName() + ": " + e.getMessage());
      return;
    }
    visitor.series(series);
  }

  private Series series(SeriesTable.Row row, String name) {
    List<String> variates = new ArrayList<>();
    List<double[]> values = new ArrayList<>();
    List<String> given = names == null ? List.of() : row.texts(names.name());
    for (Column target : targets) {
      double[][] lists = row.numbers(target.name());
      boolean alone = lists.length == 1 && (target.depth() == 1 || targets.size() == 1);
      boolean named =
          targets.size() == 1
              && given.size() == lists.length
              && given.stream().filter(Objects::nonNull).distinct().count() == lists.length;
      for (int i = 0; i < lists.length; i++) {
        String inner = named && !alone ? given.get(i) : alone ? "" : "dim" + i;
        variates.add(
            targets.size() == 1
                ? inner
                : inner.isEmpty() ? target.name() : target.name() + "_" + inner);
        values.add(lists[i]);
      }
    }
    if (values.stream().allMatch(list -> list.length == 0)) {
      throw new IllegalArgumentException("expected at least one value, found none");
    }
    if (times != null) {
      return withTimestamps(row, name, variates, values);
    }
    long first = start == null ? 0 : only(row.times(start.name()));
    String words = frequency == null ? null : row.text(frequency.name());
    if (words == null && step == null) {
      throw new IllegalArgumentException("expected a frequency, found null");
    }
    if (words != null) {
      return new Series(name, first, Frequency.parse(words), null, variates, values);
    }
    Series series = new Series(name, first, null, null, variates, values);
    long[] timestamps = new long[series.longest()];
    Arrays.setAll(timestamps, t -> step.plus(first, t));
    return new Series(name, first, null, timestamps, variates, values);
  }

  private Series withTimestamps(
      SeriesTable.Row row, String name, List<String> variates, List<double[]> values) {
    long[] timestamps = row.times(times.name());
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i).length != timestamps.length) {
        throw new IllegalArgumentException(
            "expected "
                + timestamps.length
                + " values as there are timestamps, found "
                + values.get(i).length
                + (variates.get(i).isEmpty() ? "" : " of '" + variates.get(i) + "'"));
      }
    }
    for (int t = 0; t < timestamps.length; t++) {
      if (timestamps[t] == SeriesTable.NO_TIME) {
        throw new IllegalArgumentException(
            "expected a timestamp with each value, found null at " + (t + 1));
      }
    }
    return new Series(name, timestamps[0], null, timestamps, variates, values);
  }

  private static long only(long[] cell) {
    if (cell.length == 0 || cell[0] == SeriesTable.NO_TIME) {
      throw new IllegalArgumentException("expected a start, found null");
    }
    return cell[0];
  }
}
