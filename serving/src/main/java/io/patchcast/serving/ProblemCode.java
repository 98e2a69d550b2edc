package io.patchcast.serving;

import java.util.Locale;

/** What can be wrong with a request or the service: stable names for programs to act on. */
public enum ProblemCode {
  /** The body is not the JSON it claims to be. */
  INVALID_JSON(400, "The body is not valid JSON"),
  /** The body is not the Arrow stream it claims to be. */
  INVALID_ARROW(400, "The body is not a valid Arrow stream"),
  /** A field, column or parameter is missing, of the wrong type or out of range. */
  INVALID_REQUEST(400, "The request is not as the interface describes it"),
  /** A field or parameter that the interface does not have. */
  UNKNOWN_FIELD(400, "The request has a field that is not known"),
  /** HTTP itself was not understood. */
  BAD_HTTP(400, "The request is not valid HTTP"),
  /** The token is missing or wrong. */
  UNAUTHORIZED(401, "A valid bearer token is needed"),
  /** No such path. */
  NOT_FOUND(404, "There is nothing at this path"),
  /** No such model. */
  UNKNOWN_MODEL(404, "There is no such model"),
  /** The path does not know this method. */
  METHOD_NOT_ALLOWED(405, "This path does not know this method"),
  /** None of the media types that the client accepts can be had. */
  NOT_ACCEPTABLE(406, "The answer cannot be had in an accepted media type"),
  /** The body is longer than allowed. */
  BODY_TOO_LARGE(413, "The body is too large"),
  /** The media type or encoding of the body is not known. */
  UNSUPPORTED_MEDIA_TYPE(415, "The media type of the body is not supported"),
  /** More series than allowed. */
  TOO_MANY_SERIES(422, "The request has too many series"),
  /** More points given, or quantile values asked for, than allowed. */
  TOO_MANY_POINTS(422, "The request has too many points"),
  /** A longer horizon than allowed. */
  HORIZON_TOO_LONG(422, "The horizon is too long"),
  /** No room in the queue. */
  QUEUE_FULL(429, "The service has as much to do as it can hold"),
  /** Headers longer than allowed. */
  HEADERS_TOO_LARGE(431, "The headers are too large"),
  /** A fault of the service. */
  INTERNAL(500, "The service failed"),
  /** The service starts, or its models do not forecast what they should. */
  NOT_READY(503, "The service is not ready"),
  /** The service finishes what it has and ends. */
  DRAINING(503, "The service is shutting down"),
  /** The forecast was not ready in time. */
  TIMED_OUT(503, "The forecast was not ready in time");

  private final int status;
  private final String title;

  ProblemCode(int status, String title) {
    this.status = status;
    this.title = title;
  }

  /** The stable name, such as {@code queue_full}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The HTTP status that goes with it. */
  public int status() {
    return status;
  }

  /** One line for people, the same for each occurrence. */
  public String title() {
    return title;
  }
}
