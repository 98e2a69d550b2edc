package io.patchcast.cli.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/** Draws a chart on an image, in the colours for light ground. */
final class ImageSurface implements Surface {
  private final Graphics2D graphics;

  ImageSurface(Graphics2D graphics) {
    this.graphics = graphics;
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
  }

  @Override
  public void rectangle(Ink ink, double x, double y, double width, double height) {
    graphics.setColor(color(ink));
    graphics.fill(new Rectangle2D.Double(x, y, width, height));
  }

  @Override
  public void line(Ink ink, double[] x, double[] y, int count) {
    graphics.setColor(color(ink));
    graphics.setStroke(
        new BasicStroke((float) ink.width(), BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND));
    graphics.draw(path(x, y, count));
  }

  @Override
  public void area(Ink ink, double[] x, double[] y) {
    graphics.setColor(color(ink));
    Path2D path = path(x, y, x.length);
    path.closePath();
    graphics.fill(path);
  }

  @Override
  public void text(Ink ink, Anchor anchor, double size, double x, double y, String text) {
    graphics.setColor(color(ink));
    Font font =
        new Font(Font.SANS_SERIF, ink == Ink.TITLE ? Font.BOLD : Font.PLAIN, 1)
            .deriveFont((float) size);
    graphics.setFont(font);
    double width = font.getStringBounds(text, graphics.getFontRenderContext()).getWidth();
    double start =
        switch (anchor) {
          case START -> x;
          case MIDDLE -> x - width / 2;
          case END -> x - width;
        };
    graphics.drawString(text, (float) start, (float) y);
  }

  @Override
  public void hint(double x, double y, double width, double height, String text) {}

  private static Path2D path(double[] x, double[] y, int count) {
    Path2D path = new Path2D.Double();
    for (int i = 0; i < count; i++) {
      if (i == 0) {
        path.moveTo(x[i], y[i]);
      } else {
        path.lineTo(x[i], y[i]);
      }
    }
    return path;
  }

  private static Color color(Ink ink) {
    return new Color(ink.light() | (int) Math.round(ink.opacity() * 255) << 24, true);
  }
}
