package io.patchcast.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.patchcast.hub.HubSettings;
import io.patchcast.hub.ModelHubException;
import io.patchcast.hub.ProgressListener;
import io.patchcast.hub.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets from a real HTTPS server with a certificate of its own, on loopback. */
class DatasetFetchTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final long SEED = 7;

  @TempDir private static Path shared;
  private static Path keyStore;

  @TempDir private Path folder;
  private final Map<String, byte[]> contents = new HashMap<>();
  private final Map<String, Queue<Answer>> next = new HashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private SSLContext trustBefore;
  private HttpsServer server;
  private DatasetCache cache;

  /** Answers one request in place of the server. */
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  @BeforeAll
  static void makeCertificate() throws Exception {
    keyStore = shared.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                keyStore.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(shared.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(keytool.exitValue()).as(Files.readString(shared.resolve("keytool.log"))).isZero();
  }

  @BeforeEach
  void start() throws Exception {
    SSLContext context = context();
    trustBefore = SSLContext.getDefault();
    SSLContext.setDefault(context);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext("/", this::answer);
    server.start();
    cache =
        new DatasetCache(
            HubSettings.defaults(folder.resolve("cache"))
                .withTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(20))
                .withRetryDelays(List.of(Duration.ofMillis(1), Duration.ofMillis(2))));
  }

  @AfterEach
  void stop() {
    server.stop(0);
    SSLContext.setDefault(trustBefore);
  }

  private static SSLContext context() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keyStore)) {
      store.load(in, PASSWORD);
    }
    // A store to trust holds certificates, not keys.
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", store.getCertificate("server"));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(path + (range == null ? "" : " " + range));
    Answer scripted = next.getOrDefault(path, new ArrayDeque<>()).poll();
    if (scripted != null) {
      scripted.to(exchange);
    } else if (contents.containsKey(path)) {
      send(exchange, contents.get(path), Integer.MAX_VALUE);
    } else {
      status(404).to(exchange);
    }
    exchange.close();
  }

  /** Sends what was asked for, or its beginning. */
  private static void send(HttpExchange exchange, byte[] content, int most) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    if (range != null) {
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.getResponseHeaders().add("ETag", "\"v1\"");
    exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
    OutputStream out = exchange.getResponseBody();
    out.write(content, from, Math.min(most, content.length - from));
    out.flush();
  }

  private static Answer status(int status, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  private void onNext(String path, Answer... answers) {
    next.put(path, new ArrayDeque<>(List.of(answers)));
  }

  /** A file on the server; the entry has its hash. */
  private DatasetEntry.DataFile file(String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(SEED + name.hashCode()).nextBytes(content);
    contents.put("/" + name, content);
    Path copy = Files.write(folder.resolve("copy"), content);
    return new DatasetEntry.DataFile(
        name,
        "https://localhost:" + server.getAddress().getPort() + "/" + name,
        bytes,
        Sha256.of(copy),
        "wide");
  }

  private static DatasetEntry entry(DatasetEntry.DataFile... files) {
    DatasetEntry like = DatasetManifest.entry("us_births");
    return new DatasetEntry(
        "test",
        like.title(),
        like.source(),
        like.domain(),
        like.licence(),
        List.of(files),
        null,
        like.step(),
        like.timeZone(),
        like.columns(),
        like.season(),
        like.protocols(),
        like.citation(),
        null);
  }

  private Path kept(String name) {
    return folder.resolve("cache/datasets/test").resolve(name);
  }

  @Test
  void bringsAllFilesWhateverTheServerDoesInBetween() throws Exception {
    DatasetEntry entry = entry(file("a.csv", 200_000), file("b.csv", 1000), file("c.csv", 1000));
    onNext("/a.csv", exchange -> send(exchange, contents.get("/a.csv"), 50_000));
    onNext("/b.csv", status(503, "Retry-After", "0"), status(429));
    contents.put("/elsewhere", contents.get("/c.csv"));
    onNext("/c.csv", status(302, "Location", "/elsewhere"));
    cache.fetch(entry, ProgressListener.NONE);
    assertThat(cache.verify(entry))
        .extracting(DatasetCache.Check::state)
        .containsOnly(DatasetCache.State.OK);
    assertThat(requests)
        .as("a broken download goes on where it stopped")
        .containsExactly(
            "/a.csv", "/a.csv bytes=50000-", "/b.csv", "/b.csv", "/b.csv", "/c.csv", "/elsewhere");
    cache.fetch(entry, ProgressListener.NONE);
    assertThat(requests).as("what is there is not fetched again").hasSize(7);
  }

  @Test
  void anotherContentIsRefusedAndTheFilesBeforeItAreKept() throws Exception {
    DatasetEntry entry = entry(file("a.csv", 1000), file("b.csv", 1000));
    contents.get("/b.csv")[999] ^= 1;
    assertThatThrownBy(() -> cache.fetch(entry, ProgressListener.NONE))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("b.csv of data set test")
        .hasMessageContaining(entry.files().get(1).sha256());
    assertThat(kept("a.csv")).hasBinaryContent(contents.get("/a.csv"));
    assertThat(kept("b.csv")).doesNotExist();
    assertThat(cache.isHere(entry)).isFalse();
  }

  @Test
  void aFileThatIsGoneAndAServerThatNeverServesAreTold() throws Exception {
    DatasetEntry gone = entry(file("gone.csv", 10));
    contents.remove("/gone.csv");
    assertThatThrownBy(() -> cache.fetch(gone, ProgressListener.NONE))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("gone.csv");
    DatasetEntry busy = entry(file("busy.csv", 10));
    onNext("/busy.csv", status(503), status(503), status(503), status(503));
    assertThatThrownBy(() -> cache.fetch(busy, ProgressListener.NONE))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("503");
    assertThat(requests).as("one attempt more than there are delays").hasSize(4);
    assertThat(kept("busy.csv")).doesNotExist();
  }

  @Test
  void aCertificateThatNobodyVouchesForIsRefused() throws Exception {
    SSLContext.setDefault(trustBefore);
    DatasetEntry entry = entry(file("a.csv", 10));
    assertThatThrownBy(() -> cache.fetch(entry, ProgressListener.NONE))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("no TLS connection to localhost")
        .hasMessageContaining("-Djavax.net.ssl.trustStore");
    assertThat(requests).isEmpty();
  }
}
