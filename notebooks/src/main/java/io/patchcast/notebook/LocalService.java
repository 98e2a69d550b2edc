package io.patchcast.notebook;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A service of one's own on a free port of this machine: {@code patchcast serve} in a process of
 * its own, which ends with {@link #close} and at the latest with this JVM.
 *
 * <p>Safe for use by any number of threads.
 */
public final class LocalService implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening at (http://\\S+)");
  private static final int SECONDS_TO_START = 150;
  private static final int SECONDS_TO_END = 40;
  private static final int LINES_KEPT = 20;
  private static final int MILLIS_BETWEEN_QUESTIONS = 50;
  private static final int HTTP_OK = 200;

  private final Process process;
  private final Thread endWithThisJvm;
  private final CompletableFuture<URI> listening = new CompletableFuture<>();
  private final Deque<String> lastLines = new ArrayDeque<>();

  private LocalService(Process process) {
    this.process = process;
    this.endWithThisJvm = new Thread(process::destroy, "end of the service");
  }

  /**
   * Starts a service and waits until it is ready.
   *
   * @param options further options of {@code patchcast serve}, such as {@code --model}
   * @throws IllegalStateException if it does not come up; says what it said
   */
  public static LocalService start(String... options) {
    Path launcher = Path.of(System.getProperty("patchcast.root", "."), "patchcast");
    if (!Files.isExecutable(launcher)) {
      throw new IllegalStateException(
          "expected the launcher of Patchcast, found none at "
              + launcher.toAbsolutePath().normalize()
              + " (the system property patchcast.root says where the repository is)");
    }
    List<String> command = new ArrayList<>(List.of(launcher.toString(), "serve", "--port", "0"));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      LocalService service = new LocalService(builder.start());
      Runtime.getRuntime().addShutdownHook(service.endWithThisJvm);
      Thread reader = new Thread(service::read, "log of the service");
      reader.setDaemon(true);
      reader.start();
      service.awaitReady();
      return service;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader log = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = log.readLine(); line != null; line = log.readLine()) {
        keep(line);
        Matcher matcher = LISTENING.matcher(line);
        if (matcher.find()) {
          listening.complete(URI.create(matcher.group(1)));
        }
      }
      listening.completeExceptionally(new IllegalStateException("it ended"));
    } catch (IOException e) {
      listening.completeExceptionally(e);
    }
  }

  private synchronized void keep(String line) {
    lastLines.add(line);
    if (lastLines.size() > LINES_KEPT) {
      lastLines.remove();
    }
  }

  /** Waits until the service listens and has checked its model. */
  private void awaitReady() {
    Instant deadline = Instant.now().plusSeconds(SECONDS_TO_START);
    try {
      URI ready = listening.get(SECONDS_TO_START, TimeUnit.SECONDS).resolve("/health/ready");
      HttpRequest request = HttpRequest.newBuilder(ready).build();
      HttpClient client = HttpClient.newHttpClient();
      while (client.send(request, BodyHandlers.discarding()).statusCode() != HTTP_OK) {
        if (Instant.now().isAfter(deadline)) {
          throw new TimeoutException("not ready after " + SECONDS_TO_START + " s");
        }
        Thread.sleep(MILLIS_BETWEEN_QUESTIONS);
      }
    } catch (ExecutionException | TimeoutException | IOException | InterruptedException e) {
      close();
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new IllegalStateException("the service did not start; it said:\n" + log(), e);
    }
  }

  /** Where something of the service is, such as {@code /v1/forecast}. */
  public URI uri(String path) {
    return listening.join().resolve(path);
  }

  /** The last lines of its log: one per request. */
  public synchronized String log() {
    return String.join("\n", lastLines);
  }

  /** Lets the service finish what it has and ends it. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Runtime.getRuntime().removeShutdownHook(endWithThisJvm);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IllegalStateException e) {
      // This JVM is ending, and the hook is at work.
    }
  }

  /** Where it listens. */
  @Override
  public String toString() {
    return "patchcast serve at " + uri("/");
  }
}
