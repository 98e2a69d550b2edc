package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import java.util.Map;
import java.util.Objects;

/**
 * One variate of a data set on a regular grid.
 *
 * <p>Series that follow each other with the same group are variates of one table, on one clock.
 *
 * @param id unique within the data set
 * @param labels what else the file says of the series, such as {@code period}; often empty
 * @param startMillis instant of the first value; 0 where the source has no clock
 * @param step distance of two values
 * @param values oldest first, NaN = missing
 * @param group what its table is known by within the data set; empty for a series alone
 */
public record DatasetSeries(
    String id,
    Map<String, String> labels,
    long startMillis,
    Step step,
    double[] values,
    String group) {
  /** A series alone. */
  public DatasetSeries(
      String id, Map<String, String> labels, long startMillis, Step step, double[] values) {
    this(id, labels, startMillis, step, values, "");
  }

  public DatasetSeries {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(step, "step");
    Objects.requireNonNull(group, "group");
    labels = Map.copyOf(labels);
  }

  /** The series without what follows the first {@code length} values. */
  public DatasetSeries truncated(int length) {
    return with(java.util.Arrays.copyOf(values, Math.min(length, values.length)));
  }

  /** The series with other values from the same start on. */
  public DatasetSeries with(double[] others) {
    return new DatasetSeries(id, labels, startMillis, step, others, group);
  }

  /** The series under the name of its file: {@code prefix/id}. */
  public DatasetSeries below(String prefix) {
    return new DatasetSeries(prefix + "/" + id, labels, startMillis, step, values, group);
  }

  /** The series as one of a group. */
  public DatasetSeries in(String of) {
    return new DatasetSeries(id, labels, startMillis, step, values, of);
  }

  /** Instant of the value at an index, also one beyond the end. */
  public long instantOf(long index) {
    return step.plus(startMillis, index);
  }
}
