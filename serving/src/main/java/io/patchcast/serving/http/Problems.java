package io.patchcast.serving.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import io.patchcast.serving.wire.JsonAnswerWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Answers whatever goes wrong, wherever, with problem details. */
final class Problems extends ErrorHandler {
  private final ServiceLog log;
  private final long discardBytes;

  /**
   * @param discardBytes of a body that was not wanted, so much is read before the answer: a client
   *     that still sends does not listen
   */
  Problems(ServiceLog log, long discardBytes) {
    this.log = log;
    this.discardBytes = discardBytes;
  }

  void addTo(RoutesConfig routes) {
    routes.exception(ProblemException.class, (problem, context) -> answer(context, problem));
    routes.exception(
        HttpResponseException.class,
        (e, context) ->
            answer(context, new ProblemException(codeOf(e.getStatus()), e.getMessage())));
    routes.exception(Exception.class, (e, context) -> answer(context, problemOf(e, context)));
  }

  /** What to tell of a failure; a fault of the service is logged, and told without its details. */
  ProblemException problemOf(Throwable failure, Context context) {
    if (failure instanceof ProblemException problem) {
      return problem;
    }
    Exchange exchange = Exchange.of(context);
    log.fault(failure, exchange.requestId());
    return new ProblemException(ProblemCode.INTERNAL, "the log tells more, under this request_id");
  }

  void answer(Context context, ProblemException problem) {
    Exchange exchange = Exchange.of(context);
    exchange.problem = problem.code().code();
    discardBody(context);
    if (problem.retryAfter() != null) {
      context.header(
          HttpHeader.RETRY_AFTER.asString(), Long.toString(problem.retryAfter().toSeconds()));
    }
    switch (problem.code()) {
      case UNAUTHORIZED -> context.header(HttpHeader.WWW_AUTHENTICATE.asString(), "Bearer");
      case DRAINING, BODY_TOO_LARGE -> context.header(HttpHeader.CONNECTION.asString(), "close");
      default -> {}
    }
    context.status(problem.code().status());
    context.contentType(MediaTypes.PROBLEM);
    context.result(bytes(problem, exchange.requestId()));
  }

  private void discardBody(Context context) {
    byte[] buffer = new byte[1 << 13];
    try {
      InputStream body = context.req().getInputStream();
      for (long left = discardBytes; left > 0; ) {
        int read = body.read(buffer);
        if (read < 0) {
          return;
        }
        left -= read;
      }
    } catch (IOException | IllegalStateException e) {
      // The client is gone or the body was taken: there is nothing to discard.
    }
  }

  private static byte[] bytes(ProblemException problem, String requestId) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      JsonAnswerWriter.writeProblem(problem, requestId, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static ProblemCode codeOf(int status) {
    return switch (status) {
      case 404 -> ProblemCode.NOT_FOUND;
      case 405 -> ProblemCode.METHOD_NOT_ALLOWED;
      case 413 -> ProblemCode.BODY_TOO_LARGE;
      case 415 -> ProblemCode.UNSUPPORTED_MEDIA_TYPE;
      case 431 -> ProblemCode.HEADERS_TOO_LARGE;
      default -> status < 500 ? ProblemCode.BAD_HTTP : ProblemCode.INTERNAL;
    };
  }

  // What Jetty itself refuses: it never comes to a route.

  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int status,
      String message,
      Throwable cause,
      Callback callback) {
    Exchange exchange = Exchange.of(request);
    ProblemException problem =
        new ProblemException(codeOf(status), message == null ? "no more is known" : message);
    response.setStatus(problem.code().status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, MediaTypes.PROBLEM);
    response.write(
        true,
        ByteBuffer.wrap(bytes(problem, exchange == null ? "none" : exchange.requestId())),
        callback);
  }
}
