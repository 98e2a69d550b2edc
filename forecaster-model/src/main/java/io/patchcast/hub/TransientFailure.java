package io.patchcast.hub;

import java.time.Duration;

/** A failure that may pass when tried again. */
final class TransientFailure extends Exception {
  private final transient Duration retryAfter;
  private final long gainedBytes;

  /** After an attempt that brought no content. */
  TransientFailure(String message, Throwable cause) {
    this(message, cause, null, 0);
  }

  /**
   * @param retryAfter how long the server asks to wait; null if it does not say
   * @param gainedBytes content that the attempt brought and that is kept
   */
  TransientFailure(String message, Throwable cause, Duration retryAfter, long gainedBytes) {
    super(message, cause);
    this.retryAfter = retryAfter;
    this.gainedBytes = gainedBytes;
  }

  /** How long the server asks to wait; null if it does not say. */
  Duration retryAfter() {
    return retryAfter;
  }

  long gainedBytes() {
    return gainedBytes;
  }
}
