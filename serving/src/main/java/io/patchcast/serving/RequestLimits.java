package io.patchcast.serving;

/**
 * The most that one request may ask for. Each limit is checked while the request is read, so that
 * one that goes beyond costs no more memory than one that does not.
 *
 * @param bodyBytes bytes of the body
 * @param series series
 * @param points numbers and timestamps given, and quantile values asked for; each of the two
 * @param horizon steps to forecast
 */
public record RequestLimits(long bodyBytes, int series, long points, int horizon) {
  public RequestLimits {
    positive("bodyBytes", bodyBytes);
    positive("series", series);
    positive("points", points);
    positive("horizon", horizon);
  }

  /** 16 MiB, 1,000 series, 2,000,000 points, 4,096 steps. */
  public static RequestLimits defaults() {
    return new RequestLimits(16L << 20, 1_000, 2_000_000, 4_096);
  }

  private static void positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }
}
