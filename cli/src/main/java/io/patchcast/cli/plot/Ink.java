package io.patchcast.cli.plot;

import java.util.Locale;

/** What is drawn, with its colours on light and on dark ground and the width of its line. */
enum Ink {
  BACKGROUND(0xffffff, 0x12161c, 1, 0),
  GRID(0xe6e9ee, 0x29303a, 1, 1),
  AXIS(0xaab2bf, 0x556070, 1, 1),
  TITLE(0x17202c, 0xeef1f5, 1, 0),
  LABEL(0x566272, 0x9aa5b4, 1, 0),
  CONTEXT(0x48566a, 0xb4bfce, 1, 1.2),
  OUTER_BAND(0x2f6fdf, 0x4c8dff, 0.18, 0),
  INNER_BAND(0x2f6fdf, 0x4c8dff, 0.28, 0),
  MEDIAN(0x1c57c4, 0x7fb0ff, 1, 1.8),
  ACTUAL(0xd9600f, 0xffa24d, 1, 1.3);

  private final int light;
  private final int dark;
  private final double opacity;
  private final double width;

  Ink(int light, int dark, double opacity, double width) {
    this.light = light;
    this.dark = dark;
    this.opacity = opacity;
    this.width = width;
  }

  int light() {
    return light;
  }

  double opacity() {
    return opacity;
  }

  double width() {
    return width;
  }

  /** Name of its style class. */
  String cssClass() {
    return "pc-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The style rules of all inks, with dark colours where the reader prefers them. */
  static String css() {
    StringBuilder rules = new StringBuilder();
    StringBuilder darkRules = new StringBuilder();
    for (Ink ink : values()) {
      boolean line = ink.width > 0;
      String property = line ? "stroke" : "fill";
      rules.append(
          String.format(
              Locale.ROOT,
              line
                  ? ".%s{%s:#%06x;stroke-width:%s;fill:none;stroke-linejoin:round}"
                  : ".%s{%s:#%06x;fill-opacity:%s}",
              ink.cssClass(),
              property,
              ink.light,
              line ? ink.width : ink.opacity));
      darkRules.append(
          String.format(Locale.ROOT, ".%s{%s:#%06x}", ink.cssClass(), property, ink.dark));
    }
    return rules + "@media(prefers-color-scheme:dark){" + darkRules + "}";
  }
}
