package io.patchcast.cli.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TicksTest {
  private static List<String> times(String from, String to, String zone, int atMost) {
    return Ticks.times(
            Instant.parse(from).toEpochMilli(),
            Instant.parse(to).toEpochMilli(),
            ZoneId.of(zone),
            atMost)
        .stream()
        .map(tick -> (tick.label() + " " + tick.date()).strip())
        .toList();
  }

  @Test
  void valueTicksAreRoundAndInside() {
    assertThat(Ticks.values(0, 100, 5)).containsExactly(0, 20, 40, 60, 80, 100);
    assertThat(Ticks.values(-0.031, 0.045, 4)).containsExactly(-0.02, 0, 0.02, 0.04);
    assertThat(Ticks.values(3, 12, 4)).containsExactly(5, 7.5, 10);
    assertThat(Ticks.values(1e9, 1e9 + 1, 3)).hasSizeBetween(2, 5);
  }

  @Test
  void timeTicksAreRoundInTheClockOfTheZone() {
    assertThat(times("2026-11-22T03:03:30Z", "2026-11-22T03:04:10Z", "UTC", 5))
        .containsExactly("03:03:30 22 Nov 2026", "03:03:40", "03:03:50", "03:04:00", "03:04:10");
    assertThat(times("2026-11-22T21:10:00Z", "2026-11-23T02:00:00Z", "Europe/Berlin", 6))
        .containsExactly("23:00 22 Nov 2026", "00:00 23 Nov 2026", "01:00", "02:00", "03:00");
    assertThat(times("2026-12-30T12:00:00Z", "2027-01-02T12:00:00Z", "UTC", 4))
        .containsExactly("31 Dec 2026", "1 Jan 2027", "2 Jan");
    assertThat(times("2026-10-15T00:00:00Z", "2027-02-15T00:00:00Z", "UTC", 5))
        .containsExactly("Nov 2026", "Dec", "Jan 2027", "Feb");
    assertThat(times("2010-10-15T00:00:00Z", "2027-02-15T00:00:00Z", "UTC", 9))
        .containsExactly("2012", "2014", "2016", "2018", "2020", "2022", "2024", "2026");
  }

  @Test
  void daylightSavingNeitherRepeatsNorSkipsATick() {
    // 02:00 to 03:00 does not exist on the first day and comes twice on the second.
    assertThat(times("2026-03-28T23:30:00Z", "2026-03-29T02:30:00Z", "Europe/Berlin", 5))
        .containsExactly("01:00 29 Mar 2026", "02:00", "04:00");
    assertThat(times("2026-10-24T22:30:00Z", "2026-10-25T02:30:00Z", "Europe/Berlin", 6))
        .containsExactly("01:00 25 Oct 2026", "02:00", "03:00");
  }

  @ParameterizedTest
  @CsvSource({"1", "90", "4000", "100000", "3000000", "90000000", "5000000000", "99000000000"})
  void neverMoreTicksThanAskedFor(long seconds) {
    long from = Instant.parse("2026-11-22T03:03:33Z").toEpochMilli();
    for (int atMost : new int[] {2, 5, 9}) {
      assertThat(Ticks.times(from, from + seconds * 1000, ZoneId.of("UTC"), atMost).size())
          .isLessThanOrEqualTo(atMost + 1);
    }
  }
}
