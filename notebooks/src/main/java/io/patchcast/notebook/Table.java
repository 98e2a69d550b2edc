package io.patchcast.notebook;

import io.patchcast.cli.data.TextTable;
import java.util.ArrayList;
import java.util.List;

/** A table of text whose numbers are aligned to the right; long ones show their first rows. */
final class Table {
  /** Rows that are shown. */
  static final int MOST_ROWS = 12;

  private final String caption;
  private final String[] header;
  private final List<String[]> rows = new ArrayList<>();
  private int rowCount;

  /**
   * Starts a table.
   *
   * @param header names of the columns; one that starts with {@code >} is a column of numbers
   */
  Table(String caption, String... header) {
    this.caption = caption;
    this.header = header;
  }

  void row(String... cells) {
    if (cells.length != header.length) {
      throw new IllegalArgumentException(
          "expected " + header.length + " cells, got " + cells.length);
    }
    rowCount++;
    if (rows.size() < MOST_ROWS) {
      rows.add(cells.clone());
    }
  }

  Display display() {
    return new Display(html(), text());
  }

  private String footer() {
    return rowCount > rows.size() ? "… " + (rowCount - rows.size()) + " more rows" : "";
  }

  private String text() {
    TextTable table = new TextTable(header);
    rows.forEach(table::row);
    return (caption.isEmpty() ? "" : caption + "\n")
        + table
        + (footer().isEmpty() ? "" : footer() + "\n");
  }

  private String html() {
    StringBuilder html = new StringBuilder("<table>");
    if (!caption.isEmpty()) {
      html.append("<caption style=\"text-align:left\">")
          .append(Display.escaped(caption))
          .append("</caption>");
    }
    html.append("<thead>");
    row(html, "th", header);
    html.append("</thead><tbody>");
    rows.forEach(cells -> row(html, "td", cells));
    html.append("</tbody></table>");
    if (!footer().isEmpty()) {
      html.append("<p>").append(Display.escaped(footer())).append("</p>");
    }
    return html.toString();
  }

  private void row(StringBuilder html, String tag, String[] cells) {
    html.append("<tr>");
    for (int i = 0; i < cells.length; i++) {
      boolean number = header[i].startsWith(">");
      String cell = cells == header && number ? cells[i].substring(1) : cells[i];
      html.append('<')
          .append(tag)
          .append(" style=\"text-align:")
          .append(number ? "right;white-space:nowrap" : "left")
          .append("\">")
          .append(Display.escaped(cell))
          .append("</")
          .append(tag)
          .append('>');
    }
    html.append("</tr>");
  }
}
