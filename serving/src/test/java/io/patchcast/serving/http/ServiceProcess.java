package io.patchcast.serving.http;

import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelSource;
import io.patchcast.serving.RequestLimits;
import io.patchcast.serving.ServedModels;
import io.patchcast.serving.ServiceSettings;
import io.patchcast.serving.ServiceSettings.Access;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** A service in a process of its own, and a client for it. */
final class ServiceProcess implements AutoCloseable {
  static final RequestLimits LIMITS = new RequestLimits(1 << 20, 64, 100_000, 1_024);

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final List<String> log = new ArrayList<>();
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private final int port;

  /** The other process: runs a service until it is told to end. */
  public static void main(String[] arguments) throws InterruptedException {
    Properties settings = System.getProperties();
    String tokens = settings.getProperty("service.tokens");
    List<Forecaster> forecasters = new ArrayList<>();
    for (String model : arguments) {
      forecasters.add(Forecaster.open(ModelSource.parse(model)));
    }
    ForecastServer server =
        ForecastServer.start(
            new ServiceSettings(
                "127.0.0.1",
                0,
                tokens == null ? Access.ANYONE : Access.TOKEN,
                tokens == null ? null : Path.of(tokens),
                LIMITS,
                Integer.getInteger("service.queue", 256),
                Long.getLong("service.queue.points", 1_000_000),
                Duration.ofMillis(Long.getLong("service.timeout", 60_000)),
                Duration.ofMillis(Long.getLong("service.drain", 30_000))),
            new ServedModels(forecasters),
            System.err);
    System.err.println("port " + server.port());
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    Runtime.getRuntime().halt(server.drain());
                  } catch (InterruptedException e) {
                    Runtime.getRuntime().halt(-1);
                  }
                }));
    Thread.currentThread().join();
  }

  /**
   * Starts a service and waits until it listens.
   *
   * @param options options for the JVM, such as {@code -Dservice.queue=4}
   */
  ServiceProcess(List<String> options, String... models) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (option.startsWith("--add") || option.startsWith("--sun")) {
        command.add(option);
      }
    }
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-ea"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ServiceProcess.class.getName());
    command.addAll(List.of(models.length == 0 ? new String[] {"builtin"} : models));
    process = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    Thread reader = new Thread(this::readLog);
    reader.setDaemon(true);
    reader.start();
    port = Integer.parseInt(awaitLog(line -> line.startsWith("port ")).substring(5));
  }

  /** Starts a service with the built-in model and waits until it is ready. */
  static ServiceProcess ready(String... options) throws Exception {
    ServiceProcess service = new ServiceProcess(List.of(options));
    service.awaitLog(line -> line.contains("event=ready"));
    return service;
  }

  private void readLog() {
    try (BufferedReader reader = process.errorReader(StandardCharsets.UTF_8)) {
      for (String line; (line = reader.readLine()) != null; ) {
        synchronized (log) {
          log.add(line);
          log.notifyAll();
        }
      }
    } catch (IOException e) {
      // The process is gone.
    }
  }

  /** The first line of the log like this, waited for. */
  String awaitLog(Predicate<String> wanted) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    synchronized (log) {
      for (int seen = 0; ; ) {
        for (; seen < log.size(); seen++) {
          if (wanted.test(log.get(seen))) {
            return log.get(seen);
          }
        }
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0 || (!process.isAlive() && left < PATIENCE.toMillis() - 5_000)) {
          throw new TimeoutException("no such line in the log:\n" + String.join("\n", log));
        }
        log.wait(Math.min(left, 1_000));
      }
    }
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(PATIENCE);
  }

  HttpRequest.Builder forecastRequest(String body) {
    return request("/v1/forecast")
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(request(path).build());
  }

  HttpResponse<String> forecast(String body) throws Exception {
    return send(forecastRequest(body).build());
  }

  HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  HttpClient client() {
    return client;
  }

  int port() {
    return port;
  }

  /** Asks the process to end, as SIGTERM does. */
  void terminate() {
    // Not the process's own method: that would close its log as well.
    process.toHandle().destroy();
  }

  /** The exit status, waited for. */
  int exitStatus() throws Exception {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new TimeoutException("the service does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
