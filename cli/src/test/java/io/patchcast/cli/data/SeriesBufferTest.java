package io.patchcast.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.cli.data.SeriesBuffer.Capacity;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesBufferTest {
  private static final int ROWS = 100;

  private static SeriesBuffer buffer(int targets, int columns, Capacity capacity) {
    return new SeriesBuffer(new String[] {"a"}, targets, columns, capacity);
  }

  /** Whatever the order of coming, the newest rows are there, each with its value. */
  @ParameterizedTest
  @ValueSource(strings = {"ascending", "descending", "shuffled", "blocks"})
  void keepsTheNewestRowsInAnyOrder(String order) {
    int total = 20_000;
    long[] times = IntStream.range(0, total).mapToLong(i -> i * 1000L).toArray();
    arrange(times, order);
    SeriesBuffer buffer = buffer(1, 1, new Capacity(ROWS, 0, 0, 0));
    for (long time : times) {
      buffer.add(time, new double[] {-time});
    }

    long[] kept = buffer.timestamps();
    double[] values = buffer.column(0);
    for (int i = 0; i < kept.length; i++) {
      assertThat(values[i]).isEqualTo((double) -kept[i]);
    }
    Arrays.sort(kept);
    long[] newest = IntStream.range(total - ROWS, total).mapToLong(i -> i * 1000L).toArray();
    assertThat(Arrays.copyOfRange(kept, kept.length - ROWS, kept.length)).isEqualTo(newest);
    assertThat(buffer.size()).isLessThanOrEqualTo(4 * ROWS);
    assertThat(buffer.rowsSeen()).isEqualTo(total);
  }

  private static void arrange(long[] times, String order) {
    Random random = new Random(7);
    switch (order) {
      case "descending" -> {
        for (int i = 0; i < times.length / 2; i++) {
          swap(times, i, times.length - 1 - i);
        }
      }
      case "shuffled" -> {
        for (int i = times.length - 1; i > 0; i--) {
          swap(times, i, random.nextInt(i + 1));
        }
      }
      case "blocks" -> {
        for (int block = 0; block + 64 <= times.length; block += 64) {
          swap(times, block, block + 63);
        }
      }
      default -> {}
    }
  }

  private static void swap(long[] times, int a, int b) {
    long held = times[a];
    times[a] = times[b];
    times[b] = held;
  }

  @Test
  void aMillionRowsOfOneTimestampDoNotFillTheMemory() {
    SeriesBuffer buffer = buffer(1, 1, new Capacity(ROWS, 0, 0, 0));
    for (int i = 0; i < 1_000_000; i++) {
      buffer.add(5, new double[] {i});
    }
    assertThat(buffer.size()).isLessThanOrEqualTo(2 * ROWS);
    double[] values = buffer.column(0);
    assertThat(values[values.length - 1]).isEqualTo(999_999);
  }

  @Test
  void keepsTheKnownFutureBesides() {
    SeriesBuffer buffer = buffer(1, 2, new Capacity(ROWS, 0, 0, 0));
    for (int i = 0; i < 2000; i++) {
      buffer.add(i, new double[] {i < 1500 ? i : Double.NaN, i});
    }
    long[] kept = buffer.timestamps();
    Arrays.sort(kept);
    assertThat(kept[kept.length - 1]).isEqualTo(1999);
    assertThat(Arrays.stream(kept).filter(time -> time >= 1500).count()).isEqualTo(500);
    assertThat(Arrays.stream(kept).filter(time -> time >= 1400 && time < 1500).count())
        .isEqualTo(100);
    assertThat(buffer.lastContextMillis()).isEqualTo(1499);
  }

  @Test
  void keepsTheHoldoutBesides() {
    SeriesBuffer bySteps = buffer(1, 1, new Capacity(ROWS, 0, 300, 0));
    SeriesBuffer byTime = buffer(1, 1, new Capacity(ROWS, 0, 0, 3000));
    for (int i = 0; i < 20_000; i++) {
      bySteps.add(i * 10L, new double[] {i});
      byTime.add(i * 10L, new double[] {i});
    }
    assertThat(bySteps.lastContextMillis()).isEqualTo((20_000 - 301) * 10L);
    assertThat(byTime.lastContextMillis()).isEqualTo((20_000 - 301) * 10L);
    for (SeriesBuffer buffer : new SeriesBuffer[] {bySteps, byTime}) {
      long[] kept = buffer.timestamps();
      Arrays.sort(kept);
      assertThat(kept[0]).isLessThanOrEqualTo((20_000 - 400) * 10L);
      assertThat(buffer.size()).isLessThan(1700);
    }
  }

  @Test
  void keepsAWindowOfTimeHoweverManyRows() {
    SeriesBuffer buffer = buffer(1, 1, new Capacity(ROWS, 50_000, 0, 0));
    for (int i = 0; i < 30_000; i++) {
      buffer.add(i * 10L, new double[] {i});
    }
    long[] kept = buffer.timestamps();
    assertThat(kept[0]).isLessThanOrEqualTo(299_990 - 50_000);
    assertThat(buffer.size()).isBetween(5000, 20_100);
  }
}
