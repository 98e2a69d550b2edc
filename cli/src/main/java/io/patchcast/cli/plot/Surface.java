package io.patchcast.cli.plot;

/** What a chart is drawn on; x to the right and y down, in CSS pixels. */
interface Surface {
  /** Where a text lies in relation to its x. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  void rectangle(Ink ink, double x, double y, double width, double height);

  /** A line through the first {@code count} points. */
  void line(Ink ink, double[] x, double[] y, int count);

  /** A filled polygon. */
  void area(Ink ink, double[] x, double[] y);

  /** A text with its baseline at y. */
  void text(Ink ink, Anchor anchor, double size, double x, double y, String text);

  /** A text that shows while the pointer is over a place. */
  void hint(double x, double y, double width, double height, String text);
}
