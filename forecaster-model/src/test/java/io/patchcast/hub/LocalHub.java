package io.patchcast.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * A model hub on loopback with the layout of the public one: small files come from the hub itself
 * after a relative redirect, weights from a content network on another port, whose signed addresses
 * answer GET only and whose ETag has 64 hex digits but is not the content's SHA-256.
 */
final class LocalHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  static final String MODEL = "acme/tiny";
  static final String CONFIG = "{\"patch_size\": 32}";

  /** A request as it came in. */
  record Seen(
      String server, String method, String path, Map<String, List<String>> headers, long nanoTime) {
    String header(String name) {
      return headers.entrySet().stream()
          .filter(entry -> entry.getKey().equalsIgnoreCase(name))
          .map(entry -> entry.getValue().get(0))
          .findFirst()
          .orElse(null);
    }
  }

  /** Answers one request in place of the server. */
  interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  final List<Seen> seen = new CopyOnWriteArrayList<>();

  /** By repository, then by file name. */
  private final Map<String, Map<String, byte[]>> repositories = new ConcurrentHashMap<>();

  private final Map<String, String> commits = new ConcurrentHashMap<>();
  private final Map<String, Queue<Answer>> next = new ConcurrentHashMap<>();
  private final Map<String, Answer> always = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer hub = server("hub", this::answerAsHub);
  private final HttpServer content = server("content", this::answerAsContentNetwork);

  private HttpServer server(String name, Answer normal) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(threads);
      server.createContext("/", exchange -> dispatch(name, exchange, normal));
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A hub with one model of one weights file, {@link #MODEL} at {@link #COMMIT}. */
  static LocalHub withModel(byte[] weights) {
    LocalHub hub = new LocalHub();
    hub.put(MODEL, "config.json", CONFIG.getBytes(StandardCharsets.UTF_8));
    hub.put(MODEL, "model.safetensors", weights);
    return hub;
  }

  static byte[] bytes(long seed, int count) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  void put(String repository, String file, byte[] bytes) {
    repositories.computeIfAbsent(repository, r -> new ConcurrentHashMap<>()).put(file, bytes);
    commits.putIfAbsent(repository, COMMIT);
  }

  void remove(String repository, String file) {
    repositories.get(repository).remove(file);
  }

  /** Moves every branch of a repository to another commit. */
  void moveTo(String repository, String commit) {
    commits.put(repository, commit);
  }

  /** Answers the next such request otherwise, for example {@code content GET model.safetensors}. */
  void onNext(String request, Answer answer) {
    next.computeIfAbsent(request, r -> new ConcurrentLinkedQueue<>()).add(answer);
  }

  void onEvery(String request, Answer answer) {
    always.put(request, answer);
  }

  /** Sends the beginning of a file and drops the connection. */
  Answer cutAfter(int byteCount) {
    return exchange -> {
      Piece piece = piece(exchange);
      piece.head(exchange);
      OutputStream out = exchange.getResponseBody();
      out.write(piece.bytes, piece.offset, byteCount);
      out.flush();
      exchange.close();
    };
  }

  static Answer status(int status, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
      exchange.close();
    };
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
  }

  HubSettings settings(Path cache) {
    return HubSettings.defaults(cache)
        .withEndpoint(endpoint())
        .withTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(20))
        .withRetryDelays(List.of(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(3)));
  }

  List<Seen> seen(String request) {
    return seen.stream()
        .filter(s -> request.equals(s.server() + " " + s.method() + " " + fileName(s.path())))
        .toList();
  }

  @Override
  public void close() {
    hub.stop(0);
    content.stop(0);
    threads.shutdownNow();
  }

  private void dispatch(String server, HttpExchange exchange, Answer normal) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      seen.add(
          new Seen(
              server,
              exchange.getRequestMethod(),
              path,
              Map.copyOf(exchange.getRequestHeaders()),
              System.nanoTime()));
      String request = server + " " + exchange.getRequestMethod() + " " + fileName(path);
      Queue<Answer> queue = next.get(request);
      Answer special = queue == null ? null : queue.poll();
      if (special == null) {
        special = always.get(request);
      }
      (special == null ? normal : special).to(exchange);
    }
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** {@code [/prefix]/{owner}/{name}/resolve/{revision}/{file}}. */
  private void answerAsHub(HttpExchange exchange) throws IOException {
    List<String> path = new ArrayList<>(List.of(exchange.getRequestURI().getPath().split("/")));
    int resolve = path.indexOf("resolve");
    if (path.contains("resolve-cache")) {
      byte[] bytes = file(exchange);
      exchange.getResponseHeaders().add("ETag", "\"6d1c2f1e1b5d5a1f3c3c2d1e0f9a8b7c6d5e4f3a\"");
      send(exchange, 200, bytes);
      return;
    }
    String repository = path.get(resolve - 2) + "/" + path.get(resolve - 1);
    String file = path.get(path.size() - 1);
    if (!repositories.containsKey(repository)) {
      status(404, "X-Error-Code", "RepoNotFound").to(exchange);
      return;
    }
    String revision = path.get(resolve + 1);
    String commit = commits.get(repository);
    exchange
        .getResponseHeaders()
        .add("X-Repo-Commit", ModelReference.isCommit(revision) ? revision : commit);
    byte[] bytes = repositories.get(repository).get(file);
    if (bytes == null) {
      status(404, "X-Error-Code", "EntryNotFound").to(exchange);
    } else if (file.endsWith(".safetensors")) {
      exchange.getResponseHeaders().add("X-Linked-Etag", "\"" + sha256(bytes) + "\"");
      exchange.getResponseHeaders().add("X-Linked-Size", Integer.toString(bytes.length));
      exchange.getResponseHeaders().add("Location", contentAddress(repository, file));
      send(exchange, 302, "Found. Redirecting".getBytes(StandardCharsets.UTF_8));
    } else {
      String location =
          String.format(
              Locale.ROOT, "/api/resolve-cache/models/%s/%s/%s", repository, commit, file);
      exchange.getResponseHeaders().add("Location", location);
      send(exchange, 307, "Temporary Redirect".getBytes(StandardCharsets.UTF_8));
    }
  }

  String contentAddress(String repository, String file) {
    return String.format(
        Locale.ROOT,
        "http://127.0.0.1:%d/blobs/%s/%s?Signature=s3cret",
        content.getAddress().getPort(),
        repository,
        file);
  }

  private void answerAsContentNetwork(HttpExchange exchange) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      status(403).to(exchange);
      return;
    }
    Piece piece = piece(exchange);
    piece.head(exchange);
    exchange.getResponseBody().write(piece.bytes, piece.offset, piece.bytes.length - piece.offset);
  }

  /** What a content network sends: the whole file, or the rest from an offset. */
  private record Piece(byte[] bytes, int offset, String etag) {
    void head(HttpExchange exchange) throws IOException {
      exchange.getResponseHeaders().add("ETag", etag);
      exchange.getResponseHeaders().add("Accept-Ranges", "bytes");
      if (offset > 0) {
        exchange
            .getResponseHeaders()
            .add(
                "Content-Range",
                String.format(
                    Locale.ROOT, "bytes %d-%d/%d", offset, bytes.length - 1, bytes.length));
      }
      exchange.sendResponseHeaders(offset > 0 ? 206 : 200, bytes.length - offset);
    }
  }

  private Piece piece(HttpExchange exchange) {
    byte[] bytes = file(exchange);
    String etag = etag(bytes);
    String range = exchange.getRequestHeaders().getFirst("Range");
    String ifRange = exchange.getRequestHeaders().getFirst("If-Range");
    boolean partial = range != null && (ifRange == null || ifRange.equals(etag));
    int offset = partial ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
    return new Piece(bytes, offset, etag);
  }

  /** 64 hex digits, and not the SHA-256 of the content. */
  static String etag(byte[] bytes) {
    return "\"" + sha256(sha256(bytes).getBytes(StandardCharsets.US_ASCII)) + "\"";
  }

  /** The file that a path ends with: {@code …/{owner}/{name}[/{commit}]/{file}}. */
  private byte[] file(HttpExchange exchange) {
    String[] path = exchange.getRequestURI().getPath().split("/");
    int start = path[1].equals("blobs") ? 2 : 4;
    return repositories.get(path[start] + "/" + path[start + 1]).get(path[path.length - 1]);
  }

  static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().add("Content-Length", Integer.toString(bytes.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  /** Calls what must fail for that reason. */
  static AbstractThrowableAssert<?, ?> assertFailure(ThrowingCallable call, Reason reason) {
    ModelHubException failure = catchThrowableOfType(ModelHubException.class, call);
    assertThat(failure).as("a ModelHubException").isNotNull();
    assertThat(failure.reason()).as(failure.getMessage()).isEqualTo(reason);
    return assertThat((Throwable) failure);
  }
}
