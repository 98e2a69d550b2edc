package io.patchcast.backend.cpu;

import java.util.concurrent.CancellationException;

/**
 * How a forecast is called off: its thread is interrupted. Long loops look here every few
 * milliseconds.
 */
public final class Cancellation {
  private Cancellation() {}

  /** Ends the work of this thread if it was interrupted; it stays interrupted. */
  public static void check() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted while forecasting");
    }
  }
}
