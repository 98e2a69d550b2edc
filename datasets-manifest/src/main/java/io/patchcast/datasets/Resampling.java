package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings series to a coarser step. Blocks of fixed length are counted from the first value, months
 * are those of the calendar in UTC; a last block that is not complete is dropped.
 *
 * @param step the coarser step
 * @param aggregation what becomes of the values of a block
 */
public record Resampling(Step step, Aggregation aggregation) {

  /** How the values of a block become one. */
  public enum Aggregation {
    /** Sum; missing if any value is. */
    SUM,
    /** Mean of the values that are there. */
    MEAN
  }

  /** All series at the coarser step. */
  public List<DatasetSeries> apply(List<DatasetSeries> series) {
    return series.stream().map(this::apply).toList();
  }

  private DatasetSeries apply(DatasetSeries series) {
    return step.unit() == ChronoUnit.MONTHS ? byMonth(series) : byBlock(series);
  }

  private DatasetSeries byBlock(DatasetSeries series) {
    double ratio = step.meanMillis() / series.step().meanMillis();
    int block = (int) Math.round(ratio);
    if (block < 1 || Math.abs(ratio - block) > 1e-9) {
      throw new IllegalArgumentException(
          "series '"
              + series.id()
              + "' has the step "
              + series.step()
              + ", of which "
              + step
              + " is no multiple");
    }
    double[] values = new double[series.values().length / block];
    for (int i = 0; i < values.length; i++) {
      values[i] = aggregated(series.values(), i * block, (i + 1) * block);
    }
    return resampled(series, values);
  }

  private DatasetSeries byMonth(DatasetSeries series) {
    List<Double> values = new ArrayList<>();
    int begin = 0;
    long month = monthOf(series, 0);
    for (int i = 1; i <= series.values().length; i++) {
      long next = monthOf(series, i);
      if (next / step.amount() != month / step.amount()) {
        values.add(aggregated(series.values(), begin, i));
        begin = i;
        month = next;
      }
    }
    return resampled(series, values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static long monthOf(DatasetSeries series, int index) {
    return Instant.ofEpochMilli(series.instantOf(index))
        .atOffset(ZoneOffset.UTC)
        .getLong(ChronoField.PROLEPTIC_MONTH);
  }

  private DatasetSeries resampled(DatasetSeries series, double[] values) {
    return new DatasetSeries(
        series.id(), series.labels(), series.startMillis(), step, values, series.group());
  }

  private double aggregated(double[] values, int from, int to) {
    double sum = 0;
    int count = 0;
    for (int i = from; i < to; i++) {
      if (!Double.isNaN(values[i])) {
        sum += values[i];
        count++;
      }
    }
    return switch (aggregation) {
      case SUM -> count == to - from ? sum : Double.NaN;
      case MEAN -> count == 0 ? Double.NaN : sum / count;
    };
  }
}
