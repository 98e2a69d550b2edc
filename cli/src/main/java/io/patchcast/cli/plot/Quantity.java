package io.patchcast.cli.plot;

import java.util.List;
import java.util.Locale;

/**
 * How numbers of a metric are written for people: with the unit that its name tells ({@code
 * heap_bytes}, {@code cpu_percent}, {@code latency_ms}, {@code requests_per_second}) and with SI
 * prefixes.
 *
 * @param unit the unit, empty if there is none
 * @param prefixed whether SI prefixes are used (not for percent and milliseconds)
 */
public record Quantity(String unit, boolean prefixed) {
  private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};
  private static final int SIGNIFICANT_DIGITS = 4;
  private static final long[] POWERS_OF_TEN = {1, 10, 100, 1000};
  private static final double SMALLEST_DECIMAL = 1e-3;
  private static final double WHOLE_NUMBERS = 1e15;

  /** A number without a unit. */
  public static final Quantity PLAIN = new Quantity("", true);

  /** The quantity of a metric of this name. */
  public static Quantity ofName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    boolean rate =
        lower.endsWith("per_second") || lower.endsWith("per_sec") || lower.endsWith("_rate");
    List<String> words = List.of(lower.split("_"));
    if (words.contains("bytes") || words.contains("byte")) {
      return new Quantity(rate ? "B/s" : "B", true);
    }
    String last = words.isEmpty() ? "" : words.get(words.size() - 1);
    if (last.equals("percent") || last.equals("pct")) {
      return new Quantity("%", false);
    }
    if (words.contains("ms") || words.contains("millis") || words.contains("milliseconds")) {
      return new Quantity(rate ? "ms/s" : "ms", false);
    }
    if (last.equals("seconds")) {
      return new Quantity("s", false);
    }
    return rate ? new Quantity("/s", true) : PLAIN;
  }

  /**
   * The quantity that the name of a value column tells, else the first that an id does (long
   * format).
   */
  public static Quantity ofSeries(String variate, String... ids) {
    Quantity quantity = ofName(variate);
    for (String id : ids) {
      if (quantity.equals(PLAIN)) {
        quantity = ofName(id);
      }
    }
    return quantity;
  }

  /** A number with four significant digits and its unit; {@code –} for NaN. */
  public String format(double value) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    int prefix = prefix(Math.abs(value));
    double scaled = value / Math.pow(1000, prefix);
    double size = Math.abs(scaled);
    if (size >= WHOLE_NUMBERS || (size > 0 && size < SMALLEST_DECIMAL)) {
      return withUnit(String.format(Locale.ROOT, "%.2e", scaled), prefix);
    }
    int whole = size < 10 ? 1 : size < 100 ? 2 : size < 1000 ? 3 : SIGNIFICANT_DIGITS;
    return withUnit(decimal(scaled, SIGNIFICANT_DIGITS - whole), prefix);
  }

  /** A number with at most so many decimals (0 to 3); a page of charts has tens of thousands. */
  private static String decimal(double value, int decimals) {
    long unit = POWERS_OF_TEN[decimals];
    long scaled = Math.round(Math.abs(value) * unit);
    String sign = value < 0 && scaled > 0 ? "-" : "";
    long part = scaled % unit;
    if (part == 0) {
      return sign + scaled / unit;
    }
    while (part % 10 == 0) {
      part /= 10;
      unit /= 10;
    }
    // The leading one keeps the zeros behind the point, and is dropped.
    return sign + scaled / POWERS_OF_TEN[decimals] + '.' + Long.toString(unit + part).substring(1);
  }

  /** Labels of ticks: all with the same prefix and number of decimals. */
  String[] formatTicks(double[] ticks) {
    double largest = 0;
    for (double tick : ticks) {
      largest = Math.max(largest, Math.abs(tick));
    }
    int prefix = prefix(largest);
    double unitSize = Math.pow(1000, prefix);
    double step = ticks.length > 1 ? (ticks[1] - ticks[0]) / unitSize : 1;
    int decimals = (int) Math.max(0, Math.min(9, Math.ceil(-Math.log10(step) - 1e-9)));
    // A step of 2.5 or 0.25 needs one decimal more than its magnitude says.
    double shifted = step * Math.pow(10, decimals);
    if (Math.abs(shifted - Math.rint(shifted)) > 1e-6) {
      decimals++;
    }
    String[] labels = new String[ticks.length];
    for (int i = 0; i < ticks.length; i++) {
      double scaled = ticks[i] / unitSize;
      String number =
          largest < 1e-4 && largest > 0
              ? String.format(Locale.ROOT, "%.1e", scaled)
              : String.format(Locale.ROOT, "%." + decimals + "f", scaled + 0.0);
      labels[i] = ticks[i] == 0 ? withUnit("0", 0) : withUnit(number, prefix);
    }
    return labels;
  }

  private int prefix(double size) {
    if (!prefixed || size < (unit.isEmpty() ? 10_000 : 1000)) {
      return 0;
    }
    return (int) Math.min(PREFIXES.length - 1, Math.floor(Math.log10(size) / 3 + 1e-12));
  }

  private String withUnit(String number, int prefix) {
    String suffix = PREFIXES[prefix] + unit;
    boolean tight = unit.isEmpty() || unit.equals("%") || unit.startsWith("/");
    return number + (tight ? "" : " ") + suffix;
  }
}
