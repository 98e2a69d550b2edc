package io.patchcast.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One cache under several threads and several JVMs. */
@Timeout(60)
class ModelHubSharingTest {
  private static final int SIZE = 300_000;
  private static final byte[] WEIGHTS = LocalHub.bytes(1, SIZE);
  private static final String AT_COMMIT = LocalHub.MODEL + "@" + LocalHub.COMMIT;
  private static final String CONTENT = "content GET model.safetensors";

  @TempDir private Path cache;
  private final LocalHub hub = LocalHub.withModel(WEIGHTS);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    hub.close();
    threads.shutdownNow();
  }

  @Test
  void threadsDownloadOnceWhicheverHubObjectTheyUse() throws Exception {
    CountDownLatch othersWait = new CountDownLatch(3);
    hub.onNext(
        CONTENT,
        exchange -> {
          await(othersWait);
          LocalHub.send(exchange, 200, WEIGHTS);
        });
    List<Future<Path>> fetched = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Callable<Path> fetch =
          () -> ModelHub.of(hub.settings(cache)).fetch(AT_COMMIT, new Waiting(othersWait));
      fetched.add(threads.submit(fetch));
    }
    HashSet<Path> directories = new HashSet<>();
    for (Future<Path> future : fetched) {
      directories.add(future.get());
    }
    assertThat(directories).hasSize(1);
    assertThat(hub.seen(CONTENT)).hasSize(1);
    assertThat(hub.seen("hub HEAD config.json")).as("one question, redirected once").hasSize(2);
  }

  @Test
  void anotherProcessWaitsAndUsesWhatThisOneDownloads() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch otherWaits = new CountDownLatch(1);
    hub.onNext(
        CONTENT,
        exchange -> {
          asked.countDown();
          await(otherWaits);
          LocalHub.send(exchange, 200, WEIGHTS);
        });
    Future<Path> here = threads.submit(() -> ModelHub.of(hub.settings(cache)).fetch(AT_COMMIT));
    await(asked);
    // A file lock belongs to the JVM: a thread that gives up waiting must not give it away.
    CountDownLatch threadWaits = new CountDownLatch(1);
    Future<Path> impatient =
        threads.submit(
            () -> ModelHub.of(hub.settings(cache)).fetch(AT_COMMIT, new Waiting(threadWaits)));
    await(threadWaits);
    impatient.cancel(true);
    Process process = start();
    try (BufferedReader out = output(process)) {
      assertThat(out.readLine()).isEqualTo("waiting");
      otherWaits.countDown();
      assertThat(out.readLine()).isEqualTo("fetched " + here.get());
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly();
    }
    assertThat(hub.seen(CONTENT)).hasSize(1);
    assertThat(here.get().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void downloadOfAKilledProcessIsTakenUp() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    hub.onNext(
        CONTENT,
        exchange -> {
          exchange.getResponseHeaders().add("ETag", LocalHub.etag(WEIGHTS));
          exchange.sendResponseHeaders(200, SIZE);
          exchange.getResponseBody().write(WEIGHTS, 0, 100_000);
          exchange.getResponseBody().flush();
          await(end);
        });
    Process process = start();
    CountDownLatch thisWaits = new CountDownLatch(1);
    Future<Path> here;
    try (BufferedReader out = output(process)) {
      String line = out.readLine();
      while (!"downloaded 100000".equals(line)) {
        assertThat(line).as("output up to the kill").isNotNull();
        line = out.readLine();
      }
      here =
          threads.submit(
              () -> ModelHub.of(hub.settings(cache)).fetch(AT_COMMIT, new Waiting(thisWaits)));
      await(thisWaits);
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(here.get(20, TimeUnit.SECONDS).resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
    end.countDown();
    assertThat(hub.seen(CONTENT))
        .extracting(seen -> seen.header("Range"))
        .containsExactly(null, "bytes=100000-");
    assertThat(hub.seen(CONTENT).get(1).header("If-Range")).isEqualTo(LocalHub.etag(WEIGHTS));
  }

  private Process start() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Fetch.class.getName(),
            hub.endpoint().toString(),
            cache.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static BufferedReader output(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the other process does. */
  static final class Fetch {
    public static void main(String[] args) throws IOException {
      HubSettings settings =
          HubSettings.defaults(Path.of(args[1])).withEndpoint(URI.create(args[0]));
      Path directory =
          ModelHub.of(settings)
              .fetch(
                  AT_COMMIT,
                  new ProgressListener() {
                    @Override
                    public void downloaded(long downloadedBytes, long totalBytes) {
                      System.out.println("downloaded " + downloadedBytes);
                    }

                    @Override
                    public void waiting(Path lockFile) {
                      System.out.println("waiting");
                    }
                  });
      System.out.println("fetched " + directory);
    }
  }

  /** Counts those who have to wait. */
  private record Waiting(CountDownLatch latch) implements ProgressListener {
    @Override
    public void downloaded(long downloadedBytes, long totalBytes) {}

    @Override
    public void waiting(Path lockFile) {
      latch.countDown();
    }
  }
}
