package io.patchcast.hub;

import io.patchcast.hub.ModelHubException.Reason;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** Repeats what may succeed later, a bounded number of times, with growing waits between. */
final class Retries {
  /** An attempt that brought this much counts as progress: the link is bad, but not dead. */
  private static final long PROGRESS_BYTES = 1 << 20;

  /** Something to try. */
  interface Attempt<T> {
    T run() throws TransientFailure, ModelHubException;
  }

  private final HubSettings settings;
  private final ProgressListener listener;

  Retries(HubSettings settings, ProgressListener listener) {
    this.settings = settings;
    this.listener = listener;
  }

  <T> T call(Attempt<T> attempt) throws ModelHubException {
    int failures = 0;
    while (true) {
      try {
        return attempt.run();
      } catch (TransientFailure failure) {
        failures = failure.gainedBytes() >= PROGRESS_BYTES ? 1 : failures + 1;
        if (failures > settings.retryDelays().size()) {
          throw new ModelHubException(
              Reason.UNREACHABLE,
              String.format(
                  Locale.ROOT,
                  "gave up on %s after %d attempt%s: %s",
                  settings.endpoint(),
                  failures,
                  failures == 1 ? "" : "s in a row",
                  failure.getMessage()),
              failure);
        }
        Duration delay = delay(settings.retryDelays().get(failures - 1), failure);
        listener.retrying(failure.getMessage(), delay);
        try {
          Thread.sleep(delay.toMillis());
        } catch (InterruptedException e) {
          throw ModelHubException.interrupted(e);
        }
      }
    }
  }

  private Duration delay(Duration configured, TransientFailure failure) throws ModelHubException {
    // Spread, so that many machines that failed together do not come back together.
    long spread = configured.toMillis() / 4 + 1;
    Duration delay = configured.plusMillis(ThreadLocalRandom.current().nextLong(spread));
    Duration asked = failure.retryAfter();
    if (asked == null) {
      return delay;
    }
    if (asked.compareTo(settings.longestRetryAfter()) > 0) {
      throw new ModelHubException(
          Reason.UNREACHABLE,
          String.format(
              Locale.ROOT,
              "%s and asks to wait %d s; the limit is %d s. Try again later%s",
              failure.getMessage(),
              asked.toSeconds(),
              settings.longestRetryAfter().toSeconds(),
              settings.token() == null ? ", or set HF_TOKEN for a higher limit" : ""),
          failure);
    }
    return asked.compareTo(delay) > 0 ? asked : delay;
  }
}
