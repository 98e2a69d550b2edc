package io.patchcast.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of all forms: types of columns, variates, long series, what is missing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TableFormsTest {
  private static final long START = 1_764_000_000_000L;
  private static final int LENGTH = 50;
  private static final Step MINUTE = Step.of(Duration.ofMinutes(1));

  @TempDir static Path folder;

  private SparkSession spark;
  private Forecaster core;

  @BeforeAll
  void open() {
    spark = LocalSpark.open(folder);
    core = Forecaster.open(ModelSource.builtIn());
  }

  @AfterAll
  void close() {
    core.close();
    spark.stop();
  }

  /** Rows i = 0 … of one series: {@code time} (a timestamp) and {@code value}, and more. */
  private Dataset<Row> table(String... more) {
    String[] columns = Arrays.copyOf(more, more.length + 2);
    columns[more.length] = "timestamp_millis(" + START + " + 60000 * id) AS time";
    columns[more.length + 1] = "10 * sin(id / 4D) + id % 7 AS value";
    return spark.range(0, LENGTH, 1, 3).selectExpr(columns);
  }

  private static double value(int i) {
    return 10 * Math.sin(i / 4.0) + i % 7;
  }

  private static long[] times(int from, int to) {
    return IntStream.range(from, to).mapToLong(i -> START + 60_000L * i).toArray();
  }

  private static double[] values(int from, int to) {
    return IntStream.range(from, to).mapToDouble(TableFormsTest::value).toArray();
  }

  private static ForecastTableOptions.Builder options() {
    return ForecastTableOptions.builder().time("time").value("value").horizon("4");
  }

  private SeriesForecast expected() {
    return core.forecast(
        TimeSeries.builder("s")
            .timestamps(times(0, LENGTH))
            .target("value", values(0, LENGTH))
            .build(),
        Horizon.steps(4));
  }

  private static void assertForecast(List<Row> rows, SeriesForecast expected) {
    assertThat(rows).hasSize(expected.timestamps().length);
    for (int step = 0; step < rows.size(); step++) {
      Row row = rows.get(step);
      assertThat(row.getTimestamp(row.fieldIndex("timestamp")).getTime())
          .isEqualTo(expected.timestamps()[step]);
      assertThat(row.getDouble(row.fieldIndex("q50"))).isEqualTo(expected.median()[step]);
      assertThat(row.getString(row.fieldIndex("status"))).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "time",
        "unix_seconds(time)",
        "unix_millis(time)",
        "unix_micros(time)",
        "1000 * unix_micros(time)",
        "cast(unix_seconds(time) AS int)",
        "cast(unix_millis(time) AS double)",
        "cast(unix_seconds(time) AS decimal(20, 3))",
        "cast(time AS timestamp_ntz)",
        "time + interval 3 microseconds"
      })
  void readsTimesOfAnyType(String time) {
    Dataset<Row> table = table().selectExpr(time + " AS time", "value");
    assertForecast(Patchcast.forecast(table, options().build()).collectAsList(), expected());
  }

  @Test
  void readsLocalTimesAndDatesInTheZone() {
    ForecastTableOptions berlin = options().zone(ZoneId.of("Europe/Berlin")).build();
    Dataset<Row> days =
        spark
            .range(0, 40)
            .selectExpr(
                "date_add(date'2026-10-01', cast(id AS int)) AS time", "double(id % 7) AS value");
    Row first = Patchcast.forecast(days, berlin).head();
    // Midnight in Berlin, after the clocks went back.
    assertThat(first.getTimestamp(0).toInstant()).hasToString("2026-11-09T23:00:00Z");
    Dataset<Row> local = days.selectExpr("cast(time AS timestamp_ntz) AS time", "value");
    assertThat(Patchcast.forecast(local, berlin).head()).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cast(value AS float)",
        "cast(value AS decimal(20, 10))",
        "cast(value AS int)",
        "value > 0"
      })
  void readsNumbersOfAnyType(String value) {
    Dataset<Row> table = table().selectExpr("time", value + " AS value");
    double[] values =
        table.orderBy("time").selectExpr("double(value)").collectAsList().stream()
            .mapToDouble(row -> row.getDouble(0))
            .toArray();
    SeriesForecast expected =
        core.forecast(
            TimeSeries.builder("s").timestamps(times(0, LENGTH)).target("value", values).build(),
            Horizon.steps(4));
    assertForecast(Patchcast.forecast(table, options().build()).collectAsList(), expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "true",
        "3Y",
        "3L",
        "2.5",
        "double('NaN')",
        "'a b'",
        "X'00FF'",
        "date'2026-11-22'",
        "timestamp'2026-11-22 03:00:00'",
        "timestamp_ntz'2026-11-22 03:00:00'",
        "interval 3 days",
        "cast(null AS string)",
        "cast(null AS int)"
      })
  void keepsIdsOfAnyType(String id) {
    Dataset<Row> table = table(id + " AS k");
    Dataset<Row> forecasts = Patchcast.forecast(table, options().id("k").build());
    assertThat(forecasts.schema().apply("k").dataType())
        .isEqualTo(table.schema().apply("k").dataType());
    assertForecast(forecasts.collectAsList(), expected());
    Object kept = forecasts.head().get(0);
    Object given = table.head().get(0);
    // Binary ids are arrays.
    assertThat(Objects.deepEquals(kept, given)).as("%s, given %s", kept, given).isTrue();
  }

  @Test
  void takesBothZerosForOneId() {
    Dataset<Row> table = table("if(id % 2 = 0, 0D, -0D) AS k");
    assertForecast(
        Patchcast.forecast(table, options().id("k").build()).collectAsList(), expected());
  }

  @Test
  void renamesAnIdThatIsCalledLikeAnOutputColumn() {
    Dataset<Row> forecasts =
        Patchcast.forecast(table("'x' AS `status`"), options().id("status").build());
    assertThat(forecasts.columns()).startsWith("id_status", "timestamp");
  }

  @Test
  void forecastsVariatesTogetherWithKnownCovariates() {
    Dataset<Row> table =
        spark
            .range(0, LENGTH + 4, 1, 3)
            .selectExpr(
                "timestamp_millis(" + START + " + 60000 * id) AS time",
                "if(id < " + LENGTH + ", 10 * sin(id / 4D) + id % 7, null) AS `a.b`",
                "if(id < " + LENGTH + ", double(id % 5), null) AS `c``d`",
                "double(id % 3) AS load");
    double[] a = Arrays.copyOf(values(0, LENGTH), LENGTH + 4);
    double[] c = IntStream.range(0, LENGTH + 4).mapToDouble(i -> i % 5).toArray();
    Arrays.fill(a, LENGTH, LENGTH + 4, Double.NaN);
    Arrays.fill(c, LENGTH, LENGTH + 4, Double.NaN);
    SeriesForecast expected =
        core.forecast(
            TimeSeries.builder("s")
                .timestamps(times(0, LENGTH + 4))
                .target("a.b", a)
                .target("c`d", c)
                .knownCovariate(
                    "load", IntStream.range(0, LENGTH + 4).mapToDouble(i -> i % 3).toArray())
                .build(),
            Horizon.steps(4));
    List<Row> rows =
        Patchcast.forecast(
                table,
                ForecastTableOptions.builder()
                    .value("a.b", "c`d")
                    .known("load")
                    .horizon("4")
                    .build())
            .collectAsList();
    assertThat(rows).hasSize(8);
    for (int i = 0; i < rows.size(); i++) {
      String variate = i < 4 ? "a.b" : "c`d";
      assertThat(rows.get(i).getString(0)).isEqualTo(variate);
      assertThat(rows.get(i).<Double>getAs("q50"))
          .isEqualTo(expected.variate(variate).median()[i % 4]);
    }
  }

  @Test
  void leavesOutRowsWithoutATimeAndSaysSo() {
    Dataset<Row> table =
        table()
            .unionByName(
                spark
                    .range(0, 3)
                    .selectExpr("cast(null AS timestamp) AS time", "double(id) AS value"));
    List<Row> rows = Patchcast.forecast(table, options().build()).collectAsList();
    assertForecast(rows, expected());
    assertThat(rows.get(0).<String>getAs("message")).isEqualTo("left out 3 rows without a time");
    Row none =
        Patchcast.forecast(
                table.selectExpr("cast(null AS timestamp) AS time", "value"), options().build())
            .head();
    assertThat(none.<String>getAs("status")).isEqualTo("too_short");
    assertThat(none.<String>getAs("message"))
        .contains("found no row")
        .endsWith("left out 53 rows without a time");
  }

  @Test
  void usesTheNewestRowsOfAVeryLongSeries() {
    int length = 300_000;
    Dataset<Row> table =
        spark
            .range(0, length, 1, 3)
            .selectExpr(
                "timestamp_millis(" + START + " + 60000 * id) AS time",
                "10 * sin(id / 4D) + id % 7 AS value");
    int kept = 2 * 512;
    SeriesForecast expected =
        core.forecast(
                new ForecastRequest(
                    List.of(
                        TimeSeries.builder("s")
                            .timestamps(times(length - kept, length))
                            .target("value", values(length - kept, length))
                            .build()),
                    Horizon.steps(4),
                    ForecastOptions.defaults().withContextLength(512)))
            .series()
            .get(0);
    for (Dataset<Row> order :
        List.of(table, table.repartition(7), table.orderBy(table.col("time").desc()))) {
      assertForecast(
          Patchcast.forecast(order, options().context(512).build()).collectAsList(), expected);
    }
  }

  @Test
  void keepsAWindowOfManyRowsPerStep() {
    int length = 6_000;
    Dataset<Row> table =
        spark
            .range(0, length, 1, 3)
            .selectExpr(
                "timestamp_millis(" + START + " + 1000 * id) AS time",
                "10 * sin(id / 400D) + id % 7 AS value");
    double[] values =
        IntStream.range(0, length).mapToDouble(i -> 10 * Math.sin(i / 400.0) + i % 7).toArray();
    SeriesForecast expected =
        core.forecast(
                new ForecastRequest(
                    List.of(
                        TimeSeries.builder("s")
                            .timestamps(
                                IntStream.range(0, length)
                                    .mapToLong(i -> START + 1000L * i)
                                    .toArray())
                            .step(MINUTE)
                            .target("value", values)
                            .build()),
                    Horizon.steps(4),
                    ForecastOptions.defaults().withContextLength(64)))
            .series()
            .get(0);
    assertForecast(
        Patchcast.forecast(table.repartition(5), options().context(64).step(MINUTE).build())
            .collectAsList(),
        expected);
  }

  @Test
  void ofRowsOfOneTimeTheGreatestValueCounts() {
    Dataset<Row> twice =
        table().unionByName(table().selectExpr("time", "value - 3 AS value")).repartition(5);
    assertForecast(Patchcast.forecast(twice, options().build()).collectAsList(), expected());
    Dataset<Row> missing =
        table().unionByName(table().selectExpr("time", "double('NaN') AS value")).repartition(5);
    assertForecast(Patchcast.forecast(missing, options().build()).collectAsList(), expected());
  }

  @Test
  void givesNoRowsForNoRows() {
    assertThat(Patchcast.forecast(table().limit(0), options().build()).collectAsList()).isEmpty();
  }

  @Test
  void returnsTheLevelsAskedForWithoutNegativeValues() {
    Dataset<Row> forecasts =
        Patchcast.forecast(
            table(),
            options()
                .quantiles(0.125, 0.5)
                .valueRange(ForecastOptions.ValueRange.NON_NEGATIVE)
                .build());
    assertThat(forecasts.columns())
        .containsExactly("timestamp", "q12_5", "q50", "status", "message", "model");
    assertThat(forecasts.where("q12_5 < 0 OR q50 < 0").count()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cast(time AS string)  | value              | k      | column 'time' (time): expected a timestamp, a date or numbers since the epoch (text: use to_timestamp), found STRING",
        "time                  | cast(value AS string) | k   | column 'value' (value): expected numbers or booleans, found STRING",
        "time                  | value              | array(k) | column 'k' (id): expected an atomic type that can be ordered, found ARRAY<STRING>",
        "time                  | value              | null   | column 'k' (id): expected an atomic type that can be ordered, found VOID",
        "time                  | value              | k COLLATE UTF8_LCASE | column 'k' (id): expected strings that are equal if their bytes are (cast them), found STRING COLLATE UTF8_LCASE",
      })
  void refusesColumnsOfOtherTypes(String time, String value, String id, String message) {
    Dataset<Row> table =
        table("'x' AS k").selectExpr(time + " AS time", value + " AS value", id + " AS k");
    assertThatThrownBy(() -> Patchcast.forecast(table, options().id("k").build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void findsTheTimeColumnByItsName() {
    ForecastTableOptions unnamed =
        ForecastTableOptions.builder().value("value").horizon("4").build();
    assertForecast(
        Patchcast.forecast(table().withColumnRenamed("time", "ts"), unnamed).collectAsList(),
        expected());
    assertThatThrownBy(() -> Patchcast.forecast(table().withColumnRenamed("time", "t"), unnamed))
        .hasMessage(
            "no time column named, and none is called time, timestamp, ts, date, datetime, ds;"
                + " the columns are: t, value");
  }

  @Test
  void refusesAStream() {
    Dataset<Row> stream =
        spark.readStream().format("rate").load().selectExpr("timestamp AS time", "value");
    assertThatThrownBy(() -> Patchcast.forecast(stream, options().build()))
        .hasMessage("expected a table, found a stream");
  }

  @Test
  void writesParquetThatReadsBack() {
    Dataset<Row> forecasts = Patchcast.forecast(table("'x' AS k"), options().id("k").build());
    forecasts.write().parquet(folder.resolve("out").toString());
    Dataset<Row> read = spark.read().parquet(folder.resolve("out").toString());
    assertThat(read.collectAsList()).isEqualTo(forecasts.collectAsList());
    assertThat(read.schema().apply("timestamp").dataType()).isEqualTo(DataTypes.TimestampType);
  }
}
