package io.patchcast.serving.http;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** The forecast requests that are not answered yet. */
final class OpenExchanges {
  private final Set<Exchange> open = new HashSet<>();

  synchronized void begin(Exchange exchange) {
    open.add(exchange);
  }

  synchronized void end(Exchange exchange) {
    if (open.remove(exchange)) {
      notifyAll();
    }
  }

  /** Waits until all are answered; returns how many are not when the time is over. */
  synchronized int awaitNone(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!open.isEmpty()) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        break;
      }
      wait(left);
    }
    return open.size();
  }
}
