package io.patchcast.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HorizonTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @ParameterizedTest
  @CsvSource({
    "500ms, PT0.5S",
    "10s, PT10S",
    "90m, PT90M",
    "24h, PT24H",
    "7d, PT168H",
    "2w, PT336H",
    "PT24H, PT24H",
    "pt1h30m, PT90M",
    "P2D, PT48H",
    "7D, PT168H"
  })
  void readsDurations(String text, Duration duration) {
    assertThat(Horizon.parse(text)).isEqualTo(Horizon.of(duration));
  }

  @Test
  void readsSteps() {
    assertThat(Horizon.parse("96")).isEqualTo(Horizon.steps(96));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "h",
        "24 h",
        "1.5h",
        "-3",
        "1mo",
        "P1M",
        "PT",
        "99999999999",
        "9999999999999999999d"
      })
  void namesWhatItExpected(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Horizon.parse(text))
        .withMessageContaining("number of steps such as 96")
        .withMessageContaining("'" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0h", "PT0S", "PT-1H"})
  void refusesNothing(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Horizon.parse(text))
        .withMessageContaining("at least one step or a positive duration");
  }

  @ParameterizedTest
  @CsvSource({
    // step, last timestamp (local), duration, steps
    "10s,   2026-01-01T00:00, PT1M,        6",
    "10s,   2026-01-01T00:00, PT1M0.001S,  7",
    "7s,    2026-01-01T00:00, PT1M,        9",
    "10s,   2026-01-01T00:00, PT0.000001S, 1",
    "1500ms,2026-01-01T00:00, PT3S,        2",
    "1h,    2026-03-28T00:00, PT168H,    168",
    // A week of days stays a week of days where one has 23 or 25 hours.
    "1d,    2026-03-27T00:00, PT168H,      7",
    "1d,    2026-10-23T00:00, PT168H,      7",
    "1d,    2026-03-28T00:00, PT24H,       1",
    "1d,    2026-10-24T00:00, PT24H,       1",
    "1d,    2026-10-24T00:00, PT24H1S,     2",
    "1w,    2026-03-23T00:00, PT720H,      5",
    // 31 + 28 + 31 days
    "1mo,   2026-01-01T00:00, PT2160H,     3",
    "1mo,   2026-01-01T00:00, PT2161H,     4",
    "1mo,   2026-01-31T00:00, PT672H,      1",
    "1mo,   2026-01-31T00:00, PT673H,      2",
    "3mo,   2026-01-01T00:00, PT8760H,     4",
    "12mo,  2024-02-29T00:00, PT8760H,     1",
    "12mo,  2024-02-29T00:00, PT8784H,     2",
  })
  void countsTheStepsThatReachTheEndOfADuration(
      String step, LocalDateTime last, Duration duration, long expected) {
    long lastMillis = last.atZone(BERLIN).toInstant().toEpochMilli();
    Grid grid = Grid.fit(Step.parse(step, BERLIN), BERLIN, new long[] {lastMillis});
    assertThat(Horizon.of(duration).stepsAfter(grid, grid.stepOf(lastMillis))).isEqualTo(expected);
  }

  @Test
  void monthsReachAnyDurationExactly() {
    long last = LocalDateTime.parse("2024-01-31T12:00").atZone(BERLIN).toInstant().toEpochMilli();
    Grid grid = Grid.fit(Step.parse("1mo", BERLIN), BERLIN, new long[] {last});
    long lastStep = grid.stepOf(last);
    LocalDateTime start = LocalDateTime.parse("2024-01-31T12:00");
    for (int days = 1; days < 5000; days++) {
      int steps = (int) Horizon.of(Duration.ofDays(days)).stepsAfter(grid, lastStep);
      LocalDateTime end = start.plusDays(days);
      assertThat(start.plusMonths(steps)).as("%d days", days).isAfterOrEqualTo(end);
      assertThat(start.plusMonths(steps - 1L)).as("%d days", days).isBefore(end);
    }
  }

  @Test
  void theLongestDurationIsOnlyMoreThanCanBeForecast() {
    for (String step : new String[] {"1ms", "1d", "1mo", "1200mo"}) {
      Grid grid = Grid.fit(Step.parse(step, BERLIN), BERLIN, new long[] {0});
      assertThat(Horizon.of(Duration.ofSeconds(Long.MAX_VALUE)).stepsAfter(grid, 0))
          .as(step)
          .isGreaterThan(1 << 20);
    }
  }
}
