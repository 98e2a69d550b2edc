package io.patchcast.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.ForecastOptions.ValueRange;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.Step;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForecastTableOptionsTest {
  @Test
  void readsAllFromText() {
    ForecastTableOptions options =
        ForecastTableOptions.builder()
            .options(
                Map.ofEntries(
                    Map.entry("id", "host, core"),
                    Map.entry("TIME", "ts"),
                    Map.entry("value", "cpu,mem"),
                    Map.entry("known", "load"),
                    Map.entry("horizon", "24h"),
                    Map.entry("step", "1d"),
                    Map.entry("zone", "Europe/Berlin"),
                    Map.entry("model", "Datadog/Toto-2.0-4m"),
                    Map.entry("quantiles", "0.1, 0.5"),
                    Map.entry("context", "512"),
                    Map.entry("non_negative", "true"),
                    Map.entry("seriesPerBatch", "8")))
            .build();
    ZoneId berlin = ZoneId.of("Europe/Berlin");
    assertThat(options.ids()).containsExactly("host", "core");
    assertThat(options.time()).isEqualTo("ts");
    assertThat(options.values()).containsExactly("cpu", "mem");
    assertThat(options.known()).containsExactly("load");
    assertThat(options.horizon()).isEqualTo(Horizon.of(Duration.ofHours(24)));
    assertThat(options.step()).isEqualTo(Step.of(1, ChronoUnit.DAYS, berlin));
    assertThat(options.zone()).isEqualTo(berlin);
    assertThat(options.model()).isEqualTo("Datadog/Toto-2.0-4m");
    assertThat(options.forecast().quantileLevels()).containsExactly(0.1, 0.5);
    assertThat(options.forecast().contextLength()).isEqualTo(512);
    assertThat(options.forecast().valueRange()).isEqualTo(ValueRange.NON_NEGATIVE);
    assertThat(options.seriesPerBatch()).isEqualTo(8);
  }

  @Test
  void aCallComesBeforeTextAndTextBeforeTheDefault() {
    ForecastTableOptions options =
        ForecastTableOptions.builder()
            .value("cpu")
            .horizon("3")
            .options(Map.of("horizon", "5", "value", "mem", "model", "models/mine"))
            .build();
    assertThat(options.horizon()).isEqualTo(Horizon.steps(3));
    assertThat(options.values()).containsExactly("cpu");
    assertThat(options.model()).isEqualTo("models/mine");
    assertThat(options.zone()).isEqualTo(ZoneOffset.UTC);
    assertThat(options.ids()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "horizn       | 3      | seriesPerBatch; got 'horizn'",
        "horizon      | soon   | option horizon: horizon must be a number of steps",
        "step         | 1 hour | option step: step must be",
        "zone         | Mars   | option zone: expected a time zone like UTC or Europe/Berlin, got 'Mars'",
        "quantiles    | 0.5,x  | option quantiles: expected numbers, got '0.5,x'",
        "quantiles    | 0.99   | between 0.1 and 0.9",
        "context      | many   | option context: expected a whole number, got 'many'",
        "context      | -1     | contextLength must be 0 or more, got -1",
        "nonNegative  | yes    | option nonNegative: expected true or false, got 'yes'",
        "seriesPerBatch | 0    | expected at least 1 series per batch, got 0",
        "id           | cpu    | a column has one use: 'cpu' is given twice",
      })
  void saysWhatIsWrong(String key, String value, String message) {
    assertThatThrownBy(
            () ->
                ForecastTableOptions.builder()
                    .options(Map.of("value", "cpu", "horizon", "3"))
                    .options(Map.of(key, value))
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void needsAValueAndAHorizon() {
    assertThatThrownBy(() -> ForecastTableOptions.builder().horizon("3").build())
        .hasMessage("expected at least one value column, got none");
    assertThatThrownBy(() -> ForecastTableOptions.builder().value("cpu").build())
        .hasMessageStartingWith("expected a horizon");
  }
}
