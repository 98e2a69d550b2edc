package io.patchcast.cli.plot;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.cli.plot.FanChart.Band;
import io.patchcast.cli.plot.FanChart.Line;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class ChartTest {
  private static final long STEP = 10_000;
  private static final long START = 1_795_312_410_000L;

  @TempDir Path folder;

  private static double[] values(int n, double level) {
    return IntStream.range(0, n).mapToDouble(i -> level + Math.sin(i / 5.0)).toArray();
  }

  private static long[] times(int first, int n) {
    return LongStream.range(first, (long) first + n).map(i -> START + i * STEP).toArray();
  }

  private static FanChart chart(String title, int context, int horizon) {
    return new FanChart(
        title,
        Quantity.ofName(title),
        ZoneId.of("UTC"),
        new Line(times(0, context), values(context, 10)),
        new Line(times(context, horizon), values(horizon, 10)),
        List.of(
            new Band("80 %", values(horizon, 8), values(horizon, 12)),
            new Band("40 %", values(horizon, 9), values(horizon, 11))),
        new Line(times(context, horizon), values(horizon, 10.5)));
  }

  private static Document parsed(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }

  private static long paths(Document svg, String inkClass) {
    var nodes = svg.getElementsByTagName("path");
    return IntStream.range(0, nodes.getLength())
        .filter(
            i ->
                nodes.item(i).getAttributes().getNamedItem("class").getNodeValue().equals(inkClass))
        .count();
  }

  @Test
  void anSvgStandsAloneAndShowsEveryPart() throws Exception {
    String svg = chart("cpu <&\">\u0001 percent", 100, 20).toSvg(900, 360);
    Document document = parsed(svg);
    assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
    // The legend of a wide chart has a swatch of each line too.
    assertThat(paths(document, "pc-context")).isEqualTo(2);
    assertThat(paths(document, "pc-median")).isEqualTo(2);
    assertThat(paths(document, "pc-actual")).isEqualTo(2);
    assertThat(paths(document, "pc-outer-band")).isEqualTo(1);
    assertThat(paths(document, "pc-inner-band")).isEqualTo(1);
    assertThat(svg)
        .contains("prefers-color-scheme:dark", "median 10", "80 %: ")
        .doesNotContain("NaN", "Infinity", "href", "url(");
  }

  @Test
  void aGapInTheHistoryBreaksTheLine() throws Exception {
    FanChart whole = chart("cpu", 100, 20);
    long[] times = whole.context().times().clone();
    for (int i = 50; i < 100; i++) {
      times[i] += 20 * STEP;
    }
    double[] values = whole.context().values().clone();
    values[20] = Double.NaN;
    long[] later = Arrays.stream(whole.median().times()).map(time -> time + 20 * STEP).toArray();
    FanChart broken =
        new FanChart(
            "cpu",
            Quantity.PLAIN,
            whole.zone(),
            new Line(times, values),
            new Line(later, whole.median().values()),
            whole.bands(),
            Line.EMPTY);
    assertThat(paths(parsed(whole.toSvg(400, 200)), "pc-context")).isEqualTo(1);
    assertThat(paths(parsed(broken.toSvg(400, 200)), "pc-context")).isEqualTo(3);
  }

  /** Shapes that a scale could divide by zero on. */
  @Test
  void drawsDegenerateShapes() throws Exception {
    for (int horizon : new int[] {1, 2}) {
      for (int context : new int[] {0, 1, 2, 40_000}) {
        for (double level : new double[] {0, 5, 1e300, -1e-300, Double.NaN}) {
          double[] flat = new double[horizon];
          Arrays.fill(flat, level);
          double[] past = new double[context];
          Arrays.fill(past, level);
          FanChart chart =
              new FanChart(
                  "x",
                  Quantity.PLAIN,
                  ZoneId.of("UTC"),
                  new Line(times(0, context), past),
                  new Line(times(context, horizon), flat),
                  List.of(new Band("80 %", flat, flat)),
                  Line.EMPTY);
          String svg = chart.toSvg(300, 150);
          parsed(svg);
          assertThat(svg.replace("aria-label", "")).doesNotContain("Infinity");
          assertThat(svg.length()).isLessThan(40_000);
        }
      }
    }
  }

  @Test
  void sortsPointsByTime() {
    Line line = Line.sorted(new long[] {3, 1, 2}, new double[] {30, 10, 20});
    assertThat(line.times()).containsExactly(1, 2, 3);
    assertThat(line.values()).containsExactly(10, 20, 30);
    assertThat(line.from(2).times()).containsExactly(2, 3);
  }

  @Test
  void aPageNeedsNothingElse() throws Exception {
    ChartPage page =
        new ChartPage(
            "A <title>", List.of("a note & more"), List.of(chart("a", 50, 9), chart("b", 50, 9)));
    Path html = folder.resolve("p.html");
    page.writeHtml(html);
    String text = Files.readString(html);
    assertThat(text)
        .contains("A &lt;title&gt;", "a note &amp; more", "charset=\"utf-8\"", "color-scheme")
        .doesNotContain("<script", "<link", "@import", "url(", "src=", "href=");
    assertThat(text.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http");
    assertThat(text.split("<svg xmlns")).hasSize(3);
  }

  @Test
  void aPngShowsTheInks() throws Exception {
    Path png = folder.resolve("p.png");
    new ChartPage("Title", List.of("note"), List.of(chart("a", 50, 9), chart("b", 50, 9)))
        .writePng(png);
    BufferedImage image = ImageIO.read(png.toFile());
    assertThat(image.getWidth()).isGreaterThan(1000);
    boolean background = false;
    boolean median = false;
    boolean actual = false;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int color = image.getRGB(x, y) & 0xffffff;
        background |= color == Ink.BACKGROUND.light();
        median |= color == Ink.MEDIAN.light();
        actual |= color == Ink.ACTUAL.light();
      }
    }
    assertThat(List.of(background, median, actual)).containsOnly(true);
  }
}
