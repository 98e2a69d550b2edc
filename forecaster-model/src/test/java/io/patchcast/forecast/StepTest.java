package io.patchcast.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @ParameterizedTest
  @CsvSource({
    "1ms, 1",
    "1500ms, 1500",
    "10s, 10000",
    "7s, 7000",
    "5m, 300000",
    "90m, 5400000",
    "1h, 3600000",
    "24h, 86400000"
  })
  void readsAndWritesFixedSteps(String text, long millis) {
    Step step = Step.parse(text, BERLIN);
    assertThat(step).isEqualTo(Step.of(Duration.ofMillis(millis)));
    assertThat(step.text()).isEqualTo(text);
    assertThat(step).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({"1d, DAYS, 1", "3d, DAYS, 3", "1w, WEEKS, 1", "1mo, MONTHS, 1", "12mo, MONTHS, 12"})
  void readsAndWritesCalendarSteps(String text, ChronoUnit unit, long amount) {
    Step step = Step.parse(text, BERLIN);
    assertThat(step).isEqualTo(Step.of(amount, unit, BERLIN));
    assertThat(step.text()).isEqualTo(text);
    assertThat(step).hasToString(text + " Europe/Berlin");
  }

  @Test
  void writesTheLongestWholeUnit() {
    assertThat(Step.parse("60s", BERLIN).text()).isEqualTo("1m");
    assertThat(Step.parse("3600000ms", BERLIN).text()).isEqualTo("1h");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "s",
        "-1s",
        "+1s",
        "1.5s",
        "10 s",
        "10S",
        "1y",
        "99999999999999999999s",
        "9223372036854775807h",
        "1M"
      })
  void namesWhatItExpected(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Step.parse(text, BERLIN))
        .withMessageContaining("ms, s, m, h, d, w, mo")
        .withMessageContaining("'" + text + "'");
  }

  @Test
  void refusesZeroAndPartsOfMilliseconds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Step.parse("0s", BERLIN))
        .withMessageContaining("at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Step.of(Duration.ofNanos(1_500_000)))
        .withMessageContaining("whole number of milliseconds");
  }

  @Test
  void stepsByTheCalendar() {
    long saturday = Instant.parse("2026-03-28T23:00:00Z").toEpochMilli();
    assertThat(Step.of(1, ChronoUnit.DAYS, BERLIN).plus(saturday, 1) - saturday)
        .isEqualTo(23 * Step.HOUR);
    long january31 = Instant.parse("2026-01-31T00:00:00Z").toEpochMilli();
    Step month = Step.of(1, ChronoUnit.MONTHS, ZoneOffset.UTC);
    assertThat(Instant.ofEpochMilli(month.plus(january31, 1))).hasToString("2026-02-28T00:00:00Z");
    assertThat(Instant.ofEpochMilli(month.plus(january31, 2))).hasToString("2026-03-31T00:00:00Z");
  }
}
