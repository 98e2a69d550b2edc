package io.patchcast.serving.http;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;

/**
 * One line of {@code key=value} pairs for each request that was answered, whatever answered it, and
 * for what happens to the service itself. Counts the requests as well.
 */
final class ServiceLog implements RequestLog {
  private static final Pattern BARE_VALUE = Pattern.compile("[\\w.:+/=-]+");

  /** The methods that are counted by name: a client cannot add series to the metrics. */
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private final PrintStream out;
  private final ServiceMetrics metrics;
  private final OpenExchanges open;

  ServiceLog(PrintStream out, ServiceMetrics metrics, OpenExchanges open) {
    this.out = out;
    this.metrics = metrics;
    this.open = open;
  }

  @Override
  public void log(Request request, Response response) {
    Exchange exchange = Exchange.of(request);
    long nanos = System.nanoTime() - request.getBeginNanoTime();
    String route = exchange == null ? "none" : exchange.route;
    metrics.request(
        METHODS.contains(request.getMethod()) ? request.getMethod() : "other",
        route,
        response.getStatus(),
        Duration.ofNanos(nanos));
    StringBuilder line = line("info", "request");
    pair(line, "method", request.getMethod());
    pair(line, "path", request.getHttpURI().getPath());
    pair(line, "status", response.getStatus());
    pair(line, "ms", String.format(Locale.ROOT, "%.1f", nanos / 1e6));
    if (exchange != null) {
      if (exchange.seriesCount > 0) {
        pair(line, "series", exchange.seriesCount);
        pair(line, "points", exchange.points);
      }
      if (exchange.problem != null) {
        pair(line, "problem", exchange.problem);
        metrics.problem(exchange.problem);
      }
      pair(line, "request_id", exchange.requestId());
      open.end(exchange);
    }
    out.println(line);
  }

  /** Something that happened to the service. */
  void say(String level, String event, String message) {
    StringBuilder line = line(level, event);
    pair(line, "message", message);
    out.println(line);
  }

  /** A fault of the service, with all that is known of it. */
  void fault(Throwable failure, String requestId) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    StringBuilder line = line("error", "fault");
    pair(line, "request_id", requestId);
    pair(line, "message", failure.toString());
    pair(line, "trace", trace);
    out.println(line);
  }

  private static StringBuilder line(String level, String event) {
    StringBuilder line = new StringBuilder();
    pair(line, "ts", Instant.now().truncatedTo(ChronoUnit.MILLIS));
    pair(line, "level", level);
    pair(line, "event", event);
    return line;
  }

  /** Quotes what is not a plain word, so that no value can pass for another pair or line. */
  private static void pair(StringBuilder line, String key, Object value) {
    String text = String.valueOf(value);
    line.append(line.isEmpty() ? "" : " ").append(key).append('=');
    if (BARE_VALUE.matcher(text).matches()) {
      line.append(text);
      return;
    }
    line.append('"');
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      switch (letter) {
        case '"', '\\' -> line.append('\\').append(letter);
        case '\n' -> line.append("\\n");
        case '\t' -> line.append("\\t");
        default -> line.append(Character.isISOControl(letter) ? '?' : letter);
      }
    }
    line.append('"');
  }
}
