package io.patchcast.spark;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.Step;
import java.io.Serializable;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the columns of a table of metrics mean, and how to forecast it.
 *
 * <pre>{@code
 * ForecastTableOptions.builder().id("host", "core").time("ts").value("cpu").horizon("24h").build()
 * }</pre>
 *
 * @param ids columns that together name a series, of any atomic type; none = all rows are one
 *     series
 * @param time the timestamp column, or null: the first of {@link #TIME_NAMES} that the table has
 * @param values columns to forecast, at least one; several are variates of one series, which the
 *     model forecasts together
 * @param known columns known through the horizon; the future comes as rows after the last value,
 *     with the value columns null
 * @param horizon how far
 * @param step the distance of two points, or null: inferred for each series
 * @param zone in which timestamps without a zone and dates are read, and calendar steps counted
 * @param model {@code builtin}, a directory that every executor has, or a hub name
 * @param forecast settings; {@code maxThreads} follows {@code spark.task.cpus}
 * @param seriesPerBatch most series that one task holds and forecasts together
 */
public record ForecastTableOptions(
    List<String> ids,
    String time,
    List<String> values,
    List<String> known,
    Horizon horizon,
    Step step,
    ZoneId zone,
    String model,
    ForecastOptions forecast,
    int seriesPerBatch)
    implements Serializable {

  /** Names under which a timestamp column is found when none is given. */
  public static final List<String> TIME_NAMES =
      List.of("time", "timestamp", "ts", "date", "datetime", "ds");

  public ForecastTableOptions {
    ids = List.copyOf(ids);
    values = List.copyOf(values);
    known = List.copyOf(known);
    Objects.requireNonNull(zone, "zone");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(forecast, "forecast");
    if (values.isEmpty()) {
      throw new IllegalArgumentException("expected at least one value column, got none");
    }
    if (horizon == null) {
      throw new IllegalArgumentException(
          "expected a horizon: steps (96) or a duration (90m, 24h, 7d), got none");
    }
    if (seriesPerBatch < 1) {
      throw new IllegalArgumentException(
          "expected at least 1 series per batch, got " + seriesPerBatch);
    }
    Set<String> seen = new HashSet<>();
    Stream.of(Stream.ofNullable(time), ids.stream(), values.stream(), known.stream())
        .flatMap(names -> names)
        .filter(name -> !seen.add(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalArgumentException(
                  "a column has one use: '"
                      + name
                      + "' is given twice among time, id, value and known");
            });
  }

  /** Starts options in which everything but a value column and the horizon has a default. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Collects options. What a method of its own was called for comes first, then what {@link
   * #options} says, then the default.
   */
  public static final class Builder {
    private final Map<String, String> options = new TreeMap<>();
    private List<String> ids;
    private String time;
    private List<String> values;
    private List<String> known;
    private Horizon horizon;
    private Step step;
    private ZoneId zone;
    private String model;
    private double[] quantiles;
    private Integer context;
    private ForecastOptions.ValueRange valueRange;
    private Integer seriesPerBatch;

    private Builder() {}

    /**
     * Options as text. Keys, in {@code camelCase} or {@code snake_case}, of any case: {@code id},
     * {@code value}, {@code known} (column names with commas between them), {@code time}, {@code
     * horizon} ({@code 96}, {@code 24h}), {@code step} ({@code 5m}, {@code 1d}), {@code zone},
     * {@code model}, {@code quantiles} ({@code 0.1,0.5,0.9}), {@code context} (steps), {@code
     * nonNegative} ({@code true}), {@code seriesPerBatch}.
     *
     * @throws IllegalArgumentException if there is another key
     */
    public Builder options(Map<String, String> given) {
      given.forEach(
          (key, value) -> {
            Key known = Key.of(key);
            options.put(known.name(), Objects.requireNonNull(value, key));
          });
      return this;
    }

    /** Columns that together name a series (none: all rows are one series). */
    public Builder id(String... columns) {
      ids = List.of(columns);
      return this;
    }

    /** The timestamp column (the first of {@link #TIME_NAMES} that the table has). */
    public Builder time(String column) {
      time = Objects.requireNonNull(column, "column");
      return this;
    }

    /** Columns to forecast, at least one. */
    public Builder value(String... columns) {
      values = List.of(columns);
      return this;
    }

    /** Columns known through the horizon (none). */
    public Builder known(String... columns) {
      known = List.of(columns);
      return this;
    }

    /** How far to forecast. */
    public Builder horizon(Horizon length) {
      horizon = Objects.requireNonNull(length, "length");
      return this;
    }

    /** How far to forecast, as {@link Horizon#parse} reads it: {@code 96}, {@code 24h}. */
    public Builder horizon(String text) {
      return horizon(Horizon.parse(text));
    }

    /** The distance of two points (inferred for each series). */
    public Builder step(Step distance) {
      step = Objects.requireNonNull(distance, "distance");
      return this;
    }

    /** The time zone of timestamps without one, of dates and of inferred calendar steps (UTC). */
    public Builder zone(ZoneId id) {
      zone = Objects.requireNonNull(id, "id");
      return this;
    }

    /** {@code builtin}, a directory that every executor has, or a hub name ({@code builtin}). */
    public Builder model(String name) {
      model = Objects.requireNonNull(name, "name");
      return this;
    }

    /** Quantile levels, ascending, between 0.1 and 0.9 (0.1, 0.2 … 0.9). */
    public Builder quantiles(double... levels) {
      quantiles = levels.clone();
      return this;
    }

    /** Most steps of history that the model sees; 0 = what suits the model (0). */
    public Builder context(int steps) {
      context = steps;
      return this;
    }

    /** Which values a forecast may take (any). */
    public Builder valueRange(ForecastOptions.ValueRange range) {
      valueRange = Objects.requireNonNull(range, "range");
      return this;
    }

    /** Most series that one task holds and forecasts together (64). */
    public Builder seriesPerBatch(int count) {
      seriesPerBatch = count;
      return this;
    }

    /** The options; throws an {@link IllegalArgumentException} that names what is wrong. */
    public ForecastTableOptions build() {
      ZoneId zoneId = pick(zone, Key.ZONE, Builder::zoneOf, ZoneOffset.UTC);
      ForecastOptions defaults = ForecastOptions.defaults();
      return new ForecastTableOptions(
          pick(ids, Key.ID, Builder::names, List.of()),
          pick(time, Key.TIME, text -> text, null),
          pick(values, Key.VALUE, Builder::names, List.of()),
          pick(known, Key.KNOWN, Builder::names, List.of()),
          pick(horizon, Key.HORIZON, Horizon::parse, null),
          pick(step, Key.STEP, text -> Step.parse(text, zoneId), null),
          zoneId,
          pick(model, Key.MODEL, text -> text, "builtin"),
          defaults
              .withQuantileLevels(
                  pick(quantiles, Key.QUANTILES, Builder::numbers, defaults.quantileLevels()))
              .withContextLength(
                  pick(context, Key.CONTEXT, Builder::wholeNumber, defaults.contextLength()))
              .withValueRange(
                  pick(valueRange, Key.NON_NEGATIVE, Builder::range, defaults.valueRange())),
          pick(seriesPerBatch, Key.SERIES_PER_BATCH, Builder::wholeNumber, 64));
    }

    private <T> T pick(T called, Key key, Function<String, T> parsing, T fallback) {
      String text = options.get(key.name());
      if (called != null || text == null) {
        return called != null ? called : fallback;
      }
      try {
        return parsing.apply(text.strip());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("option " + key.text() + ": " + e.getMessage(), e);
      }
    }

    private static List<String> names(String text) {
      return Arrays.stream(text.split(",", -1))
          .map(String::strip)
          .filter(name -> !name.isEmpty())
          .toList();
    }

    private static double[] numbers(String text) {
      try {
        return names(text).stream().mapToDouble(Double::parseDouble).toArray();
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("expected numbers, got '" + text + "'", e);
      }
    }

    private static int wholeNumber(String text) {
      try {
        return Integer.parseInt(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("expected a whole number, got '" + text + "'", e);
      }
    }

    private static ForecastOptions.ValueRange range(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "true" -> ForecastOptions.ValueRange.NON_NEGATIVE;
        case "false" -> ForecastOptions.ValueRange.ANY;
        default -> throw new IllegalArgumentException("expected true or false, got '" + text + "'");
      };
    }

    private static ZoneId zoneOf(String text) {
      try {
        return ZoneId.of(text);
      } catch (DateTimeException e) {
        throw new IllegalArgumentException(
            "expected a time zone like UTC or Europe/Berlin, got '" + text + "'", e);
      }
    }
  }

  /** The keys of {@link Builder#options}. */
  private enum Key {
    ID,
    TIME,
    VALUE,
    KNOWN,
    HORIZON,
    STEP,
    ZONE,
    MODEL,
    QUANTILES,
    CONTEXT,
    NON_NEGATIVE,
    SERIES_PER_BATCH;

    static Key of(String text) {
      String plain = plain(text);
      for (Key key : values()) {
        if (plain(key.name()).equals(plain)) {
          return key;
        }
      }
      throw new IllegalArgumentException(
          "expected the options "
              + String.join(", ", Arrays.stream(values()).map(Key::text).toList())
              + "; got '"
              + text
              + "'");
    }

    private static String plain(String text) {
      return text.toLowerCase(Locale.ROOT).replace("_", "");
    }

    /** In camel case. */
    String text() {
      StringBuilder text = new StringBuilder();
      for (String word : name().toLowerCase(Locale.ROOT).split("_", -1)) {
        text.append(
            text.isEmpty()
                ? word
                : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
      }
      return text.toString();
    }
  }
}
