package io.patchcast.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {
  private final Timestamps berlin = new Timestamps(ZoneId.of("Europe/Berlin"));

  @ParameterizedTest
  @CsvSource({
    "2026-11-22T03:03:30Z, 2026-11-22T03:03:30Z",
    "2026-11-22t03:03:30z, 2026-11-22T03:03:30Z",
    "2026-11-22T03:03Z, 2026-11-22T03:03:00Z",
    "2026-11-22T03:03:30.125Z, 2026-11-22T03:03:30.125Z",
    "2026-11-22T03:03:30.123456789Z, 2026-11-22T03:03:30.123Z",
    "2026-11-22 04:03:30+01:00, 2026-11-22T03:03:30Z",
    "2026-11-22 04:03:30+0100, 2026-11-22T03:03:30Z",
    "2026-11-22 04:03:30 +01, 2026-11-22T03:03:30Z",
    "2026-11-22 03:03:30 UTC, 2026-11-22T03:03:30Z",
    "' 2026-11-22T03:03:30Z ', 2026-11-22T03:03:30Z",
    "2026-11-22T04:03:30, 2026-11-22T03:03:30Z",
    "2026-11-22 04:03:30, 2026-11-22T03:03:30Z",
    "2026-07-22 05:03, 2026-07-22T03:03:00Z",
    "2026-11-22, 2026-11-21T23:00:00Z",
    "20261122, 2026-11-21T23:00:00Z",
    // Daylight saving skips 02:30 and repeats 02:30.
    "2026-03-29 02:30, 2026-03-29T01:30:00Z",
    "2026-10-25 02:30, 2026-10-25T00:30:00Z",
    "1795312410, 2026-11-22T01:53:30Z",
    "1795312410.25, 2026-11-22T01:53:30.250Z",
    "1795312410250, 2026-11-22T01:53:30.250Z",
    "1795312410250999, 2026-11-22T01:53:30.250Z",
    "1795312410250999999, 2026-11-22T01:53:30.250Z",
    "0, 1970-01-01T00:00:00Z",
    "-1, 1969-12-31T23:59:59Z",
    "-1.5, 1969-12-31T23:59:58.500Z",
    "99999999999, 5138-11-16T09:46:39Z",
    "100000000000, 1973-03-03T09:46:40Z"
  })
  void readsTheFormsItDocuments(String text, String expected) {
    assertThat(Instant.ofEpochMilli(berlin.parse(text))).isEqualTo(Instant.parse(expected));
  }

  @Test
  void rememberedTextDoesNotStickToTheNextOne() {
    assertThat(berlin.parse("10")).isEqualTo(10_000);
    assertThat(berlin.parse("10")).isEqualTo(10_000);
    assertThat(berlin.parse("11")).isEqualTo(11_000);
    assertThatThrownBy(() -> berlin.parse("x")).isInstanceOf(DateTimeException.class);
    assertThat(berlin.parse("11")).isEqualTo(11_000);
    assertThatThrownBy(() -> berlin.parse("")).isInstanceOf(DateTimeException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-",
        ".",
        "soon",
        "2026-11-31",
        "2026-13-01",
        "22.11.2026",
        "11/22/2026",
        "1e9",
        "2026-11-22T25:00",
        "2026-11-22T03:03:30+",
        "NaN",
        "1.2.3",
        "99999999999999999999"
      })
  void refusesWhatIsNoTimestamp(String text) {
    assertThatThrownBy(() -> berlin.parse(text)).isInstanceOf(DateTimeException.class);
  }
}
