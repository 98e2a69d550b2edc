package io.patchcast.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * How a service runs.
 *
 * @param host name or address to listen at
 * @param port port to listen at; 0 = one that is free
 * @param access who may ask
 * @param tokenFile file with the bearer tokens, one a line; null with {@link Access#ANYONE}
 * @param limits the most that one request may ask for
 * @param requestCapacity most requests that wait or are computed at a time
 * @param pointCapacity most points of all of them
 * @param timeout the longest that a request may wait for its forecast
 * @param drainTimeout how long requests that are there may take when the service ends
 */
public record ServiceSettings(
    String host,
    int port,
    Access access,
    Path tokenFile,
    RequestLimits limits,
    int requestCapacity,
    long pointCapacity,
    Duration timeout,
    Duration drainTimeout) {
  private static final int HIGHEST_PORT = 65_535;

  /** Who may ask for forecasts. */
  public enum Access {
    /** Whoever reaches the port. */
    ANYONE,
    /** Whoever has one of the tokens. */
    TOKEN
  }

  public ServiceSettings {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(limits, "limits");
    if (port < 0 || port > HIGHEST_PORT) {
      throw new IllegalArgumentException("port must be between 0 and 65535, got " + port);
    }
    if ((access == Access.TOKEN) != (tokenFile != null)) {
      throw new IllegalArgumentException(
          "a token file must be given exactly if a token is asked for, got " + tokenFile);
    }
    if (requestCapacity < 1 || pointCapacity < 1) {
      throw new IllegalArgumentException(
          "the queue must hold at least one request and one point, got "
              + requestCapacity
              + " and "
              + pointCapacity);
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout must be positive, got " + timeout);
    }
    if (drainTimeout.isNegative()) {
      throw new IllegalArgumentException("drainTimeout must be 0 or more, got " + drainTimeout);
    }
  }

  /** Listens on this machine only, at a free port, open to anyone there. */
  public static ServiceSettings local() {
    return new ServiceSettings(
        "127.0.0.1",
        0,
        Access.ANYONE,
        null,
        RequestLimits.defaults(),
        256,
        20_000_000,
        Duration.ofSeconds(60),
        Duration.ofSeconds(30));
  }
}
