package io.patchcast.table;

/** What a user gave to read or write cannot be used; the message says where and why. */
public final class InputException extends RuntimeException {
  public InputException(String message) {
    super(message);
  }

  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
