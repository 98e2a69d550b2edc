package io.patchcast.forecast;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Observations of one series as they were recorded: one or several target variates and, optionally,
 * known covariates, on one list of timestamps.
 *
 * <p>Nothing needs to be clean. Points may be out of order, repeated or missing; NaN and infinite
 * values count as missing. Each row goes to the nearest step; of rows with the same timestamp the
 * later one wins (though never a missing value over a real one), rows of different times in one
 * step are averaged, and steps without a value stay unobserved. What was done is told by the {@link
 * PreparationReport} of the forecast. A series that cannot be forecast gets a {@link SeriesStatus}
 * and a message there; it never fails the call.
 *
 * <p>Known covariates have values through the horizon: give rows after the last target observation,
 * with NaN for the targets. A series with known covariates ends, for the targets, at the last row
 * in which any target has a value; without them it ends at its last row.
 *
 * <p>Immutable; arrays are not copied, so the caller must leave them alone while a forecast runs.
 */
public final class TimeSeries {
  private final String id;
  private final long[] timestamps;
  private final Step step;
  private final ZoneId zone;
  private final List<Column> targets;
  private final List<Column> knownCovariates;

  /**
   * One named column of a series.
   *
   * @param name unique within its series
   * @param values one per timestamp; NaN or infinite where nothing was observed
   */
  public record Column(String name, double[] values) {}

  private TimeSeries(Builder builder) {
    this.id = builder.id;
    this.timestamps = builder.timestamps;
    this.step = builder.step;
    this.zone = builder.zone;
    this.targets = List.copyOf(builder.targets);
    this.knownCovariates = List.copyOf(builder.knownCovariates);
  }

  /** A regular series: {@code values[i]} was observed at {@code start} plus i steps. */
  public static TimeSeries of(String id, Instant start, Step step, double... values) {
    long[] timestamps = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      timestamps[i] = step.plus(start.toEpochMilli(), i);
    }
    return builder(id).timestamps(timestamps).step(step).target("value", values).build();
  }

  /** Starts a series of any shape. */
  public static Builder builder(String id) {
    return new Builder(id);
  }

  /** What the caller calls this series; comes back with its forecast. */
  public String id() {
    return id;
  }

  /** Milliseconds since the epoch, one per row, in any order. */
  public long[] timestamps() {
    return timestamps;
  }

  /** The distance of two points, or null where it is to be inferred. */
  public Step step() {
    return step;
  }

  /** The time zone in which days, weeks and months of an inferred step are counted. */
  public ZoneId zone() {
    return zone;
  }

  /** The columns to forecast, at least one. */
  public List<Column> targets() {
    return targets;
  }

  /** Columns whose values are known through the horizon. */
  public List<Column> knownCovariates() {
    return knownCovariates;
  }

  /** Collects the columns of a {@link TimeSeries}. */
  public static final class Builder {
    private final String id;
    private long[] timestamps = {};
    private Step step;
    private ZoneId zone = ZoneOffset.UTC;
    private final List<Column> targets = new ArrayList<>();
    private final List<Column> knownCovariates = new ArrayList<>();

    private Builder(String id) {
      this.id = Objects.requireNonNull(id, "id");
    }

    /** Milliseconds since the epoch, one per row, in any order. */
    public Builder timestamps(long... epochMillis) {
      this.timestamps = Objects.requireNonNull(epochMillis, "epochMillis");
      return this;
    }

    /** The distance of two points; without a call it is inferred from the timestamps. */
    public Builder step(Step step) {
      this.step = step;
      return this;
    }

    /** The time zone in which days, weeks and months of an inferred step are counted (UTC). */
    public Builder zone(ZoneId zone) {
      this.zone = Objects.requireNonNull(zone, "zone");
      return this;
    }

    /** Adds a column to forecast. */
    public Builder target(String name, double... values) {
      targets.add(new Column(Objects.requireNonNull(name, "name"), values));
      return this;
    }

    /** Adds a column that is known through the horizon. */
    public Builder knownCovariate(String name, double... values) {
      knownCovariates.add(new Column(Objects.requireNonNull(name, "name"), values));
      return this;
    }

    /** The series; its content is checked when it is forecast. */
    public TimeSeries build() {
      return new TimeSeries(this);
    }
  }
}
