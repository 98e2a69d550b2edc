package io.patchcast.cli;

import java.util.Locale;

/** One line that is redrawn on a terminal; silent elsewhere. */
final class ProgressBar implements AutoCloseable {
  private static final long REDRAW_NANOS = 100_000_000;
  private static final int WIDTH = 30;
  private static final String ERASE = "\r\u001b[2K";

  private final Console console;
  private final boolean shown;
  private final long start = System.nanoTime();
  private long lastDrawn = start;
  private boolean drawn;

  ProgressBar(Console console, boolean wanted) {
    this.console = console;
    this.shown = wanted && console.terminal();
  }

  /** Tells how far a piece of work is, from 0 to 1. */
  void update(String work, double done) {
    long now = System.nanoTime();
    // Work that ends at once needs no bar.
    if (!shown || now - lastDrawn < REDRAW_NANOS || now - start < 3 * REDRAW_NANOS) {
      return;
    }
    lastDrawn = now;
    drawn = true;
    int full = (int) Math.round(WIDTH * Math.max(0, Math.min(1, done)));
    console
        .err()
        .print(
            String.format(
                Locale.ROOT,
                "%s%s%s %3.0f %%  %s",
                ERASE,
                "━".repeat(full),
                "╌".repeat(WIDTH - full),
                done * 100,
                work));
    console.err().flush();
  }

  /** Clears the line. */
  @Override
  public void close() {
    if (drawn) {
      console.err().print(ERASE);
      console.err().flush();
      drawn = false;
    }
  }
}
