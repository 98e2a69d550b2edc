package io.patchcast.cli.plot;

import java.util.Locale;

/** Writes a chart as SVG elements. */
final class SvgSurface implements Surface {
  private final StringBuilder svg = new StringBuilder();

  /** The elements drawn so far. */
  String elements() {
    return svg.toString();
  }

  @Override
  public void rectangle(Ink ink, double x, double y, double width, double height) {
    svg.append("<rect class=\"").append(ink.cssClass());
    box(x, y, width, height);
    svg.append("/>\n");
  }

  @Override
  public void line(Ink ink, double[] x, double[] y, int count) {
    svg.append("<path class=\"").append(ink.cssClass()).append("\" d=\"");
    path(x, y, count);
    svg.append("\"/>\n");
  }

  @Override
  public void area(Ink ink, double[] x, double[] y) {
    svg.append("<path class=\"").append(ink.cssClass()).append("\" d=\"");
    path(x, y, x.length);
    svg.append("Z\"/>\n");
  }

  @Override
  public void text(Ink ink, Anchor anchor, double size, double x, double y, String text) {
    svg.append("<text class=\"").append(ink.cssClass()).append("\" x=\"");
    number(x);
    svg.append("\" y=\"");
    number(y);
    svg.append("\" font-size=\"");
    number(size);
    if (ink == Ink.TITLE) {
      svg.append("\" font-weight=\"600");
    }
    if (anchor != Anchor.START) {
      svg.append("\" text-anchor=\"").append(anchor.name().toLowerCase(Locale.ROOT));
    }
    svg.append("\">").append(escaped(text)).append("</text>\n");
  }

  @Override
  public void hint(double x, double y, double width, double height, String text) {
    svg.append("<rect class=\"pc-hint");
    box(x, y, width, height);
    svg.append("><title>").append(escaped(text)).append("</title></rect>\n");
  }

  private void box(double x, double y, double width, double height) {
    svg.append("\" x=\"");
    number(x);
    svg.append("\" y=\"");
    number(y);
    svg.append("\" width=\"");
    number(width);
    svg.append("\" height=\"");
    number(height);
    svg.append('"');
  }

  private void path(double[] x, double[] y, int count) {
    for (int i = 0; i < count; i++) {
      svg.append(i == 0 ? 'M' : i == 1 ? 'L' : ' ');
      number(x[i]);
      svg.append(' ');
      number(y[i]);
    }
  }

  /** One decimal is a tenth of a pixel. */
  private void number(double value) {
    long tenths = Math.round(value * 10);
    if (tenths < 0) {
      svg.append('-');
      tenths = -tenths;
    }
    svg.append(tenths / 10);
    if (tenths % 10 != 0) {
      svg.append('.').append(tenths % 10);
    }
  }

  /** Text that means itself in XML and HTML. */
  static String escaped(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '&' -> safe.append("&amp;");
                case '"' -> safe.append("&quot;");
                default -> {
                  // XML 1.0 has no control characters.
                  boolean allowed = c >= ' ' || c == '\n' || c == '\t';
                  safe.appendCodePoint(allowed ? c : 0xfffd);
                }
              }
            });
    return safe.toString();
  }
}
