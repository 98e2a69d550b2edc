package io.patchcast.hub;

import static io.patchcast.hub.LocalHub.assertFailure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.hub.LocalHub.Seen;
import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may go wrong between the hub and the disk, each made to go wrong on loopback. */
class ModelHubTransferTest {
  private static final int SIZE = 300_000;
  private static final byte[] WEIGHTS = LocalHub.bytes(1, SIZE);
  private static final byte[] OTHER = LocalHub.bytes(2, SIZE);
  private static final String AT_COMMIT = LocalHub.MODEL + "@" + LocalHub.COMMIT;
  private static final String CONTENT = "content GET model.safetensors";
  private static final String HUB = "hub HEAD model.safetensors";

  @TempDir private Path cache;
  private final LocalHub hub = LocalHub.withModel(WEIGHTS);
  private HubSettings settings;
  private Path weights;
  private Path part;

  @BeforeEach
  void locate() {
    settings = hub.settings(cache);
    weights = cache.resolve("hub/acme--tiny").resolve(LocalHub.COMMIT).resolve("model.safetensors");
    part = weights.resolveSibling("model.safetensors.part");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void cutConnectionIsResumedAndOnlyTheRestIsSent() throws IOException {
    hub.onNext(CONTENT, hub.cutAfter(100_000));
    hub.onNext(CONTENT, hub.cutAfter(50_000));
    List<String> events = new ArrayList<>();
    List<Long> progress = new ArrayList<>();
    fetch(new Recorder(progress, events));

    assertThat(weights).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(CONTENT))
        .extracting(seen -> seen.header("Range"))
        .containsExactly(null, "bytes=100000-", "bytes=150000-");
    assertThat(hub.seen(CONTENT))
        .extracting(seen -> seen.header("If-Range"))
        .containsExactly(null, LocalHub.etag(WEIGHTS), LocalHub.etag(WEIGHTS));
    assertThat(events).hasSize(3);
    assertThat(events.get(0)).contains("model.safetensors broke off after 100000 of 300000 bytes");
    assertThat(events.get(1)).contains("model.safetensors broke off after 150000 of 300000 bytes");
    assertThat(events.get(2)).isEqualTo("checking model.safetensors");
    assertThat(progress).isSorted().endsWith((long) SIZE);
    assertThat(part).doesNotExist();
    assertThat(weights.resolveSibling("model.safetensors.part.etag")).doesNotExist();
  }

  @Test
  void everyAttemptAsksTheHubForAFreshAddress() throws IOException {
    hub.onNext(CONTENT, hub.cutAfter(100_000));
    hub.onNext(CONTENT, LocalHub.status(403)); // the address has expired
    fetch();
    assertThat(hub.seen("hub GET model.safetensors")).hasSize(3);
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void laterCallGoesOnWhereAnEarlierOneGaveUp() throws IOException {
    settings = settings.withRetryDelays(List.of());
    hub.onNext(CONTENT, hub.cutAfter(200_000));
    assertFailure(this::fetch, Reason.UNREACHABLE)
        .hasMessageContaining("1 attempt:")
        .hasMessageContaining("200000 of 300000");
    assertThat(part).hasSize(200_000);
    assertThat(weights).doesNotExist();

    fetch();
    assertThat(hub.seen(CONTENT).get(1).header("Range")).isEqualTo("bytes=200000-");
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void serverThatIgnoresRangesMakesItStartOver() throws IOException {
    writePart(OTHER, 100_000);
    hub.onNext(CONTENT, exchange -> LocalHub.send(exchange, 200, WEIGHTS));
    fetch();
    assertThat(hub.seen(CONTENT)).hasSize(1);
    assertThat(hub.seen(CONTENT).get(0).header("Range")).isEqualTo("bytes=100000-");
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void contentThatChangedMeanwhileIsSentWhole() throws IOException {
    writePart(OTHER, 100_000);
    Files.writeString(part.resolveSibling("model.safetensors.part.etag"), LocalHub.etag(OTHER));
    fetch();
    assertThat(hub.seen(CONTENT)).hasSize(1);
    assertThat(hub.seen(CONTENT).get(0).header("If-Range")).isEqualTo(LocalHub.etag(OTHER));
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void beginningThatDoesNotBelongIsFoundByTheHashAndReplaced() throws IOException {
    writePart(OTHER, 100_000);
    fetch();
    assertThat(hub.seen(CONTENT))
        .extracting(seen -> seen.header("Range"))
        .containsExactly("bytes=100000-", null);
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void damagedValidatorIsNotSent() throws IOException {
    writePart(WEIGHTS, 100_000);
    Files.write(part.resolveSibling("model.safetensors.part.etag"), new byte[] {'"', 0, -1, '"'});
    fetch();
    assertThat(hub.seen(CONTENT).get(0).header("If-Range")).isNull();
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void partLargerThanTheFileIsThrownAway() throws IOException {
    writePart(Arrays.copyOf(WEIGHTS, SIZE + 5), SIZE + 5);
    fetch();
    assertThat(hub.seen(CONTENT)).extracting(seen -> seen.header("Range")).containsOnlyNulls();
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void partThatIsCompleteNeedsOnlyItsName() throws IOException {
    writePart(WEIGHTS, SIZE);
    fetch();
    assertThat(hub.seen(CONTENT)).isEmpty();
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void partThatIsCompleteButWrongIsReplaced() throws IOException {
    writePart(OTHER, SIZE);
    fetch();
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "416 bytes */300000",
        "206 bytes 99999-299999/300000",
        "206 bytes 100000-299999/300001",
        "206 nonsense"
      })
  void serverThatCannotContinueMakesItStartOver(String answer) throws IOException {
    writePart(WEIGHTS, 100_000);
    int status = Integer.parseInt(answer.substring(0, 3));
    hub.onNext(CONTENT, LocalHub.status(status, "Content-Range", answer.substring(4)));
    fetch();
    assertThat(hub.seen(CONTENT))
        .extracting(seen -> seen.header("Range"))
        .containsExactly("bytes=100000-", null);
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void wrongContentGetsNoName() {
    hub.onEvery(CONTENT, exchange -> LocalHub.send(exchange, 200, OTHER));
    assertFailure(this::fetch, Reason.WRONG_CONTENT)
        .hasMessageContaining("expected SHA-256 " + LocalHub.sha256(WEIGHTS))
        .hasMessageContaining("got " + LocalHub.sha256(OTHER))
        .hasMessageContaining("announced by the hub");
    assertThat(hub.seen(CONTENT)).as("in one piece, so no second attempt").hasSize(1);
    assertThat(weights).doesNotExist();
    assertThat(part).doesNotExist();
    assertThat(weights.resolveSibling("patchcast.json")).doesNotExist();
  }

  @Test
  void wrongContentOnABadLinkEndsAsWell() {
    hub.onEvery(
        CONTENT,
        exchange -> {
          hub.put(LocalHub.MODEL, "model.safetensors", OTHER);
          boolean first = exchange.getRequestHeaders().getFirst("Range") == null;
          hub.cutAfter(first ? 100_000 : 200_000).to(exchange);
        });
    hub.onEvery(
        HUB,
        LocalHub.status(
            302,
            "X-Linked-Etag",
            "\"" + LocalHub.sha256(WEIGHTS) + "\"",
            "X-Linked-Size",
            Integer.toString(SIZE),
            "Location",
            "http://127.0.0.1:1/"));
    assertFailure(this::fetch, Reason.WRONG_CONTENT);
    assertThat(hub.seen(CONTENT)).hasSize(4);
    assertThat(weights).doesNotExist();
  }

  @Test
  void wrongSizeIsSeenBeforeTheContent() {
    hub.onEvery(CONTENT, exchange -> LocalHub.send(exchange, 200, new byte[SIZE - 1]));
    assertFailure(this::fetch, Reason.WRONG_CONTENT)
        .hasMessageContaining("expected 300000 bytes, got 299999");
  }

  @Test
  void contentWithoutEndIsStopped() {
    hub.onEvery(
        CONTENT,
        exchange -> {
          exchange.sendResponseHeaders(200, 0); // chunked
          for (int i = 0; i < 1000; i++) {
            exchange.getResponseBody().write(WEIGHTS);
          }
        });
    assertFailure(this::fetch, Reason.WRONG_CONTENT).hasMessageContaining("expected 300000 bytes");
    assertThat(weights).doesNotExist();
  }

  @Test
  void contentWithoutLengthThatEndsEarlyIsResumed() throws IOException {
    hub.onNext(
        CONTENT,
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(WEIGHTS, 0, 1000);
        });
    fetch();
    assertThat(hub.seen(CONTENT).get(1).header("Range")).isEqualTo("bytes=1000-");
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  @Timeout(10)
  void silentServerIsLeft() throws IOException {
    settings = settings.withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(200));
    CountDownLatch end = new CountDownLatch(1);
    hub.onNext(
        CONTENT,
        exchange -> {
          exchange.sendResponseHeaders(200, SIZE);
          exchange.getResponseBody().write(WEIGHTS, 0, 1000);
          exchange.getResponseBody().flush();
          await(end);
        });
    hub.onNext(HUB, exchange -> await(end)); // not even headers
    List<String> events = new ArrayList<>();
    fetch(new Recorder(new ArrayList<>(), events));
    end.countDown();
    assertThat(events).hasSize(3);
    assertThat(events.get(1)).contains("after 1000 of 300000 bytes: no data for 200 ms");
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void badLinkThatMovesOnIsNotGivenUp() throws IOException {
    byte[] large = LocalHub.bytes(3, 6 << 20);
    hub.put(LocalHub.MODEL, "model.safetensors", large);
    settings = settings.withRetryDelays(List.of(Duration.ofMillis(1), Duration.ofMillis(1)));
    for (int i = 0; i < 5; i++) {
      hub.onNext(CONTENT, hub.cutAfter(1 << 20));
    }
    fetch();
    assertThat(hub.seen(CONTENT)).hasSize(6);
    assertThat(weights).hasBinaryContent(large);
  }

  @Test
  void deadLinkIsGivenUp() {
    hub.onEvery(CONTENT, hub.cutAfter(10));
    assertFailure(this::fetch, Reason.UNREACHABLE)
        .hasMessageContaining("4 attempts in a row")
        .hasMessageContaining("after 40 of 300000");
    assertThat(hub.seen(CONTENT)).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void busyHubIsAskedAgain(int status) throws IOException {
    hub.onNext("hub HEAD config.json", LocalHub.status(status));
    hub.onNext("hub GET config.json", LocalHub.status(status));
    hub.onNext(HUB, LocalHub.status(status));
    hub.onNext(CONTENT, LocalHub.status(status));
    fetch();
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void hubThatFailsForEverIsGivenUp() {
    hub.onEvery(HUB, LocalHub.status(500));
    assertFailure(this::fetch, Reason.UNREACHABLE)
        .hasMessageContaining("4 attempts")
        .hasMessageContaining("500")
        .hasMessageContaining(hub.endpoint().toString());
    assertThat(hub.seen(HUB)).hasSize(4);
  }

  @Test
  void retryAfterIsWaitedFor() throws IOException {
    hub.onNext(HUB, LocalHub.status(429, "Retry-After", "1"));
    fetch();
    List<Seen> asked = hub.seen(HUB);
    assertThat(Duration.ofNanos(asked.get(1).nanoTime() - asked.get(0).nanoTime()))
        .isBetween(Duration.ofMillis(990), Duration.ofSeconds(10));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Retry-After: 3600", "RateLimit: \"resolvers\";r=0;t=3600", "date"})
  void patienceHasALimit(String header) {
    String[] pair = header.split(": ", 2);
    if (header.equals("date")) {
      ZonedDateTime later = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(3602);
      pair = new String[] {"Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(later)};
    }
    hub.onNext(HUB, LocalHub.status(429, pair));
    assertFailure(this::fetch, Reason.UNREACHABLE)
        .hasMessageContaining("429")
        .hasMessageContaining("asks to wait 360")
        .hasMessageContaining("the limit is 300 s")
        .hasMessageContaining("HF_TOKEN");
    assertThat(hub.seen(HUB)).hasSize(1);
  }

  @Test
  void nobodyListeningIsUnreachable() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    settings = settings.withEndpoint(URI.create("http://127.0.0.1:" + port));
    assertFailure(this::fetch, Reason.UNREACHABLE)
        .hasMessageContaining("127.0.0.1:" + port)
        .hasMessageContaining("connection refused");
  }

  @Test
  void unexpectedStatusIsNotTriedAgain() {
    hub.onEvery(HUB, LocalHub.status(418));
    assertFailure(this::fetch, Reason.BAD_ANSWER).hasMessageContaining("418");
    assertThat(hub.seen(HUB)).hasSize(1);
  }

  @Test
  void redirectsWithoutEndAreStopped() {
    hub.onEvery(
        "hub GET model.safetensors", LocalHub.status(302, "Location", "/a/model.safetensors"));
    assertFailure(this::fetch, Reason.BAD_ANSWER).hasMessageContaining("more than 10 redirects");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "file:///etc/passwd", "ftp://host/x", "mailto:x", "http://", "ht tp:"})
  void redirectOutOfTheWebIsRefused(String location) {
    hub.onEvery("hub GET model.safetensors", LocalHub.status(302, "Location", location));
    assertFailure(this::fetch, Reason.BAD_ANSWER).hasMessageContaining("redirects to something");
  }

  @Test
  void redirectFromEncryptedToPlainIsRefused() throws ModelHubException {
    URI from = URI.create("https://hub.example/a/b");
    assertThatThrownBy(
            () ->
                HubConnection.redirectTarget(
                    from, location("http://cdn.example/x?Signature=s3cret")))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("hub.example redirects from https to unencrypted http")
        .hasMessageContaining("cdn.example")
        .hasMessageNotContaining("s3cret");
    assertThat(HubConnection.redirectTarget(from, location("https://cdn.example/x")))
        .hasToString("https://cdn.example/x");
    assertThat(HubConnection.redirectTarget(from, location("/x")))
        .hasToString("https://hub.example/x");
    assertThat(HubConnection.redirectTarget(URI.create("http://h/"), location("http://c/")))
        .hasToString("http://c/");
  }

  @Test
  void interruptedDownloadKeepsWhatItHas() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    hub.onNext(
        CONTENT,
        exchange -> {
          exchange.sendResponseHeaders(200, SIZE);
          exchange.getResponseBody().write(WEIGHTS, 0, 1000);
          exchange.getResponseBody().flush();
          await(end);
        });
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                fetch(
                    (bytes, total) -> {
                      if (bytes >= 1000) {
                        sent.countDown();
                      }
                    });
              } catch (Exception e) {
                failure.set(e);
                flag.set(Thread.currentThread().isInterrupted());
              }
            });
    thread.start();
    await(sent);
    thread.interrupt();
    thread.join(20_000);
    end.countDown();
    assertThat(flag).hasValue(true);
    assertFailure(
        () -> {
          throw failure.get();
        },
        Reason.INTERRUPTED);
    assertThat(part).hasSize(1000);
    fetch();
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  private void fetch() throws ModelHubException {
    fetch(ProgressListener.NONE);
  }

  private void fetch(ProgressListener listener) throws ModelHubException {
    ModelHub.of(settings).fetch(AT_COMMIT, listener);
  }

  private void writePart(byte[] bytes, int count) throws IOException {
    Files.createDirectories(part.getParent());
    Files.write(part, Arrays.copyOf(bytes, count));
  }

  private static HttpHeaders location(String value) {
    return HttpHeaders.of(
        Map.of("Location", Collections.singletonList(value)), (name, text) -> true);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Notes down what it hears. */
  private record Recorder(List<Long> progress, List<String> events) implements ProgressListener {
    @Override
    public void downloaded(long downloadedBytes, long totalBytes) {
      assertThat(totalBytes).isEqualTo(SIZE);
      progress.add(downloadedBytes);
    }

    @Override
    public void checking(String fileName) {
      events.add("checking " + fileName);
    }

    @Override
    public void retrying(String reason, Duration delay) {
      events.add(reason);
    }
  }
}
