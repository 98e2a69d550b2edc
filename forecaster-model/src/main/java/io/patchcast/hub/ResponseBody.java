package io.patchcast.hub;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The content of a response, piece by piece, with a limit on the wait for each: the client's own
 * time-out ends with the headers, and its input stream would wait for a silent server for ever.
 *
 * <p>Read by one thread; whoever opened it closes it, which drops the connection if content is
 * left.
 */
final class ResponseBody implements HttpResponse.BodySubscriber<ResponseBody>, AutoCloseable {
  /** A piece of content; or the end, with the failure if there was one. */
  private record Event(List<ByteBuffer> content, Throwable failure) {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

  /**
   * The next piece; empty at the end.
   *
   * @throws HttpTimeoutException if nothing came for so long
   * @throws IOException if the connection broke before the end
   */
  List<ByteBuffer> next(Duration idleTimeout) throws IOException, InterruptedException {
    var unused = subscription.thenAccept(s -> s.request(1)); // one piece in flight: back-pressure
    Event event = events.poll(idleTimeout.toNanos(), TimeUnit.NANOSECONDS);
    if (event == null) {
      throw new HttpTimeoutException("no data for " + idleTimeout.toMillis() + " ms");
    }
    if (event.failure() != null) {
      throw new IOException(event.failure().getMessage(), event.failure());
    }
    return event.content();
  }

  @Override
  public CompletionStage<ResponseBody> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    subscription.complete(newSubscription);
  }

  @Override
  public void onNext(List<ByteBuffer> content) {
    events.add(new Event(content, null));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new Event(null, failure));
  }

  @Override
  public void onComplete() {
    events.add(new Event(List.of(), null));
  }

  @Override
  public void close() {
    var unused = subscription.thenAccept(Flow.Subscription::cancel);
  }
}
