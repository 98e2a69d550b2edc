package io.patchcast.serving.wire;

import io.patchcast.forecast.Horizon;
import java.time.Duration;

/** Reads what stands for itself in a query string or a JSON string. */
final class Parameters {
  private Parameters() {}

  /** A duration like {@code 10s}; null of null. */
  static Duration timeout(String text) {
    if (text == null) {
      return null;
    }
    Duration duration = null;
    try {
      duration = Horizon.parse(text).duration();
    } catch (IllegalArgumentException e) {
      // told below
    }
    if (duration == null) {
      throw new IllegalArgumentException(
          "timeout must be a duration such as 500ms, 10s or 1m, got '" + text + "'");
    }
    return duration;
  }
}
