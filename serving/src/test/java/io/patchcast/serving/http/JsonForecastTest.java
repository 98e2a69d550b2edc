package io.patchcast.serving.http;

import static io.patchcast.serving.http.TestSeries.START;
import static io.patchcast.serving.http.TestSeries.STEP;
import static io.patchcast.serving.http.TestSeries.json;
import static io.patchcast.serving.http.TestSeries.values;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.forecast.VariateForecast;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Forecasts in JSON equal those of the core to the last bit. */
class JsonForecastTest {
  private static ServiceProcess service;
  private static Forecaster forecaster;

  @BeforeAll
  static void start() throws Exception {
    service = ServiceProcess.ready();
    forecaster = Forecaster.open(ModelSource.builtIn());
  }

  @AfterAll
  static void stop() {
    service.close();
    forecaster.close();
  }

  private static JsonObject answer(String body, Object... values) throws Exception {
    HttpResponse<String> response = service.forecast(String.format(Locale.ROOT, body, values));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static JsonObject forecast(JsonObject answer, int index) {
    return answer.getAsJsonArray("forecasts").get(index).getAsJsonObject();
  }

  private static double[] numbers(JsonElement list) {
    JsonArray array = list.getAsJsonArray();
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.get(i).getAsDouble();
    }
    return numbers;
  }

  private static void assertQuantiles(
      JsonObject quantiles, VariateForecast expected, double... levels) {
    assertThat(quantiles.keySet())
        .containsExactly(DoubleStream.of(levels).mapToObj(Double::toString).toArray(String[]::new));
    for (double level : levels) {
      assertThat(numbers(quantiles.get(Double.toString(level))))
          .as("level " + level)
          .isEqualTo(expected.quantile(level));
    }
  }

  @Test
  void equalsTheCoreToTheLastBit() throws Exception {
    double[] first = values(1, 700);
    double[] second = values(2, 40);
    second[3] = Double.NaN;
    second[39] = 1e-300;
    JsonObject answer =
        answer(
            """
            {"inputs": [
               {"item_id": "a", "start": "2026-11-22T00:00:00Z", "step": "5m", "target": %s},
               {"item_id": "b", "start": 1795305600000, "step": "5m", "target": %s}],
             "parameters": {"horizon": 77}}
            """,
            json(first), json(second));

    List<SeriesForecast> expected =
        forecaster
            .forecast(
                ForecastRequest.of(
                    List.of(
                        TimeSeries.of("a", START, STEP, first),
                        TimeSeries.of("b", START, STEP, second)),
                    Horizon.steps(77)))
            .series();
    for (int i = 0; i < 2; i++) {
      JsonObject found = forecast(answer, i);
      assertThat(found.get("item_id").getAsString()).isEqualTo(expected.get(i).id());
      assertThat(found.get("status").getAsString()).isEqualTo("ok");
      assertQuantiles(
          found.getAsJsonObject("quantiles"),
          expected.get(i).variates().get(0),
          ForecastOptions.defaults().quantileLevels());
      assertThat(found.getAsJsonArray("timestamps").get(76).getAsString())
          .isEqualTo(Instant.ofEpochMilli(expected.get(i).timestamps()[76]).toString());
    }
    assertThat(forecast(answer, 1).getAsJsonObject("report").get("missing_values").getAsInt())
        .isEqualTo(1);
    JsonObject model = answer.getAsJsonObject("model");
    assertThat(model.get("name").getAsString()).isEqualTo("builtin");
    assertThat(model.get("weights_sha256").getAsString())
        .isEqualTo(forecaster.model().weightsSha256());
    assertThat(model.get("backend").getAsString()).isEqualTo(forecaster.model().backend());
  }

  @Test
  void takesVariatesCovariatesAndParameters() throws Exception {
    double[] cpu = values(3, 200);
    double[] memory = values(4, 200);
    double[] holiday = values(5, 212);
    JsonObject answer =
        answer(
            """
            {"model": "builtin", "inputs": [
               {"item_id": "host", "start": "2026-11-22T01:00:00+01:00", "step": "5m",
                "target": {"cpu": %s, "memory": %s}, "known_covariates": {"holiday": %s}}],
             "parameters": {"horizon": "1h", "quantiles": [0.125, 0.5, 0.9],
               "context_length": 128, "non_negative": true, "timeout": "30s"}}
            """,
            json(cpu), json(memory), json(holiday));

    long[] times = new long[212];
    double[][] targets = new double[2][212];
    for (int i = 0; i < times.length; i++) {
      times[i] = STEP.plus(START.toEpochMilli(), i);
      targets[0][i] = i < 200 ? cpu[i] : Double.NaN;
      targets[1][i] = i < 200 ? memory[i] : Double.NaN;
    }
    SeriesForecast expected =
        forecaster
            .forecast(
                new ForecastRequest(
                    List.of(
                        TimeSeries.builder("host")
                            .timestamps(times)
                            .step(STEP)
                            .target("cpu", targets[0])
                            .target("memory", targets[1])
                            .knownCovariate("holiday", holiday)
                            .build()),
                    Horizon.of(Duration.ofHours(1)),
                    ForecastOptions.defaults()
                        .withContextLength(128)
                        .withValueRange(ForecastOptions.ValueRange.NON_NEGATIVE)))
            .series()
            .get(0);
    JsonObject found = forecast(answer, 0);
    JsonObject variates = found.getAsJsonObject("variates");
    assertThat(found.has("quantiles")).isFalse();
    assertThat(variates.keySet()).containsExactly("cpu", "memory");
    assertThat(found.getAsJsonArray("timestamps")).hasSize(12);
    for (String name : variates.keySet()) {
      assertQuantiles(
          variates.getAsJsonObject(name).getAsJsonObject("quantiles"),
          expected.variate(name),
          0.125,
          0.5,
          0.9);
    }
  }

  @Test
  void infersStepsAndCountsCalendarDaysInTheZone() throws Exception {
    ZoneId berlin = ZoneId.of("Europe/Berlin");
    StringBuilder times = new StringBuilder();
    for (int day = 1; day <= 20; day++) {
      times
          .append(day == 1 ? "" : ",")
          .append('"')
          .append(java.time.LocalDate.of(2026, 10, day).atStartOfDay(berlin).toInstant())
          .append('"');
    }
    double[] values = values(6, 20);
    JsonObject answer =
        answer(
            """
            {"inputs": [{"item_id": "daily", "timestamps": [%s], "zone": "Europe/Berlin",
                         "target": %s}],
             "parameters": {"horizon": 10}}
            """,
            times, json(values));
    JsonObject found = forecast(answer, 0);
    assertThat(found.getAsJsonObject("report").get("step").getAsString()).isEqualTo("1d");
    // Clocks go back on the 25th.
    assertThat(found.getAsJsonArray("timestamps").get(9).getAsString())
        .isEqualTo("2026-10-29T23:00:00Z");
  }

  @Test
  void oneBadSeriesFailsNoOther() throws Exception {
    JsonObject answer =
        answer(
            """
            {"inputs": [
               {"item_id": "good", "start": 0, "step": "1m", "target": [1, 2, 3]},
               {"item_id": "good", "start": 0, "step": "1m", "target": [1, 2, 3]},
               {"item_id": "no time", "start": "yesterday", "step": "1m", "target": [1]},
               {"item_id": "no step", "start": 0, "step": "often", "target": [1]},
               {"item_id": "no zone", "start": 0, "step": "1d", "zone": "Moon", "target": [1]},
               {"item_id": "gaps", "start": 0, "step": "1m", "target": [null, null]},
               {"item_id": "empty", "start": 0, "step": "1m", "target": []},
               {"item_id": "huge", "start": 0, "step": "1m", "target": [1, 1e999]},
               {"item_id": "ragged", "timestamps": [0, 60000], "target": [1, 2, 3]},
               {"item_id": "late", "start": 253402300799000, "step": "1h", "target": [1, 2]},
               {"item_id": "far", "start": 9223372036854775807, "step": "1h", "target": [1, 2]},
               {"item_id": "last", "start": 0, "step": "1m", "target": [1, 2, 3]}],
             "parameters": {"horizon": 3}}
            """);
    List<String> statuses =
        answer.getAsJsonArray("forecasts").asList().stream()
            .map(forecast -> forecast.getAsJsonObject().get("status").getAsString())
            .toList();
    assertThat(statuses)
        .containsExactly(
            "ok",
            "invalid",
            "invalid",
            "invalid",
            "invalid",
            "all_missing",
            "too_short",
            "invalid",
            "invalid",
            "invalid",
            "invalid",
            "ok");
    String[] messages = {
      "",
      "expected each item_id once, found 'good' again",
      "expected a time in ISO 8601 with an offset, such as 2026-11-22T00:00:00Z, found 'yesterday'",
      "step must be a whole number",
      "Moon",
      "expected at least one finite target value",
      "found no row",
      "expected numbers that a double can hold, found 1e999 in 'target' at 1",
      "expected 2 values in column 'target', one per timestamp, found 3",
      "between the years 1 and 9999",
      "",
      ""
    };
    for (int i = 0; i < messages.length; i++) {
      assertThat(forecast(answer, i).get("message").getAsString()).contains(messages[i]);
    }
    assertThat(forecast(answer, 11).get("quantiles"))
        .isEqualTo(forecast(answer, 0).get("quantiles"));
  }
}
