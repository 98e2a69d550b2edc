package io.patchcast.cli.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "cpu_user_percent, 12.3456, 12.35%",
    "memory_cached_bytes, 466563072, 466.6 MB",
    "disk_read_bytes_per_second, 819.2, 819.2 B/s",
    "disk_read_bytes_per_second, -90500, -90.5 kB/s",
    "jvm_gc_ms_per_second, 0.5, 0.5 ms/s",
    "request_latency_p99_ms, 62.581, 62.58 ms",
    "duration_seconds, 1.5, 1.5 s",
    "requests_per_second, 9.594, 9.594/s",
    "context_switches_per_second, 23000, 23k/s",
    "load1, 0.348, 0.348",
    "processes, 1234, 1234",
    "events, 12345678, 12.35M",
    "items, 0.00005, 5.00e-05",
    "items, -0.0001, -1.00e-04",
    "items, 0, 0",
    "items, 9.9996, 10",
    "items, 1.005, 1.005",
    "items, 1.0005, 1.001",
    "items, 0.0625, 0.063",
    "terms, 3, 3",
    "bytesize, 3, 3"
  })
  void writesNumbersForPeople(String name, double value, String expected) {
    assertThat(Quantity.ofName(name).format(value)).isEqualTo(expected);
  }

  @Test
  void writesWhatItMeans() {
    Random random = new Random(11);
    Quantity plain = new Quantity("", false);
    for (int i = 0; i < 2000; i++) {
      double value = (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(9) - 3);
      double read = Double.parseDouble(plain.format(value));
      assertThat(read)
          .isCloseTo(
              value,
              org.assertj.core.data.Offset.offset(Math.max(5.1e-4, Math.abs(value) * 5.1e-4)));
    }
    assertThat(plain.format(Double.NaN)).isEqualTo("–");
    assertThat(plain.format(1e30)).isEqualTo("1.00e+30");
  }

  @Test
  void ticksShareTheirDecimals() {
    assertThat(Quantity.ofName("x_bytes").formatTicks(new double[] {0, 2.5e6, 5e6, 7.5e6}))
        .containsExactly("0 B", "2.5 MB", "5.0 MB", "7.5 MB");
    assertThat(Quantity.PLAIN.formatTicks(new double[] {0, 0.25, 0.5}))
        .containsExactly("0", "0.25", "0.50");
    assertThat(Quantity.PLAIN.formatTicks(new double[] {-20_000, 0, 20_000}))
        .containsExactly("-20k", "0", "20k");
  }
}
