package io.patchcast.serving.http;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletRequest;
import java.util.UUID;
import java.util.regex.Pattern;

/** What the log and the metrics want to know of a request and its answer. */
final class Exchange {
  static final String REQUEST_ID_HEADER = "X-Request-Id";

  private static final String ATTRIBUTE = Exchange.class.getName();
  private static final Pattern REQUEST_ID = Pattern.compile("[\\w.:+/=-]{1,128}");

  private final String requestId;

  /** The path as the routes have it. */
  volatile String route = "none";

  /** The code of the problem it ended with; null for none. */
  volatile String problem;

  volatile int seriesCount;
  volatile long points;

  private Exchange(String requestId) {
    this.requestId = requestId;
  }

  /** Starts one, under the caller's request id where that is of a sane form. */
  static Exchange begin(Context context) {
    String asked = context.header(REQUEST_ID_HEADER);
    Exchange exchange =
        new Exchange(
            asked != null && REQUEST_ID.matcher(asked).matches()
                ? asked
                : UUID.randomUUID().toString());
    context.req().setAttribute(ATTRIBUTE, exchange);
    context.header(REQUEST_ID_HEADER, exchange.requestId);
    return exchange;
  }

  static Exchange of(Context context) {
    return of(context.req());
  }

  private static Exchange of(HttpServletRequest request) {
    return (Exchange) request.getAttribute(ATTRIBUTE);
  }

  /** Null for a request that was no valid HTTP. */
  static Exchange of(org.eclipse.jetty.server.Request request) {
    return (Exchange) request.getAttribute(ATTRIBUTE);
  }

  String requestId() {
    return requestId;
  }
}
