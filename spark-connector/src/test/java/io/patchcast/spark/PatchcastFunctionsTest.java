package io.patchcast.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The SQL functions on a real session. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PatchcastFunctionsTest {
  private static final Step MINUTE = Step.of(Duration.ofMinutes(1));

  @TempDir static Path folder;

  private SparkSession spark;
  private Forecaster forecaster;

  @BeforeAll
  void open() {
    spark = LocalSpark.open(folder);
    PatchcastFunctions.register(spark);
    forecaster = Forecaster.open(ModelSource.builtIn());
    spark
        .range(0, 12, 1, 3)
        .selectExpr("id", "transform(sequence(0, 39 + id), i -> id + 10 * sin(i / 3D)) AS v")
        .createOrReplaceTempView("metrics");
  }

  @AfterAll
  void close() {
    forecaster.close();
    spark.stop();
  }

  private Row one(String expression) {
    return spark.sql("SELECT " + expression).head();
  }

  private static double[] values(Row row, String column) {
    return row.<Double>getList(row.fieldIndex(column)).stream()
        .mapToDouble(value -> value == null ? Double.NaN : value)
        .toArray();
  }

  private SeriesForecast core(double[] values, int horizon) {
    return forecaster.forecast(
        TimeSeries.of("s", Instant.EPOCH, MINUTE, values), Horizon.steps(horizon));
  }

  private static void assertSame(List<Row> steps, SeriesForecast expected, double... levels) {
    assertThat(steps).hasSize(expected.timestamps().length);
    for (int step = 0; step < steps.size(); step++) {
      assertThat(steps.get(step).size()).isEqualTo(levels.length);
      for (int level = 0; level < levels.length; level++) {
        assertThat(steps.get(step).getDouble(level))
            .isEqualTo(expected.quantile(levels[level])[step]);
      }
    }
  }

  @Test
  void forecastsEachRowAsTheCoreDoes() {
    List<Row> rows =
        spark.sql("SELECT id, v, forecast(v, 40) AS f FROM metrics ORDER BY id").collectAsList();
    assertThat(rows).hasSize(12);
    for (Row row : rows) {
      assertSame(
          row.getList(2), core(values(row, "v"), 40), ForecastOptions.defaults().quantileLevels());
    }
    assertThat(rows.get(0).<Row>getList(2).get(0).schema().fieldNames())
        .containsExactly("q10", "q20", "q30", "q40", "q50", "q60", "q70", "q80", "q90");
  }

  @Test
  void returnsTheLevelsAskedFor() {
    Row row =
        spark.sql("SELECT v, forecast(v, 5, array(0.125, 0.5, 0.9)) f FROM metrics LIMIT 1").head();
    List<Row> steps = row.getList(1);
    assertThat(steps.get(0).schema().fieldNames()).containsExactly("q12_5", "q50", "q90");
    assertSame(steps, core(values(row, "v"), 5), 0.125, 0.5, 0.9);
  }

  @Test
  void takesNullNanAndInfinityForGaps() {
    Row row = one("forecast(array(1, null, 3, double('NaN'), 5, double('inf'), 7), 4) f");
    double nan = Double.NaN;
    assertSame(
        row.getList(0),
        core(new double[] {1, nan, 3, nan, 5, nan, 7}, 4),
        ForecastOptions.defaults().quantileLevels());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "array(1, 2, 3, 5)",
        "array(1L, 2L, 3L, 5L)",
        "array(1.0, 2.0, 3.0, 5.0)",
        "array(float(1), float(2), float(3), float(5))",
        "array(1Y, 2Y, 3Y, 5Y)"
      })
  void takesNumbersOfAnyType(String values) {
    assertSame(
        one("forecast(" + values + ", 3) f").getList(0),
        core(new double[] {1, 2, 3, 5}, 3),
        ForecastOptions.defaults().quantileLevels());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "array(null, double('NaN'))  | all_missing",
        "null                        | too_short",
        "array()                     | too_short",
        "cast(null AS array<double>) | too_short",
        "array(1e308, -1e308, 1e308) | invalid",
      })
  void givesNullAndAStatusForARowThatCannotBeForecast(String values, String status) {
    Row row = one("forecast(" + values + ", 3) f, forecast_status(" + values + ", 3) AS s");
    assertThat(row.isNullAt(0)).isTrue();
    assertThat(row.getStruct(1).getString(0)).isEqualTo(status);
    assertThat(row.getStruct(1).getString(1)).contains("expected", "found");
  }

  @Test
  void aBadRowFailsNoOther() {
    List<Row> rows =
        spark
            .sql(
                "SELECT forecast(w, 3) IS NULL, forecast_status(w, 3).status FROM"
                    + " (SELECT id, if(id % 4 = 1, array(double('NaN')), v) w FROM metrics)"
                    + " ORDER BY id")
            .collectAsList();
    for (int id = 0; id < 12; id++) {
      assertThat(rows.get(id).getBoolean(0)).isEqualTo(id % 4 == 1);
      assertThat(rows.get(id).getString(1)).isEqualTo(id % 4 == 1 ? "all_missing" : "ok");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "forecast('x', 3)              | forecast: expected an array of numbers as first argument (values), found 'x' of type STRING",
        "forecast(array('x'), 3)       | found array('x') of type ARRAY<STRING>",
        "forecast(v, id) FROM metrics  | expected a constant whole number of steps, at least 1, as second argument (horizon), found",
        "forecast(v, 0) FROM metrics   | found 0 of type INT",
        "forecast(v, -1) FROM metrics  | found -1 of type INT",
        "forecast(v, '24h') FROM metrics | found '24h' of type STRING",
        "forecast(v, null) FROM metrics | found NULL of type VOID",
        "forecast(v) FROM metrics      | expected 2 or 3 arguments (values, horizon[, levels]), found 1",
        "forecast_status(v, 1, array(0.5)) FROM metrics | expected 2 arguments (values, horizon), found 3",
        "forecast(v, 1, 0.5) FROM metrics | expected a constant array of numbers as third argument (levels), found 0.5",
        "forecast(v, 1, array(0.95)) FROM metrics | must be between 0.1 and 0.9",
        "forecast(v, 1, array(0.5, null)) FROM metrics | expected a constant array of numbers",
        "forecast(v, 1, array(0.5, 0.1)) FROM metrics | must ascend",
      })
  void refusesWrongArgumentsWhenTheQueryIsAnalysed(String expression, String message) {
    assertThatThrownBy(() -> spark.sql("SELECT " + expression))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining(message);
  }

  @Test
  void bothFunctionsInOneSelectRunTheModelOnce() {
    String code =
        org.apache.spark.sql.execution.debug.package$.MODULE$.codegenString(
            ((org.apache.spark.sql.classic.Dataset<?>)
                    spark.sql(
                        "SELECT id, forecast(v, 3), forecast(v, 3, array(0.5)),"
                            + " forecast_status(v, 3) FROM metrics"))
                .queryExecution()
                .executedPlan());
    assertThat(
            code.lines()
                .filter(
                    line ->
                        line.contains(
                            "(io.patchcast.forecast.SeriesForecast) ((java.util.function.Function)"))
                .count())
        .as(code)
        .isEqualTo(1);
  }

  @Test
  void isDescribed() {
    String description =
        spark.sql("DESCRIBE FUNCTION forecast").collectAsList().stream()
            .map(row -> row.getString(0))
            .collect(Collectors.joining("\n"));
    assertThat(description).contains("forecast(values, horizon[, levels])");
  }

  @Test
  void foldsAConstantToTheSameBits() {
    String values =
        IntStream.range(0, 40)
            .mapToObj(i -> i % 7 + "D")
            .collect(Collectors.joining(",", "array(", ")"));
    double folded = one("forecast(" + values + ", 2)[1].q50").getDouble(0);
    double computed =
        spark
            .sql("SELECT forecast(if(id >= 0, " + values + ", v), 2)[1].q50 FROM metrics")
            .head()
            .getDouble(0);
    assertThat(folded).isEqualTo(computed);
  }
}
