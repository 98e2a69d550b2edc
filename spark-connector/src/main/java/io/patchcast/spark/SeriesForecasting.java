package io.patchcast.spark;

import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.forecast.VariateForecast;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Forecasts the series of a partition of packed rows, in batches, so that a task holds a batch of
 * series and its forecasts, whatever the size of the partition.
 *
 * <p>The packed rows of a series follow each other.
 */
final class SeriesForecasting implements InternalRows.PartitionFunction {
  private final ForecastTableOptions options;
  private final PackedColumns packed;
  private final StructType schema;

  SeriesForecasting(ForecastTableOptions options, PackedColumns packed) {
    this.options = options;
    this.packed = packed;
    this.schema = schema(options, packed);
  }

  /** The columns of the table of forecasts. */
  StructType schema() {
    return schema;
  }

  private static StructType schema(ForecastTableOptions options, PackedColumns packed) {
    List<String> names =
        new ForecastColumns(
                options.ids(),
                hasVariate(options),
                options.forecast().quantileLevels(),
                options.model())
            .names();
    StructType schema = new StructType();
    int timestamp = packed.idCount() + (hasVariate(options) ? 1 : 0);
    int levels = options.forecast().quantileLevels().length;
    for (int i = 0; i < names.size(); i++) {
      if (i < packed.idCount()) {
        schema = schema.add(names.get(i), packed.idTypes().get(i));
      } else if (i == timestamp) {
        schema = schema.add(names.get(i), DataTypes.TimestampType);
      } else if (i > timestamp && i <= timestamp + levels) {
        schema = schema.add(names.get(i), DataTypes.DoubleType);
      } else {
        schema = schema.add(names.get(i), DataTypes.StringType, i < timestamp);
      }
    }
    return schema;
  }

  private static boolean hasVariate(ForecastTableOptions options) {
    return options.values().size() > 1;
  }

  @Override
  public Iterator<InternalRow> apply(Iterator<InternalRow> rows) {
    return rows.hasNext() ? new Forecasts(rows) : rows;
  }

  /**
   * One series.
   *
   * @param ids in Spark's own form
   */
  private record Series(Object[] ids, SeriesRows rows) {}

  private final class Forecasts implements Iterator<InternalRow> {
    private final Iterator<InternalRow> rows;
    private final TaskContext task = TaskContext.get();
    private final Forecaster forecaster;
    private final ForecastOptions forecastOptions;
    private final SeriesRows.Capacity capacity;
    private final ForecastRows out = new ForecastRows();
    private final Deque<SeriesForecast> forecasts = new ArrayDeque<>();
    private final Deque<Series> batch = new ArrayDeque<>();

    /** The series whose rows are being collected. */
    private Series open;

    Forecasts(Iterator<InternalRow> rows) {
      this.rows = rows;
      forecaster = ExecutorModels.ofThisJvm().get(options.model()).forTask(task);
      forecastOptions = options.forecast().withMaxThreads(task.cpus());
      capacity = SeriesRows.Capacity.of(options, forecaster.model().contextLength());
    }

    @Override
    public boolean hasNext() {
      while (!out.hasNext()) {
        if (forecasts.isEmpty() && !forecastBatch()) {
          return false;
        }
        out.begin(batch.remove(), forecasts.remove());
      }
      return true;
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return out.next();
    }

    /** Forecasts the next series; false if there are none. */
    private boolean forecastBatch() {
      task.killTaskIfInterrupted();
      while (rows.hasNext() && batch.size() < options.seriesPerBatch()) {
        collect(rows.next());
      }
      if (!rows.hasNext() && open != null) {
        batch.add(open);
        open = null;
      }
      if (batch.isEmpty()) {
        return false;
      }
      List<TimeSeries> series = batch.stream().map(this::timeSeries).toList();
      forecasts.addAll(
          forecaster
              .forecast(new ForecastRequest(series, options.horizon(), forecastOptions))
              .series());
      return true;
    }

    private void collect(InternalRow row) {
      Object[] ids = packed.idsOfPacked(row);
      if (open == null || !Arrays.deepEquals(ids, open.ids())) {
        if (open != null) {
          batch.add(open);
        }
        open = new Series(PackedColumns.copies(ids), new SeriesRows(packed.valueCount()));
      }
      packed.unpack(row, open.rows());
      if (open.rows().size() > 2L * capacity.rows()) {
        open.rows().keepNewest(capacity);
      }
    }

    private TimeSeries timeSeries(Series series) {
      SeriesRows rows = series.rows();
      rows.keepNewest(capacity);
      TimeSeries.Builder builder =
          TimeSeries.builder("").timestamps(rows.times()).step(options.step()).zone(options.zone());
      int targets = options.values().size();
      for (int i = 0; i < targets; i++) {
        builder.target(options.values().get(i), rows.column(i));
      }
      for (int i = 0; i < options.known().size(); i++) {
        builder.knownCovariate(options.known().get(i), rows.column(targets + i));
      }
      return builder.build();
    }
  }

  /** The rows of one forecast after the other, in one row that is used over and over. */
  private final class ForecastRows {
    private final SpecificInternalRow row = new SpecificInternalRow(schema);
    private final double[] levels = options.forecast().quantileLevels();
    private final int timestampAt = packed.idCount() + (hasVariate(options) ? 1 : 0);
    private final int statusAt = timestampAt + 1 + levels.length;
    private final List<UTF8String> variateNames =
        options.values().stream().map(UTF8String::fromString).toList();
    private SeriesForecast forecast;
    private int variate;
    private int step;
    private boolean failed;

    ForecastRows() {
      row.update(statusAt + 2, UTF8String.fromString(options.model()));
    }

    void begin(Series series, SeriesForecast result) {
      forecast = result;
      failed = result.variates().isEmpty();
      variate = 0;
      step = 0;
      for (int i = 0; i < series.ids().length; i++) {
        row.update(i, series.ids()[i]);
      }
      row.update(statusAt, UTF8String.fromString(result.status().code()));
      row.update(
          statusAt + 1,
          UTF8String.fromString(message(result.message(), series.rows().rowsWithoutTime())));
    }

    private static String message(String message, int rowsWithoutTime) {
      if (rowsWithoutTime == 0) {
        return message;
      }
      return message
          + (message.isEmpty() ? "" : "; ")
          + "left out "
          + rowsWithoutTime
          + (rowsWithoutTime == 1 ? " row" : " rows")
          + " without a time";
    }

    boolean hasNext() {
      return failed || (forecast != null && variate < forecast.variates().size());
    }

    InternalRow next() {
      if (failed) {
        failed = false;
        for (int i = packed.idCount(); i < statusAt; i++) {
          row.setNullAt(i);
        }
        return row;
      }
      VariateForecast values = forecast.variates().get(variate);
      if (timestampAt > packed.idCount()) {
        row.update(packed.idCount(), variateNames.get(variate));
      }
      row.setLong(timestampAt, Math.multiplyExact(forecast.timestamps()[step], 1000L));
      for (int i = 0; i < levels.length; i++) {
        row.setDouble(timestampAt + 1 + i, values.value(step, levels[i]));
      }
      if (++step == forecast.timestamps().length) {
        step = 0;
        variate++;
      }
      return row;
    }
  }
}
