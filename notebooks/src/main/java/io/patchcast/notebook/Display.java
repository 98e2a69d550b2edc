package io.patchcast.notebook;

import static java.util.stream.Collectors.joining;

import java.util.List;

/**
 * Something that a cell shows: the kernel takes the HTML, a console the text.
 *
 * @param html an HTML fragment that needs no other file
 * @param text the same for where there is no HTML, its last line ended
 */
public record Display(String html, String text) {

  /** Several of them on one page, side by side where it is wide enough. */
  public static Display grid(List<Display> displays) {
    String cells = displays.stream().map(Display::html).collect(joining("</div><div>"));
    return new Display(
        "<div style=\"display:grid;gap:12px;"
            + "grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr))\"><div>"
            + cells
            + "</div></div>",
        displays.stream().map(Display::text).collect(joining("\n")));
  }

  /** Text that means itself in HTML. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** The text. */
  @Override
  public String toString() {
    return text;
  }
}
