package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import io.patchcast.table.Numbers;
import io.patchcast.table.Timestamps;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads wide CSV: a first column {@code timestamp}, {@code date} or {@code step}, then one column
 * per variate. Empty cells are missing. The variates are a group.
 *
 * <p>Timestamps are ISO 8601, in UTC without an offset; {@code step} counts 0, 1, 2 … where the
 * source has no clock.
 */
public final class WideCsv {
  private static final int FIRST_CAPACITY = 1024;

  /** Whether the rows of a file must be evenly spaced. */
  public enum Spacing {
    /** Every row one step after the row before, or the file is refused. */
    EVEN,
    /** Rows are taken in their order, whatever their timestamps say. */
    AS_ROWS
  }

  private WideCsv() {}

  /**
   * Reads all variates.
   *
   * @param step of a file without timestamps, and of rows that are taken as they are; may be null
   *     where timestamps tell
   */
  public static List<DatasetSeries> read(Path file, Step step, Spacing spacing) {
    try (CsvTable table = CsvTable.open(file)) {
      List<String> header = table.header();
      boolean hasClock = !header.get(0).equals("step");
      double[][] columns = new double[header.size() - 1][FIRST_CAPACITY];
      if (columns.length == 0) {
        throw new InputException(
            file + ": expected a column of times and one of values, found one");
      }
      Timestamps timestamps = new Timestamps(ZoneOffset.UTC);
      long first = 0;
      long distance = 0;
      long previous = 0;
      int rows = 0;
      while (table.next()) {
        long time = time(table, timestamps, hasClock);
        if (rows == 0) {
          first = time;
        } else if (rows == 1) {
          distance = time - previous;
        }
        if (rows > 0 && spacing == Spacing.EVEN && (time - previous != distance || distance <= 0)) {
          throw table.fault(
              "expected '"
                  + table.field(0)
                  + "' to be "
                  + distance
                  + (hasClock ? " ms" : "")
                  + " after the row before, as between the first two rows, found "
                  + (time - previous));
        }
        previous = time;
        if (rows == columns[0].length) {
          for (int c = 0; c < columns.length; c++) {
            columns[c] = Arrays.copyOf(columns[c], 2 * rows);
          }
        }
        for (int c = 0; c < columns.length; c++) {
          columns[c][rows] = value(table, c + 1);
        }
        rows++;
      }
      if (rows < 2) {
        throw new InputException(file + ": expected at least two rows, found " + rows);
      }
      Step found =
          hasClock && spacing == Spacing.EVEN
              ? Step.of(java.time.Duration.ofMillis(distance))
              : step;
      if (found == null) {
        throw new InputException(file + ": has no clock, and no step was given for it");
      }
      List<DatasetSeries> series = new ArrayList<>();
      for (int c = 0; c < columns.length; c++) {
        series.add(
            new DatasetSeries(
                header.get(c + 1),
                Map.of(),
                hasClock ? first : 0,
                found,
                Arrays.copyOf(columns[c], rows),
                file.toString()));
      }
      return series;
    }
  }

  private static long time(CsvTable table, Timestamps timestamps, boolean hasClock) {
    String text = table.field(0);
    try {
      return hasClock ? timestamps.parse(text) : Long.parseLong(text);
    } catch (DateTimeException | NumberFormatException e) {
      throw table.fault(
          "expected "
              + (hasClock ? "a timestamp" : "the number of a step")
              + ", found '"
              + text
              + "'");
    }
  }

  private static double value(CsvTable table, int column) {
    try {
      return Numbers.parse(table.field(column));
    } catch (NumberFormatException e) {
      throw table.fault(
          "column '"
              + table.header().get(column)
              + "': expected a number, found '"
              + table.field(column)
              + "'");
    }
  }
}
