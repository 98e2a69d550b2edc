package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import io.patchcast.table.Numbers;
import io.patchcast.table.Timestamps;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads ragged CSV: one row per series, {@code series_id}, further columns, and {@code values}: one
 * cell of numbers between spaces, oldest first, {@code NaN} = missing.
 *
 * <p>{@code start} is a date or a month ({@code 1998-01}), or empty; {@code period} is {@code
 * yearly}, {@code quarterly}, {@code monthly} and the like, and says the step where it is there;
 * {@code interval_s} likewise, in seconds. All further columns become labels of the series.
 */
public final class RaggedCsv {
  /** Of series of which nobody says it; their clock means nothing. */
  private static final Step UNKNOWN = Frequency.parse("D").step();

  private RaggedCsv() {}

  /**
   * Reads all series.
   *
   * @param step of series whose row does not say it; null = not known either, which counts as a day
   */
  public static List<DatasetSeries> read(Path file, Step step) {
    try (CsvTable table = CsvTable.open(file)) {
      List<DatasetSeries> series = new ArrayList<>();
      while (table.next()) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (int c = 0; c < table.header().size(); c++) {
          String name = table.header().get(c);
          if (!name.equals("series_id") && !name.equals("values")) {
            labels.put(name, table.field(c));
          }
        }
        series.add(
            new DatasetSeries(
                table.field("series_id"), labels, start(table), step(table, step), values(table)));
      }
      return series;
    }
  }

  private static long start(CsvTable table) {
    String text = table.field("start", "").strip();
    if (text.isEmpty()) {
      return 0;
    }
    try {
      return new Timestamps(ZoneOffset.UTC)
          .parse(text.matches("\\d{4}-\\d{2}") ? text + "-01" : text);
    } catch (DateTimeException e) {
      throw table.fault("column 'start': expected a date or month, found '" + text + "'");
    }
  }

  private static Step step(CsvTable table, Step otherwise) {
    String seconds = table.field("interval_s", "");
    if (seconds.matches("\\d{1,9}")) {
      return Step.of(java.time.Duration.ofSeconds(Long.parseLong(seconds)));
    }
    String period = table.field("period", "");
    return switch (period) {
      case "yearly" -> Frequency.parse("A").step();
      case "quarterly" -> Frequency.parse("Q").step();
      case "monthly" -> Frequency.parse("M").step();
      case "weekly" -> Frequency.parse("W").step();
      case "daily" -> Frequency.parse("D").step();
      case "hourly" -> Frequency.parse("H").step();
      default -> otherwise == null ? UNKNOWN : otherwise;
    };
  }

  private static double[] values(CsvTable table) {
    String[] numbers = table.field("values").strip().split("\\s+", -1);
    double[] values = new double[numbers.length];
    for (int i = 0; i < values.length; i++) {
      try {
        values[i] = Numbers.parse(numbers[i]);
      } catch (NumberFormatException e) {
        throw table.fault(
            "value " + (i + 1) + ": expected a number or NaN, found '" + numbers[i] + "'");
      }
    }
    return values;
  }
}
