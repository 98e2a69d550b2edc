package io.patchcast.hub;

import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * One attempt at a time to ask the hub for a file: follows redirects, sorts failures into those
 * that may pass and those that will not.
 *
 * <p>The hub answers {@code /{repository}/resolve/{revision}/{file}} itself for small files and
 * redirects to a content network for large ones. Only its own answer names the commit ({@code
 * X-Repo-Commit}) and the content's SHA-256 and size ({@code X-Linked-Etag}, {@code
 * X-Linked-Size}). An {@code ETag} is never taken for a SHA-256: that of the content network also
 * has 64 hex digits but is another hash, and mirrors pass it on as their own.
 */
final class HubConnection {
  private static final int MAX_REDIRECTS = 10;
  private static final Pattern STRONG_ETAG = Pattern.compile("\"[\\x21\\x23-\\x7e]{1,500}\"");
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18})");
  private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");
  private static final Pattern RATE_LIMIT_RESET = Pattern.compile("(?:^|;)\\s*t=(\\d{1,9})");

  private final HubSettings settings;
  private final HttpClient client;

  HubConnection(HubSettings settings) {
    this.settings = settings;
    client =
        HttpClient.newBuilder()
            // One large body at a time: HTTP/2 would add its own flow control and nothing else.
            .version(HttpClient.Version.HTTP_1_1)
            // Followed below: the token must not go along to other hosts.
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(settings.connectTimeout())
            .build();
  }

  /** What the hub's own answers said on the way to a file; parts not said are null or unknown. */
  private record HubHeaders(String commit, String sha256, long bytes) {
    static final HubHeaders NONE = new HubHeaders(null, null, RemoteFile.UNKNOWN_SIZE);

    HubHeaders and(HttpHeaders later) {
      return new HubHeaders(
          commit != null ? commit : later.firstValue("X-Repo-Commit").orElse(null),
          sha256 != null
              ? sha256
              : later
                  .firstValue("X-Linked-Etag")
                  .map(HubConnection::unquoted)
                  .filter(Sha256::isHash)
                  .orElse(null),
          bytes >= 0 ? bytes : number(later, "X-Linked-Size"));
    }
  }

  /** The response at the end of the redirects; the caller closes it. */
  record Answer(HttpResponse<ResponseBody> response, HubHeaders hub) implements AutoCloseable {
    int status() {
      return response.statusCode();
    }

    ResponseBody body() {
      return response.body();
    }

    long contentLength() {
      return number(response.headers(), "Content-Length");
    }

    /** First byte and full size that a partial answer claims, {@code bytes 5-99/100}; else null. */
    long[] contentRange() {
      Matcher range =
          CONTENT_RANGE.matcher(response.headers().firstValue("Content-Range").orElse(""));
      return range.matches()
          ? new long[] {Long.parseLong(range.group(1)), Long.parseLong(range.group(2))}
          : null;
    }

    /** The strong validator of the content, with its quotes; null if there is none. */
    String strongEtag() {
      return response.headers().firstValue("ETag").filter(HubConnection::isStrongEtag).orElse(null);
    }

    @Override
    public void close() {
      response.body().close();
    }
  }

  /** What the hub says of a file; empty if the revision has no such file. */
  Optional<RemoteFile> describe(ModelReference model, String file)
      throws TransientFailure, ModelHubException {
    try (Answer answer = follow("HEAD", address(model, file), file + " of " + model, Map.of())) {
      HubHeaders hub = answer.hub();
      boolean redirect = isRedirect(answer.status());
      if (answer.status() == 404 && isMissingFile(answer)) {
        return Optional.empty();
      }
      boolean atHub = settings.isHub(answer.response().uri());
      if (!redirect && answer.status() != 200 && atHub) {
        throw refusal(answer, model.toString(), file);
      }
      if (model.isFixed() && hub.commit() != null && !hub.commit().equals(model.revision())) {
        throw new ModelHubException(
            Reason.BAD_ANSWER,
            String.format(
                Locale.ROOT,
                "asked %s for %s at commit %s, it answered with commit %s",
                settings.endpoint(),
                model.repository(),
                model.revision(),
                hub.commit()));
      }
      long bytes = hub.bytes();
      if (bytes < 0 && answer.status() == 200) {
        bytes = answer.contentLength();
      }
      return Optional.of(
          new RemoteFile(
              file,
              hub.commit(),
              bytes,
              hub.sha256(),
              hub.sha256() == null ? CachedFile.Check.TRANSFER_ONLY : CachedFile.Check.HUB_HASH));
    }
  }

  /**
   * Opens a file's content: status 200 from its start, 206 from {@code offset}, or 416.
   *
   * @param offset first byte wanted
   * @param etag ask for the rest only if the content still has this strong validator; may be null
   */
  Answer open(ModelReference model, String file, long offset, String etag)
      throws TransientFailure, ModelHubException {
    return open(address(model, file), model.toString(), file, offset, etag);
  }

  /**
   * Opens a file at an address, of the hub or of any other server, in the same way.
   *
   * @param owner what the file belongs to, for messages
   */
  Answer open(URI address, String owner, String file, long offset, String etag)
      throws TransientFailure, ModelHubException {
    Map<String, String> headers = Map.of();
    if (offset > 0) {
      String range = "bytes=" + offset + "-";
      headers = etag == null ? Map.of("Range", range) : Map.of("Range", range, "If-Range", etag);
    }
    Answer answer = follow("GET", address, file + " of " + owner, headers);
    if (answer.status() == 200
        || (offset > 0 && (answer.status() == 206 || answer.status() == 416))) {
      return answer;
    }
    try (answer) {
      throw refusal(answer, owner, file);
    }
  }

  private URI address(ModelReference model, String file) {
    return URI.create(
        String.format(
            Locale.ROOT,
            "%s/%s/resolve/%s/%s",
            settings.endpoint(),
            model.repository(),
            model.revision(),
            file));
  }

  private Answer follow(String method, URI address, String what, Map<String, String> headers)
      throws TransientFailure, ModelHubException {
    URI target = address;
    HubHeaders hub = HubHeaders.NONE;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<ResponseBody> response = send(method, target, headers);
      if (settings.isHub(target)) {
        hub = hub.and(response.headers());
      }
      Answer answer = new Answer(response, hub);
      if (!isRedirect(response.statusCode())) {
        return answer;
      }
      URI next;
      try (answer) {
        next = redirectTarget(target, response.headers());
      }
      // A signed address of a content network answers GET only, and nothing more is to be learnt.
      if (method.equals("HEAD") && !settings.isHub(next) && hub.bytes() >= 0) {
        return answer;
      }
      target = next;
    }
    throw new ModelHubException(
        Reason.BAD_ANSWER,
        String.format(
            Locale.ROOT,
            "%s: more than %d redirects from %s",
            what,
            MAX_REDIRECTS,
            address.getRawAuthority()));
  }

  private HttpResponse<ResponseBody> send(String method, URI target, Map<String, String> headers)
      throws TransientFailure, ModelHubException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target)
            .timeout(settings.idleTimeout())
            // A compressed answer has another length and knows no ranges.
            .header("Accept-Encoding", "identity")
            .header("User-Agent", "patchcast");
    if (method.equals("HEAD")) {
      request.method("HEAD", HttpRequest.BodyPublishers.noBody());
    }
    headers.forEach(request::header);
    if (settings.sendsTokenTo(target)) {
      request.header("Authorization", "Bearer " + settings.token());
    }
    try {
      return client.send(request.build(), info -> new ResponseBody());
    } catch (SSLException e) {
      throw new ModelHubException(
          Reason.UNREACHABLE,
          String.format(
              Locale.ROOT,
              "no TLS connection to %s: %s; behind a proxy with its own certificates name its trust"
                  + " store with -Djavax.net.ssl.trustStore",
              target.getHost(),
              e.getMessage()),
          e);
    } catch (IOException e) {
      throw new TransientFailure(
          String.format(
              Locale.ROOT, "no answer from %s: %s", target.getRawAuthority(), describe(e)),
          e);
    } catch (InterruptedException e) {
      throw ModelHubException.interrupted(e);
    }
  }

  /** Where a redirect leads; its address is never shown, for it may be signed. */
  static URI redirectTarget(URI from, HttpHeaders headers) throws ModelHubException {
    String location = headers.firstValue("Location").orElse("");
    URI next;
    try {
      next = from.resolve(location);
    } catch (IllegalArgumentException e) {
      next = null;
    }
    if (location.isEmpty()
        || next == null
        || next.getHost() == null
        || !(next.getScheme().equals("https") || next.getScheme().equals("http"))) {
      throw new ModelHubException(
          Reason.BAD_ANSWER,
          from.getRawAuthority() + " redirects to something that is not an http or https address");
    }
    if (from.getScheme().equals("https") && next.getScheme().equals("http")) {
      throw new ModelHubException(
          Reason.BAD_ANSWER,
          String.format(
              Locale.ROOT,
              "%s redirects from https to unencrypted http at %s: refused",
              from.getRawAuthority(),
              next.getRawAuthority()));
    }
    return next;
  }

  private ModelHubException refusal(Answer answer, String owner, String file)
      throws TransientFailure {
    int status = answer.status();
    URI at = answer.response().uri();
    String host = at.getRawAuthority();
    // Only the first is expected from a content network, whose signed addresses expire.
    if ((status == 403 && !settings.isHub(at)) || status == 408 || status == 429 || status >= 500) {
      throw new TransientFailure(
          String.format(Locale.ROOT, "%s answered %d for %s", host, status, file),
          null,
          retryAfter(answer.response().headers()),
          0);
    }
    return switch (status) {
      case 401, 403 ->
          new ModelHubException(
              Reason.ACCESS_DENIED,
              String.format(
                  Locale.ROOT,
                  "%s answered %d for %s of %s: %s",
                  host,
                  status,
                  file,
                  owner,
                  accessHint(at)));
      case 404 ->
          new ModelHubException(
              Reason.UNKNOWN_MODEL,
              String.format(
                  Locale.ROOT,
                  "%s answered 404 for %s of %s: no such model, revision or file",
                  host,
                  file,
                  owner));
      default ->
          new ModelHubException(
              Reason.BAD_ANSWER,
              String.format(
                  Locale.ROOT,
                  "expected %s of %s from %s, it answered %d",
                  file,
                  owner,
                  host,
                  status));
    };
  }

  private String accessHint(URI at) {
    if (settings.token() == null) {
      return "the model does not exist or is not public; if it is yours to read, set HF_TOKEN";
    }
    if (!settings.sendsTokenTo(at)) {
      return "HF_TOKEN is not sent over unencrypted http; use an https endpoint";
    }
    return "HF_TOKEN is not valid or has no access; the model's page may ask to accept its terms";
  }

  /** Whether a 404 means this one file; the public hub says so when it is more. */
  private static boolean isMissingFile(Answer answer) {
    String code = answer.response().headers().firstValue("X-Error-Code").orElse("EntryNotFound");
    return code.equals("EntryNotFound");
  }

  private static Duration retryAfter(HttpHeaders headers) {
    String value = headers.firstValue("Retry-After").orElse("").strip();
    if (SECONDS.matcher(value).matches()) {
      return Duration.ofSeconds(Long.parseLong(value));
    }
    try {
      ZonedDateTime date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
      Duration wait = Duration.between(ZonedDateTime.now(date.getZone()), date);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeParseException e) {
      // The public hub says it this way: RateLimit: "resolvers";r=0;t=172
      Matcher reset = RATE_LIMIT_RESET.matcher(headers.firstValue("RateLimit").orElse(""));
      return reset.find() ? Duration.ofSeconds(Long.parseLong(reset.group(1))) : null;
    }
  }

  /** Whether it may stand in If-Range; a weak one does not promise the same bytes. */
  static boolean isStrongEtag(String etag) {
    return STRONG_ETAG.matcher(etag).matches();
  }

  private static boolean isRedirect(int status) {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }

  private static long number(HttpHeaders headers, String name) {
    String value = headers.firstValue(name).orElse("");
    return value.matches("\\d{1,18}") ? Long.parseLong(value) : RemoteFile.UNKNOWN_SIZE;
  }

  private static String unquoted(String etag) {
    return etag.replaceFirst("^W/", "").replace("\"", "").toLowerCase(Locale.ROOT);
  }

  /** The client's exceptions often have no message. */
  static String describe(IOException e) {
    if (e instanceof ConnectException) {
      return e.getCause() instanceof UnresolvedAddressException
              || (e.getCause() != null
                  && e.getCause().getCause() instanceof UnresolvedAddressException)
          ? "host name not known"
          : "connection refused";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
