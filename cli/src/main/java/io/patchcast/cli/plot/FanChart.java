package io.patchcast.cli.plot;

import io.patchcast.forecast.VariateForecast;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A forecast as a fan chart: recent history, median, bands and, where they are known, the actual
 * values.
 *
 * @param title what is forecast
 * @param quantity how values are written
 * @param zone of the time axis
 * @param context the history to show
 * @param median the forecast, one point per step
 * @param bands on the times of the median, the widest first
 * @param actual what came; empty if not known
 */
public record FanChart(
    String title,
    Quantity quantity,
    ZoneId zone,
    Line context,
    Line median,
    List<Band> bands,
    Line actual) {

  private static final double LEFT = 62;
  private static final double RIGHT = 14;
  private static final double TOP = 34;
  private static final double BOTTOM = 40;
  private static final double TITLE_SIZE = 13;
  private static final double LABEL_SIZE = 11;
  private static final double CHARACTER_WIDTH = 0.56;
  private static final int HINTS = 40;
  private static final int SHOWN_CONTEXT_PER_HORIZON = 4;
  private static final int LEGEND_MIN_WIDTH = 560;

  public FanChart {
    bands = List.copyOf(bands);
  }

  /**
   * Points in the order of time; NaN values interrupt the line.
   *
   * @param times milliseconds since the epoch
   * @param values one per time
   */
  public record Line(long[] times, double[] values) {
    /** No points. */
    public static final Line EMPTY = new Line(new long[0], new double[0]);

    public Line {
      if (times.length != values.length) {
        throw new IllegalArgumentException(
            "expected as many times as values, got " + times.length + " and " + values.length);
      }
    }

    /** Points that may come in any order. */
    public static Line sorted(long[] times, double[] values) {
      if (ascending(times)) {
        return new Line(times, values);
      }
      int[] order =
          IntStream.range(0, times.length)
              .boxed()
              .sorted((a, b) -> Long.compare(times[a], times[b]))
              .mapToInt(i -> i)
              .toArray();
      return new Line(
          Arrays.stream(order).mapToLong(i -> times[i]).toArray(),
          Arrays.stream(order).mapToDouble(i -> values[i]).toArray());
    }

    private static boolean ascending(long[] times) {
      for (int i = 1; i < times.length; i++) {
        if (times[i] < times[i - 1]) {
          return false;
        }
      }
      return true;
    }

    /** The points not before a time. */
    public Line from(long epochMillis) {
      int first = 0;
      while (first < times.length && times[first] < epochMillis) {
        first++;
      }
      return new Line(
          Arrays.copyOfRange(times, first, times.length),
          Arrays.copyOfRange(values, first, times.length));
    }

    int length() {
      return times.length;
    }
  }

  /**
   * A range of values around the median.
   *
   * @param label such as {@code 80 %}
   * @param lower one per step
   * @param upper one per step
   */
  public record Band(String label, double[] lower, double[] upper) {}

  /**
   * The chart of one variate, with the 80 % and the 40 % band and a history of four times the
   * horizon.
   */
  public static FanChart of(
      String title,
      Quantity quantity,
      ZoneId zone,
      Line context,
      long[] timestamps,
      VariateForecast forecast,
      Line actual) {
    Line median = new Line(timestamps, forecast.median());
    int last = timestamps.length - 1;
    long step = last > 0 ? (timestamps[last] - timestamps[0]) / last : 0;
    long span = Math.max(timestamps[last] - timestamps[0] + step, step * 16);
    long from = timestamps[0] - span * SHOWN_CONTEXT_PER_HORIZON;
    return new FanChart(
        title,
        quantity,
        zone,
        last == 0 ? context : context.from(from),
        median,
        List.of(
            new Band("80 %", forecast.quantile(0.1), forecast.quantile(0.9)),
            new Band("40 %", forecast.quantile(0.3), forecast.quantile(0.7))),
        actual);
  }

  /** The chart as one SVG element, which needs nothing else and follows the reader's dark mode. */
  public String toSvg(int width, int height) {
    return svg(width, height, "<style>" + Ink.css() + ".pc-hint{fill:transparent}</style>");
  }

  /** The SVG element on a page that has the styles. */
  String svg(int width, int height, String style) {
    SvgSurface surface = new SvgSurface();
    draw(surface, 0, 0, width, height);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
        + width
        + " "
        + height
        + "\" font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif\""
        + " role=\"img\" aria-label=\""
        + SvgSurface.escaped("Forecast of " + title)
        + "\">"
        + style
        + "\n"
        + surface.elements()
        + "</svg>\n";
  }

  /** Draws the chart into a rectangle. */
  void draw(Surface surface, double x, double y, double width, double height) {
    surface.rectangle(Ink.BACKGROUND, x, y, width, height);
    double legendWidth = width >= LEGEND_MIN_WIDTH ? legend(surface, x + width - RIGHT, y + 20) : 0;
    surface.text(
        Ink.TITLE,
        Surface.Anchor.START,
        TITLE_SIZE,
        x + 12,
        y + 20,
        shortened(title, width - 24 - legendWidth, TITLE_SIZE));
    new Plot(surface, x + LEFT, y + TOP, width - LEFT - RIGHT, height - TOP - BOTTOM).draw();
  }

  /** Draws the legend to the left of a place; returns its width. */
  private double legend(Surface surface, double right, double baseline) {
    List<LegendEntry> entries = legend();
    double width = entries.stream().mapToDouble(LegendEntry::width).sum() - LegendEntry.GAP;
    double x = right - width;
    for (LegendEntry entry : entries) {
      entry.draw(surface, x, baseline);
      x += entry.width();
    }
    return width;
  }

  /** What the lines and areas of this chart mean. */
  List<LegendEntry> legend() {
    List<LegendEntry> entries = new ArrayList<>();
    entries.add(new LegendEntry(Ink.CONTEXT, "history"));
    entries.add(new LegendEntry(Ink.MEDIAN, "median"));
    for (int i = 0; i < bands.size(); i++) {
      entries.add(new LegendEntry(bandInk(i), bands.get(i).label() + " band"));
    }
    if (actual.length() > 0) {
      entries.add(new LegendEntry(Ink.ACTUAL, "actual"));
    }
    return entries;
  }

  /** A swatch and what it means. */
  record LegendEntry(Ink ink, String label) {
    static final double GAP = 18;
    static final double SWATCH = 18;
    private static final double SPACE = 6;

    double width() {
      return SWATCH + SPACE + label.length() * LABEL_SIZE * CHARACTER_WIDTH + GAP;
    }

    void draw(Surface surface, double x, double baseline) {
      drawSwatch(surface, x, baseline - 4);
      surface.text(
          Ink.LABEL, Surface.Anchor.START, LABEL_SIZE, x + SWATCH + SPACE, baseline, label);
    }

    void drawSwatch(Surface surface, double x, double middle) {
      if (ink.width() > 0) {
        surface.line(ink, new double[] {x, x + SWATCH}, new double[] {middle, middle}, 2);
      } else {
        surface.rectangle(Ink.OUTER_BAND, x, middle - 5, SWATCH, 10);
        if (ink == Ink.INNER_BAND) {
          surface.rectangle(ink, x, middle - 5, SWATCH, 10);
        }
      }
    }
  }

  static Ink bandInk(int index) {
    return index == 0 ? Ink.OUTER_BAND : Ink.INNER_BAND;
  }

  static String shortened(String text, double width, double size) {
    int characters = (int) (width / (size * CHARACTER_WIDTH));
    return text.length() <= characters
        ? text
        : text.substring(0, Math.max(1, characters - 1)) + "…";
  }

  /** The plotting area of one chart: scales, axes and what they show. */
  private final class Plot {
    private final Surface surface;
    private final double left;
    private final double top;
    private final double width;
    private final double height;
    private final long from;
    private final long to;
    private final double low;
    private final double high;

    Plot(Surface surface, double left, double top, double width, double height) {
      this.surface = surface;
      this.left = left;
      this.top = top;
      this.width = width;
      this.height = height;
      long first = median.times[0];
      long last = median.times[median.length() - 1];
      if (context.length() > 0) {
        first = Math.min(first, context.times[0]);
      }
      this.from = first;
      this.to = Math.max(last, first + 1);
      double[] range = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
      widen(range, context.values);
      widen(range, median.values);
      widen(range, actual.values);
      for (Band band : bands) {
        widen(range, band.lower);
        widen(range, band.upper);
      }
      if (range[0] > range[1] || (range[0] == 0 && range[1] == 0)) {
        range[0] = 0;
        range[1] = 1;
      }
      // A range that starts near zero is easier to read from zero.
      boolean fromZero = range[0] >= 0 && range[0] < 0.4 * range[1];
      double margin = range[1] - range[0];
      margin = margin > 0 ? margin * 0.06 : Math.max(Math.abs(range[0]) * 0.05, 1e-9);
      this.low = fromZero ? 0 : range[0] - margin;
      this.high = range[1] + margin;
    }

    private static void widen(double[] range, double[] values) {
      for (double value : values) {
        if (Double.isFinite(value)) {
          range[0] = Math.min(range[0], value);
          range[1] = Math.max(range[1], value);
        }
      }
    }

    private double x(long time) {
      return left + width * ((double) (time - from) / (to - from));
    }

    private double y(double value) {
      return top + height * (1 - (value - low) / (high - low));
    }

    void draw() {
      valueAxis();
      timeAxis();
      for (int i = 0; i < bands.size(); i++) {
        band(bandInk(i), bands.get(i));
      }
      line(Ink.CONTEXT, context, maxGap(context));
      line(Ink.ACTUAL, actual, Long.MAX_VALUE);
      line(Ink.MEDIAN, connected(median), Long.MAX_VALUE);
      hints();
    }

    private void valueAxis() {
      double[] ticks = Ticks.values(low, high, (int) Math.max(2, height / 34));
      String[] labels = quantity.formatTicks(ticks);
      for (int i = 0; i < ticks.length; i++) {
        double y = y(ticks[i]);
        segment(Ink.GRID, left, y, left + width, y);
        surface.text(Ink.LABEL, Surface.Anchor.END, LABEL_SIZE, left - 6, y + 4, labels[i]);
      }
    }

    private void timeAxis() {
      double bottom = top + height;
      segment(Ink.AXIS, left, bottom, left + width, bottom);
      List<Ticks.TimeTick> ticks = Ticks.times(from, to, zone, (int) Math.max(2, width / 64));
      double dateFree = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < ticks.size(); i++) {
        Ticks.TimeTick tick = ticks.get(i);
        double x = x(tick.epochMillis());
        segment(Ink.AXIS, x, bottom, x, bottom + 4);
        text(x, bottom + 16, tick.label());
        boolean crowded = tick.date().isEmpty() || x < dateFree || nextDateIsNear(ticks, i);
        if (!crowded) {
          text(x, bottom + 30, tick.date());
          dateFree = x + tick.date().length() * LABEL_SIZE * CHARACTER_WIDTH + 10;
        }
      }
      String zoneName = zone.getId().equals("Z") ? "UTC" : zone.getId();
      double zoneWidth = zoneName.length() * LABEL_SIZE * CHARACTER_WIDTH;
      if (left + width - zoneWidth > dateFree) {
        surface.text(
            Ink.LABEL, Surface.Anchor.END, LABEL_SIZE, left + width, bottom + 30, zoneName);
      }
    }

    /** Keeps a label within the plot's width. */
    private void text(double x, double y, String label) {
      double half = label.length() * LABEL_SIZE * CHARACTER_WIDTH / 2;
      double inside = Math.max(left - LEFT + 4 + half, Math.min(left + width + RIGHT - half, x));
      surface.text(Ink.LABEL, Surface.Anchor.MIDDLE, LABEL_SIZE, inside, y, label);
    }

    private boolean nextDateIsNear(List<Ticks.TimeTick> ticks, int index) {
      if (index > 0) {
        return false;
      }
      for (Ticks.TimeTick later : ticks.subList(1, ticks.size())) {
        if (!later.date().isEmpty()) {
          return x(later.epochMillis()) - x(ticks.get(0).epochMillis()) < 80;
        }
      }
      return false;
    }

    private void segment(Ink ink, double x1, double y1, double x2, double y2) {
      surface.line(ink, new double[] {x1, x2}, new double[] {y1, y2}, 2);
    }

    private void band(Ink ink, Band band) {
      Line lower = connected(new Line(median.times, band.lower));
      Line upper = connected(new Line(median.times, band.upper));
      int n = lower.length();
      double[] x = new double[2 * n];
      double[] y = new double[2 * n];
      for (int i = 0; i < n; i++) {
        x[i] = x(upper.times[i]);
        y[i] = y(upper.values[i]);
        x[2 * n - 1 - i] = x[i];
        y[2 * n - 1 - i] = y(lower.values[i]);
      }
      surface.area(ink, x, y);
    }

    /** The line, begun at the last observed point so that the eye can follow. */
    private Line connected(Line line) {
      int last = context.length() - 1;
      if (last < 0
          || Double.isNaN(context.values[last])
          || context.times[last] >= line.times[0]
          || line.times[0] - context.times[last] > maxGap(context)) {
        return line;
      }
      long[] times = new long[line.length() + 1];
      double[] values = new double[times.length];
      times[0] = context.times[last];
      values[0] = context.values[last];
      System.arraycopy(line.times, 0, times, 1, line.length());
      System.arraycopy(line.values, 0, values, 1, line.length());
      return new Line(times, values);
    }

    /** Points further apart than this are not connected. */
    private long maxGap(Line line) {
      if (line.length() < 3) {
        return Long.MAX_VALUE;
      }
      long[] gaps = new long[line.length() - 1];
      for (int i = 0; i < gaps.length; i++) {
        gaps[i] = line.times[i + 1] - line.times[i];
      }
      Arrays.sort(gaps);
      long usual = Math.max(1, gaps[gaps.length / 2]);
      return usual > Long.MAX_VALUE / 4 ? Long.MAX_VALUE : usual * 7 / 2;
    }

    private void line(Ink ink, Line line, long maxGap) {
      double[] x = new double[line.length()];
      double[] y = new double[line.length()];
      int count = 0;
      for (int i = 0; i < line.length(); i++) {
        boolean inside = line.times[i] >= from && line.times[i] <= to;
        boolean broken =
            !Double.isFinite(line.values[i])
                || !inside
                || (i > 0 && line.times[i] - line.times[i - 1] > maxGap);
        if (broken) {
          stroke(ink, x, y, count);
          count = 0;
        }
        if (inside && Double.isFinite(line.values[i])) {
          x[count] = x(line.times[i]);
          y[count++] = y(line.values[i]);
        }
      }
      stroke(ink, x, y, count);
    }

    private void stroke(Ink ink, double[] x, double[] y, int count) {
      if (count == 1) {
        surface.line(ink, new double[] {x[0] - 1, x[0] + 1}, new double[] {y[0], y[0]}, 2);
      } else if (count > 1) {
        int kept = thinned(x, y, count);
        surface.line(ink, x, y, kept);
      }
    }

    /** Keeps first, lowest, highest and last of the points that fall on one half pixel. */
    private int thinned(double[] x, double[] y, int count) {
      if (count < 4 * width) {
        return count;
      }
      int kept = 0;
      for (int begin = 0; begin < count; ) {
        int end = begin + 1;
        int lowest = begin;
        int highest = begin;
        while (end < count && Math.floor(x[end] * 2) == Math.floor(x[begin] * 2)) {
          lowest = y[end] > y[lowest] ? end : lowest;
          highest = y[end] < y[highest] ? end : highest;
          end++;
        }
        int[] picks = {begin, Math.min(lowest, highest), Math.max(lowest, highest), end - 1};
        int previous = -1;
        for (int pick : picks) {
          if (pick > previous) {
            x[kept] = x[pick];
            y[kept++] = y[pick];
            previous = pick;
          }
        }
        begin = end;
      }
      return kept;
    }

    private void hints() {
      int every = (median.length() + HINTS - 1) / HINTS;
      double slot = width * every * stepPart();
      for (int i = 0; i < median.length(); i += every) {
        StringBuilder text =
            new StringBuilder(
                    Instant.ofEpochMilli(median.times[i]).atZone(zone).toLocalDateTime().toString())
                .append("\nmedian ")
                .append(quantity.format(median.values[i]));
        for (Band band : bands) {
          text.append('\n')
              .append(band.label)
              .append(": ")
              .append(quantity.format(band.lower[i]))
              .append(" – ")
              .append(quantity.format(band.upper[i]));
        }
        int at = Arrays.binarySearch(actual.times, median.times[i]);
        if (at >= 0) {
          text.append("\nactual ").append(quantity.format(actual.values[at]));
        }
        surface.hint(x(median.times[i]) - slot / 2, top, slot, height, text.toString());
      }
    }

    /** One step as a part of the width. */
    private double stepPart() {
      int last = median.length() - 1;
      return last == 0
          ? 0.02
          : (double) (median.times[last] - median.times[0]) / last / (to - from);
    }
  }
}
