package io.patchcast.hub;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How the model hub is reached and where models are kept.
 *
 * <p>A proxy and its certificates are the JVM's own settings ({@code https.proxyHost}, {@code
 * javax.net.ssl.trustStore} …).
 *
 * @param endpoint root of the hub, http or https, with or without a path
 * @param token access token, or null for none; sent to the endpoint's own host and port only, and
 *     only over https or to this machine. {@link #toString} leaves it out
 * @param mode whether the network may be used
 * @param cacheDirectory absolute path of the cache; created when first needed
 * @param connectTimeout longest wait for a connection
 * @param idleTimeout longest wait for an answer, or for the next byte of one
 * @param retryDelays waits between attempts, so one attempt more than there are delays; the count
 *     starts anew when an attempt has brought a mebibyte
 * @param longestRetryAfter a server that asks for more patience than this is given up
 */
public record HubSettings(
    URI endpoint,
    String token,
    Mode mode,
    Path cacheDirectory,
    Duration connectTimeout,
    Duration idleTimeout,
    List<Duration> retryDelays,
    Duration longestRetryAfter) {

  /** Whether the network may be used. */
  public enum Mode {
    /** Models that are not cached are downloaded. */
    ONLINE,
    /** Only cached models; no connection is ever opened. */
    OFFLINE
  }

  private static final URI DEFAULT_ENDPOINT = URI.create("https://huggingface.co");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[(::1|0:0:0:0:0:0:0:1)]");
  private static final Pattern PRINTABLE = Pattern.compile("[\\x21-\\x7e]+");

  public HubSettings {
    Objects.requireNonNull(mode, "mode");
    endpoint = checkedEndpoint(endpoint);
    // An HTTP client would quote a malformed header, token and all, in its error message.
    if (token != null && !PRINTABLE.matcher(token).matches()) {
      throw new IllegalArgumentException(
          "the token must be printable ASCII without spaces; it has "
              + token.length()
              + " characters and is not shown here");
    }
    if (!cacheDirectory.isAbsolute()) {
      throw new IllegalArgumentException(
          "the cache directory must be an absolute path, got '" + cacheDirectory + "'");
    }
    requirePositive(connectTimeout, "connectTimeout");
    requirePositive(idleTimeout, "idleTimeout");
    retryDelays = List.copyOf(retryDelays);
    for (Duration delay : retryDelays) {
      requireNotNegative(delay, "a retry delay");
    }
    requireNotNegative(longestRetryAfter, "longestRetryAfter");
  }

  /** The public hub without a token, and the usual patience. */
  public static HubSettings defaults(Path cacheDirectory) {
    return new HubSettings(
        DEFAULT_ENDPOINT,
        null,
        Mode.ONLINE,
        cacheDirectory,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Stream.of(500, 1000, 2000, 4000, 8000).map(Duration::ofMillis).toList(),
        // The public hub counts requests over five minutes.
        Duration.ofMinutes(5));
  }

  /**
   * The settings that environment variables ask for: {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code
   * HF_HUB_OFFLINE}, and for the cache {@code PATCHCAST_CACHE}, else {@code
   * $XDG_CACHE_HOME/patchcast}, else {@code ~/.cache/patchcast}.
   *
   * @param environment usually {@link System#getenv()}; an empty value counts as not set
   * @throws IllegalArgumentException if a variable is set to something else than it can be
   */
  public static HubSettings fromEnvironment(Map<String, String> environment) {
    HubSettings settings = defaults(cacheDirectory(environment));
    String endpoint = value(environment, "HF_ENDPOINT");
    if (endpoint != null) {
      settings = settings.withEndpoint(parseEndpoint(endpoint));
    }
    String token = value(environment, "HF_TOKEN");
    if (token != null) {
      settings = settings.withToken(token);
    }
    return settings.withMode(mode(value(environment, "HF_HUB_OFFLINE")));
  }

  /** These settings with another hub. */
  public HubSettings withEndpoint(URI root) {
    return new HubSettings(
        root,
        token,
        mode,
        cacheDirectory,
        connectTimeout,
        idleTimeout,
        retryDelays,
        longestRetryAfter);
  }

  /** These settings with another access token; null for none. */
  public HubSettings withToken(String accessToken) {
    return new HubSettings(
        endpoint,
        accessToken,
        mode,
        cacheDirectory,
        connectTimeout,
        idleTimeout,
        retryDelays,
        longestRetryAfter);
  }

  /** These settings, online or offline. */
  public HubSettings withMode(Mode networkMode) {
    return new HubSettings(
        endpoint,
        token,
        networkMode,
        cacheDirectory,
        connectTimeout,
        idleTimeout,
        retryDelays,
        longestRetryAfter);
  }

  /** These settings with other timeouts. */
  public HubSettings withTimeouts(Duration connect, Duration idle) {
    return new HubSettings(
        endpoint, token, mode, cacheDirectory, connect, idle, retryDelays, longestRetryAfter);
  }

  /** These settings with other waits between attempts. */
  public HubSettings withRetryDelays(List<Duration> delays) {
    return new HubSettings(
        endpoint,
        token,
        mode,
        cacheDirectory,
        connectTimeout,
        idleTimeout,
        delays,
        longestRetryAfter);
  }

  /** These settings with another limit on the patience that a server may ask for. */
  public HubSettings withLongestRetryAfter(Duration limit) {
    return new HubSettings(
        endpoint, token, mode, cacheDirectory, connectTimeout, idleTimeout, retryDelays, limit);
  }

  /** Whether a request to {@code target} may carry the token. */
  boolean sendsTokenTo(URI target) {
    return token != null
        && isHub(target)
        && (target.getScheme().equals("https") || isLoopback(target.getHost()));
  }

  /** Whether a host is this machine. */
  static boolean isLoopback(String host) {
    return LOOPBACK.matcher(host).matches();
  }

  /** Whether {@code target} has the endpoint's scheme, host and port. */
  boolean isHub(URI target) {
    return endpoint.getScheme().equalsIgnoreCase(target.getScheme())
        && endpoint.getHost().equalsIgnoreCase(target.getHost())
        && port(endpoint) == port(target);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  private static URI checkedEndpoint(URI endpoint) {
    if (endpoint.getRawUserInfo() != null) {
      // Not shown: it may hold a password.
      throw new IllegalArgumentException(
          "the hub's endpoint must not contain a user name or password; use HF_TOKEN");
    }
    String scheme =
        endpoint.getScheme() == null ? "" : endpoint.getScheme().toLowerCase(Locale.ROOT);
    if (!(scheme.equals("https") || scheme.equals("http"))
        || endpoint.getHost() == null
        || endpoint.getRawQuery() != null
        || endpoint.getRawFragment() != null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the hub's endpoint must be an http or https URL like %s, got '%s'",
              DEFAULT_ENDPOINT,
              endpoint));
    }
    String text = scheme + endpoint.toString().substring(scheme.length());
    return URI.create(text.replaceAll("/+$", ""));
  }

  private static URI parseEndpoint(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      // Neither the text nor the cause is shown: a mistyped URL may hold a password.
      throw new IllegalArgumentException(
          "HF_ENDPOINT must be an http or https URL like "
              + DEFAULT_ENDPOINT
              + "; it cannot be parsed: "
              + e.getReason());
    }
  }

  private static Mode mode(String offline) {
    if (offline == null) {
      return Mode.ONLINE;
    }
    // Anything else is an error: someone who wrote it meant to keep off the network.
    return switch (offline.toLowerCase(Locale.ROOT)) {
      case "1", "true", "yes", "on" -> Mode.OFFLINE;
      case "0", "false", "no", "off" -> Mode.ONLINE;
      default ->
          throw new IllegalArgumentException(
              "HF_HUB_OFFLINE must be 1 or 0, got '" + offline + "'");
    };
  }

  private static Path cacheDirectory(Map<String, String> environment) {
    String own = value(environment, "PATCHCAST_CACHE");
    if (own != null) {
      return Path.of(own).toAbsolutePath();
    }
    String xdg = value(environment, "XDG_CACHE_HOME");
    if (xdg != null && Path.of(xdg).isAbsolute()) { // the XDG rules ignore relative paths
      return Path.of(xdg, "patchcast");
    }
    String home = value(environment, "HOME");
    if (home == null) {
      home = System.getProperty("user.home", "");
    }
    // In a container whose user has no entry in /etc/passwd the JVM's home is "?".
    if (!Path.of(home).isAbsolute()) {
      throw new IllegalArgumentException(
          "no place for the model cache: the home directory is '"
              + home
              + "'; set PATCHCAST_CACHE to a directory");
    }
    return Path.of(home, ".cache", "patchcast");
  }

  private static String value(Map<String, String> environment, String name) {
    String value = environment.get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static void requirePositive(Duration duration, String name) {
    requireNotNegative(duration, name);
    if (duration.isZero()) {
      throw new IllegalArgumentException(name + " must be more than zero");
    }
  }

  private static void requireNotNegative(Duration duration, String name) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative, got " + duration);
    }
  }

  /** The settings without the token. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "HubSettings[endpoint=%s, token=%s, mode=%s, cacheDirectory=%s]",
        endpoint,
        token == null ? "none" : "set",
        mode,
        cacheDirectory);
  }
}
