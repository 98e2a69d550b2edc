package io.patchcast.serving.http;

import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** Series for tests, and as JSON. */
final class TestSeries {
  static final Instant START = Instant.parse("2026-11-22T00:00:00Z");
  static final Step STEP = Step.of(Duration.ofMinutes(5));

  private TestSeries() {}

  static double[] values(int seed, int length) {
    Random random = new Random(seed);
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = 1e3 * Math.sin(i / 7.0) + random.nextGaussian();
    }
    return values;
  }

  static String json(double[] values) {
    return DoubleStream.of(values)
        .mapToObj(value -> Double.isNaN(value) ? "null" : Double.toString(value))
        .collect(Collectors.joining(",", "[", "]"));
  }

  /** Series called s0, s1 … of different values and lengths. */
  static List<TimeSeries> list(int seed, int count, int length) {
    List<TimeSeries> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(TimeSeries.of("s" + i, START, STEP, values(1_000 * seed + i, length - 3 * (i % 7))));
    }
    return list;
  }

  static String request(List<TimeSeries> list, int horizon, String timeout) {
    return list.stream()
        .map(
            series ->
                "{\"item_id\":\""
                    + series.id()
                    + "\",\"start\":\""
                    + START
                    + "\",\"step\":\"5m\",\"target\":"
                    + json(series.targets().get(0).values())
                    + "}")
        .collect(
            Collectors.joining(
                ",",
                "{\"inputs\":[",
                "],\"parameters\":{\"horizon\":" + horizon + ",\"timeout\":\"" + timeout + "\"}}"));
  }
}
