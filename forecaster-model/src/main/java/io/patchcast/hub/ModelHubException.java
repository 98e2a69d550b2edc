package io.patchcast.hub;

import java.io.IOException;
import java.util.Objects;

/**
 * Why a model cannot be had by its name; the message says what was expected, what was found and
 * what to do. It never contains the access token.
 */
public final class ModelHubException extends IOException {
  /** What a caller may want to tell apart. */
  public enum Reason {
    /** No such model, revision or file; or the text is not a model's name. */
    UNKNOWN_MODEL,
    /** The hub wants a token, or this one has no access. */
    ACCESS_DENIED,
    /** No answer, or only failures, after all attempts. */
    UNREACHABLE,
    /** Offline mode, and the model is not in the cache. */
    OFFLINE,
    /** The model is not in the cache, and the call never downloads. */
    NOT_CACHED,
    /** The content is not what its hash or size says. */
    WRONG_CONTENT,
    /** The hub answered in a way that is refused: unsafe redirect, hostile index, no size. */
    BAD_ANSWER,
    /** The disk cannot hold the model. */
    DISK_FULL,
    /** The cache directory cannot be read, written or locked. */
    CACHE_UNUSABLE,
    /** The calling thread was interrupted; its interrupt status is set again. */
    INTERRUPTED
  }

  private final Reason reason;

  ModelHubException(Reason reason, String message) {
    this(reason, message, null);
  }

  ModelHubException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  static ModelHubException interrupted(Exception cause) {
    Thread.currentThread().interrupt();
    return new ModelHubException(
        Reason.INTERRUPTED, "interrupted; what was downloaded is kept and resumed", cause);
  }

  /** The kind of failure. */
  public Reason reason() {
    return reason;
  }
}
