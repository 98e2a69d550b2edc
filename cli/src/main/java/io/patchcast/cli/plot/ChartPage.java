package io.patchcast.cli.plot;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Many fan charts on one page, with one legend.
 *
 * @param title heading of the page
 * @param notes lines below the heading
 * @param charts in reading order
 */
public record ChartPage(String title, List<String> notes, List<FanChart> charts) {
  private static final int CHART_WIDTH = 460;
  private static final int CHART_HEIGHT = 240;
  private static final int WIDE_CHART_WIDTH = 940;
  private static final int WIDE_CHART_HEIGHT = 400;
  private static final int GAP = 12;
  private static final int MARGIN = 20;
  private static final int PIXELS_PER_POINT = 2;
  private static final int MAX_COLUMNS = 4;

  public ChartPage {
    notes = List.copyOf(notes);
    charts = List.copyOf(charts);
  }

  /** Writes a page that needs no other file and no network. */
  public void writeHtml(Path file) throws IOException {
    Files.writeString(file, toHtml(), StandardCharsets.UTF_8);
  }

  /** What the charts of a page look like, whatever page they are a part of. */
  private static final String STYLE =
      """
      .pc-page{--card:#fff;--edge:#dfe4ea;--muted:#566272}
      @media(prefers-color-scheme:dark){.pc-page{--card:#12161c;--edge:#29303a;--muted:#9aa5b4}}
      .pc-page p{margin:0;color:var(--muted)}
      .pc-legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:14px 0}
      .pc-legend span{display:flex;align-items:center;gap:7px;color:var(--muted)}
      .pc-charts{display:grid;gap:14px;\
      grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr))}
      .pc-charts.pc-one{grid-template-columns:minmax(0,1100px)}
      .pc-charts svg{display:block;width:100%;height:auto;background:var(--card);\
      border:1px solid var(--edge);border-radius:8px}
      .pc-hint{fill:transparent}
      .pc-hint:hover{fill:#7f8fa6;fill-opacity:.18}
      """
          + Ink.css()
          + "\n";

  /** The page; needs no other file and no network, and follows the reader's dark mode. */
  public String toHtml() {
    return frame(title, "", "<h1>" + SvgSurface.escaped(title) + "</h1>\n" + content());
  }

  /**
   * The page without its title, as a part of another one; so is its dark mode that of the reader.
   */
  public String toFragment() {
    return "<style>\n" + STYLE + "</style>\n" + content();
  }

  private String content() {
    StringBuilder html = new StringBuilder("<div class=\"pc-page\">\n");
    for (String note : notes) {
      html.append("<p>").append(SvgSurface.escaped(note)).append("</p>\n");
    }
    html.append("<div class=\"pc-legend\">\n");
    legend().forEach(entry -> legendHtml(html, entry));
    html.append("</div>\n<div class=\"pc-charts").append(single() ? " pc-one" : "").append("\">\n");
    for (FanChart chart : charts) {
      html.append(chart.svg(width(), height(), ""));
    }
    return html.append("</div>\n</div>\n").toString();
  }

  /**
   * A page in the look of this one; charts in it stand in {@code <div class="pc-page"><div
   * class="pc-charts">}.
   *
   * @param title of the window
   * @param style further style rules
   * @param body HTML
   */
  public static String frame(String title, String style, String body) {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>"""
        + SvgSurface.escaped(title)
        + "</title>\n<style>\n"
        + """
        :root{--ground:#f4f6f9;--card:#fff;--edge:#dfe4ea;--text:#17202c;--muted:#566272}
        @media(prefers-color-scheme:dark){:root{--ground:#0b0e12;--card:#12161c;--edge:#29303a;\
        --text:#eef1f5;--muted:#9aa5b4}}
        body{margin:0;padding:24px;background:var(--ground);color:var(--text);\
        font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        h1{font-size:20px;margin:0 0 4px}
        """
        + STYLE
        + style
        + "</style>\n</head>\n<body>\n"
        + body
        + "</body>\n</html>\n";
  }

  private static void legendHtml(StringBuilder html, FanChart.LegendEntry entry) {
    SvgSurface swatch = new SvgSurface();
    entry.drawSwatch(swatch, 0, 6);
    html.append("<span><svg width=\"18\" height=\"12\" aria-hidden=\"true\">")
        .append(swatch.elements().strip())
        .append("</svg>")
        .append(SvgSurface.escaped(entry.label()))
        .append("</span>\n");
  }

  /**
   * Writes the page as an image, light, two pixels per point.
   *
   * @throws IOException if the image cannot be written, or this JVM can draw no text because the
   *     machine has no fonts
   */
  public void writePng(Path file) throws IOException {
    // Drawing needs no display; without this a JVM looks for one.
    System.setProperty("java.awt.headless", "true");
    BufferedImage image;
    try {
      image = toImage();
    } catch (LinkageError | RuntimeException e) {
      throw new IOException(
          "no PNG can be drawn on this machine ("
              + e
              + "): it needs fonts and fontconfig; a file ending in .html needs neither",
          e);
    }
    if (!ImageIO.write(image, "png", file.toFile())) {
      throw new IOException("this JVM cannot write PNG images");
    }
  }

  private BufferedImage toImage() {
    int columns =
        (int) Math.max(1, Math.min(MAX_COLUMNS, Math.ceil(Math.sqrt(charts.size() / 1.5))));
    int rows = (charts.size() + columns - 1) / columns;
    int head = 2 * MARGIN + 26 + 17 * notes.size() + (single() ? 0 : 20);
    int imageWidth = Math.max(700, columns * (width() + GAP) - GAP + 2 * MARGIN);
    int imageHeight = head + rows * (height() + GAP) - GAP + MARGIN;
    BufferedImage image =
        new BufferedImage(
            imageWidth * PIXELS_PER_POINT,
            imageHeight * PIXELS_PER_POINT,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.scale(PIXELS_PER_POINT, PIXELS_PER_POINT);
    ImageSurface surface = new ImageSurface(graphics);
    surface.rectangle(Ink.BACKGROUND, 0, 0, imageWidth, imageHeight);
    surface.text(Ink.TITLE, Surface.Anchor.START, 18, MARGIN, MARGIN + 16, title);
    double y = MARGIN + 38;
    for (String note : notes) {
      surface.text(Ink.LABEL, Surface.Anchor.START, 12, MARGIN, y, note);
      y += 17;
    }
    double x = MARGIN;
    for (FanChart.LegendEntry entry : legend()) {
      entry.draw(surface, x, y + 8);
      x += entry.width();
    }
    for (int i = 0; i < charts.size(); i++) {
      int left = MARGIN + i % columns * (width() + GAP);
      int top = head + i / columns * (height() + GAP);
      surface.rectangle(Ink.GRID, left - 1, top - 1, width() + 2, height() + 2);
      charts.get(i).draw(surface, left, top, width(), height());
    }
    graphics.dispose();
    return image;
  }

  private boolean single() {
    return charts.size() == 1;
  }

  private int width() {
    return single() ? WIDE_CHART_WIDTH : CHART_WIDTH;
  }

  private int height() {
    return single() ? WIDE_CHART_HEIGHT : CHART_HEIGHT;
  }

  /** The legend of all charts; a single wide chart has its own. */
  private List<FanChart.LegendEntry> legend() {
    if (single()) {
      return List.of();
    }
    List<FanChart.LegendEntry> longest = List.of();
    for (FanChart chart : charts) {
      longest = chart.legend().size() > longest.size() ? chart.legend() : longest;
    }
    return longest;
  }
}
