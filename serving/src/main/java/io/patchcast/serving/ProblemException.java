package io.patchcast.serving;

import java.time.Duration;

/** Ends a request with a {@linkplain ProblemCode problem} instead of forecasts. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ProblemCode code;
  private final String pointer;
  private final Duration retryAfter;

  /**
   * A problem of the request or the service as a whole.
   *
   * @param detail what was expected and what was found
   */
  public ProblemException(ProblemCode code, String detail) {
    this(code, detail, null, null);
  }

  private ProblemException(ProblemCode code, String detail, String pointer, Duration retryAfter) {
    // Part of the normal course of things: nobody reads the stack trace.
    super(detail, null, false, false);
    this.code = code;
    this.pointer = pointer;
    this.retryAfter = retryAfter;
  }

  /** The problem at one place of the body, told by its JSON pointer. */
  public static ProblemException at(String pointer, ProblemCode code, String detail) {
    return new ProblemException(code, detail, pointer, null);
  }

  /** A problem that may be gone after this time. */
  public static ProblemException passing(ProblemCode code, String detail, Duration retryAfter) {
    return new ProblemException(code, detail, null, retryAfter);
  }

  /** What kind of problem it is. */
  public ProblemCode code() {
    return code;
  }

  /** JSON pointer to the place in the body; null where there is none. */
  public String pointer() {
    return pointer;
  }

  /** When to try again; null where trying again does not help. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
