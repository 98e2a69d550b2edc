package io.patchcast.evaluation;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import io.patchcast.table.InputException;
import io.patchcast.table.Numbers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Scores that others have published, from CSV: a column of task names ({@code config}, {@code
 * dataset_config}, {@code task_name} or {@code dataset}), {@code model}, {@code MASE}, and {@code
 * CRPS} or {@code WQL}; optionally {@code model_type}, and whether the model has seen the data:
 * {@code testdata_leakage} or {@code trained_on_this_dataset}.
 *
 * <p>The tables of the M4 competition have one row per {@code method} and a column per metric and
 * frequency, such as {@code sMAPE_Weekly}; {@code authors} is its type. Their last lines, which
 * explain the metrics, are passed over.
 *
 * @param scores the rows
 */
public record PublishedScores(List<Row> scores) {
  /**
   * A published score.
   *
   * @param task name of the task
   * @param model name of the model
   * @param type such as {@code statistical} or {@code zero-shot}; may be empty
   * @param leaked whether the model has been trained on these data
   * @param mase NaN where not given
   * @param crps NaN where not given
   * @param sql scaled quantile loss, NaN where not given
   * @param smape symmetric mean absolute percentage error in percent, NaN where not given
   * @param owa M4's overall weighted average, NaN where not given
   * @param msis mean scaled interval score at 95 %, NaN where not given
   */
  public record Row(
      String task,
      String model,
      String type,
      boolean leaked,
      double mase,
      double crps,
      double sql,
      double smape,
      double owa,
      double msis) {

    /** A score of the benchmarks other than M4. */
    Row(
        String task,
        String model,
        String type,
        boolean leaked,
        double mase,
        double crps,
        double sql) {
      this(task, model, type, leaked, mase, crps, sql, Double.NaN, Double.NaN, Double.NaN);
    }
  }

  private static final String METHOD = "method";
  private static final Pattern COMPETITION_COLUMN =
      Pattern.compile("(?:sMAPE|MASE|OWA|MSIS)_(\\w+)");

  public PublishedScores {
    scores = List.copyOf(scores);
  }

  /** Nothing published. */
  public static PublishedScores none() {
    return new PublishedScores(List.of());
  }

  /**
   * The scores of these models alone.
   *
   * @throws IllegalArgumentException if there is a model without a score
   */
  public PublishedScores of(Collection<String> models) {
    Set<String> known = new TreeSet<>();
    scores.forEach(row -> known.add(row.model()));
    for (String model : models) {
      if (!known.contains(model)) {
        throw new IllegalArgumentException(
            "expected published models of " + known + ", got '" + model + "'");
      }
    }
    return new PublishedScores(
        scores.stream().filter(row -> models.contains(row.model())).toList());
  }

  /** Reads a file. */
  public static PublishedScores read(Path file) {
    List<Row> rows = new ArrayList<>();
    try (CsvReader<NamedCsvRecord> reader =
        CsvReader.builder().detectBomHeader(true).ofNamedCsvRecord(file)) {
      for (NamedCsvRecord record : reader) {
        if (isCompetition(record)) {
          rows.addAll(competition(file, record));
          continue;
        }
        rows.add(
            new Row(
                required(file, record, "config", "dataset_config", "task_name", "dataset"),
                required(file, record, "model"),
                field(record, "model_type").orElse(""),
                field(record, "testdata_leakage", "trained_on_this_dataset")
                    .filter(text -> text.equalsIgnoreCase("yes") || text.equalsIgnoreCase("true"))
                    .isPresent(),
                number(file, record, required(file, record, "MASE")),
                number(file, record, required(file, record, "CRPS", "WQL")),
                number(file, record, field(record, "SQL").orElse(""))));
      }
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw new InputException(file + ": cannot be read: " + e.getCause().getMessage(), e);
    }
    return new PublishedScores(rows);
  }

  private static boolean isCompetition(NamedCsvRecord record) {
    return record.getHeader().contains(METHOD)
        && record.getHeader().stream()
            .anyMatch(column -> COMPETITION_COLUMN.matcher(column).matches());
  }

  private static List<Row> competition(Path file, NamedCsvRecord record) {
    List<Row> rows = new ArrayList<>();
    Set<String> frequencies = new LinkedHashSet<>();
    for (String column : record.getHeader()) {
      Matcher matcher = COMPETITION_COLUMN.matcher(column);
      if (matcher.matches() && !field(record, column).orElse("").isEmpty()) {
        frequencies.add(matcher.group(1));
      }
    }
    for (String frequency : frequencies) {
      String task = "_" + frequency;
      rows.add(
          new Row(
              frequency,
              record.getField(METHOD),
              field(record, "authors").orElse(""),
              false,
              number(file, record, field(record, "MASE" + task).orElse("")),
              Double.NaN,
              Double.NaN,
              number(file, record, field(record, "sMAPE" + task).orElse("")),
              number(file, record, field(record, "OWA" + task).orElse("")),
              number(file, record, field(record, "MSIS" + task).orElse(""))));
    }
    return rows;
  }

  private static Optional<String> field(NamedCsvRecord record, String... names) {
    return Stream.of(names).flatMap(name -> record.findField(name).stream()).findFirst();
  }

  private static String required(Path file, NamedCsvRecord record, String... names) {
    return field(record, names)
        .orElseThrow(
            () ->
                new InputException(
                    file
                        + ": no column "
                        + String.join(" or ", names)
                        + "; its columns are: "
                        + String.join(", ", record.getHeader())));
  }

  private static double number(Path file, NamedCsvRecord record, String text) {
    try {
      return Numbers.parse(text);
    } catch (NumberFormatException e) {
      throw new InputException(
          file
              + " line "
              + record.getStartingLineNumber()
              + ": expected a number, found '"
              + text
              + "'",
          e);
    }
  }
}
