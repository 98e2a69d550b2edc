package io.patchcast.cli;

import io.patchcast.cli.data.ForecastRow;
import io.patchcast.cli.data.TextTable;
import io.patchcast.cli.plot.Quantity;
import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The first steps of the first series, for people. */
final class PreviewTable {
  private static final int MOST_SERIES = 20;
  private static final int STEPS_OF_ONE_SERIES = 20;
  private static final int STEPS_OF_MANY_SERIES = 3;
  private static final int MOST_LEVELS = 9;

  private final ForecastColumns columns;
  private final int stepsPerSeries;
  private final ZoneId zone;
  private final TextTable table;
  private int seriesShown;
  private int seriesCount;
  private long stepsLeftOut;

  PreviewTable(ForecastColumns columns, int seriesCount, ZoneId zone) {
    this.columns = columns;
    this.stepsPerSeries = seriesCount == 1 ? STEPS_OF_ONE_SERIES : STEPS_OF_MANY_SERIES;
    this.zone = zone;
    List<String> header = new ArrayList<>(columns.ids());
    if (columns.hasVariate()) {
      header.add("variate");
    }
    header.add("timestamp");
    for (int i = 0; i < Math.min(MOST_LEVELS, columns.levels().length); i++) {
      header.add(">" + ForecastColumns.quantileName(columns.levels()[i]));
    }
    header.add("status");
    this.table = new TextTable(header.toArray(new String[0]));
  }

  void add(SeriesSplit split, SeriesForecast forecast) {
    seriesCount++;
    if (seriesShown == MOST_SERIES) {
      return;
    }
    seriesShown++;
    int horizon = forecast.timestamps().length;
    List<ForecastRow> rows = ForecastRow.of(List.of(split.ids()), forecast);
    for (int i = 0; i < rows.size(); i++) {
      if (horizon == 0 || i % horizon < stepsPerSeries) {
        row(rows.get(i), Quantity.ofSeries(rows.get(i).variate(), split.ids()));
      } else {
        stepsLeftOut++;
      }
    }
  }

  private void row(ForecastRow row, Quantity quantity) {
    List<String> cells = new ArrayList<>(row.ids());
    if (columns.hasVariate()) {
      cells.add(row.variate());
    }
    boolean failed = row.epochMillis() == null;
    cells.add(failed ? "" : time(row.epochMillis()));
    for (int i = 0; i < Math.min(MOST_LEVELS, columns.levels().length); i++) {
      cells.add(failed ? "" : quantity.format(row.quantiles()[i]));
    }
    cells.add(
        row.status().equals(SeriesStatus.OK.code())
            ? row.status()
            : row.status() + ": " + row.message());
    table.row(cells.toArray(new String[0]));
  }

  private String time(long epochMillis) {
    String pattern =
        epochMillis % 1000 == 0 ? "uuuu-MM-dd HH:mm:ssXXX" : "uuuu-MM-dd HH:mm:ss.SSSXXX";
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
        .withZone(zone)
        .format(Instant.ofEpochMilli(epochMillis));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(table.toString());
    if (seriesCount > seriesShown) {
      text.append("… and ").append(seriesCount - seriesShown).append(" more series");
    }
    if (stepsLeftOut > 0) {
      text.append(seriesCount > seriesShown ? ", " : "… and ")
          .append(stepsLeftOut)
          .append(" more steps of the series above");
    }
    if (seriesCount > seriesShown || stepsLeftOut > 0) {
      text.append(" (all of them: --out FILE.csv, .parquet or .json, or --out - for CSV here)\n");
    }
    return text.toString();
  }
}
