package io.patchcast.serving.http;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.util.JavalinBindException;
import io.patchcast.serving.ServedModels;
import io.patchcast.serving.ServiceSettings;
import io.patchcast.serving.queue.ForecastQueue;
import io.patchcast.serving.queue.QueueListener;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The forecast service, listening.
 *
 * <p>Live at once; ready when its models have forecast what they should. Ends with {@link #drain}
 * or {@link #close}; the models stay the caller's to close.
 */
public final class ForecastServer implements AutoCloseable {
  private static final int MOST_THREADS = 200;

  /** One pass of the vector backend. */
  private static final int BATCH_TOKENS = 240;

  /** Beyond the time that a forecast may take; then a silent connection is closed. */
  private static final Duration IDLE_SLACK = Duration.ofSeconds(30);

  /** Memory beside the heap, as a share of it, for requests and answers in Arrow. */
  private static final double ARROW_SHARE = 0.5;

  private final ServiceSettings settings;
  private final Lifecycle lifecycle = new Lifecycle();
  private final OpenExchanges open = new OpenExchanges();
  private final ServiceMetrics metrics = new ServiceMetrics();
  private final ServiceLog log;
  private final ForecastQueue queue;
  private final BufferAllocator memory =
      new RootAllocator((long) (ARROW_SHARE * Runtime.getRuntime().maxMemory()));
  private final Javalin javalin;

  private ForecastServer(ServiceSettings settings, ServedModels models, PrintStream out) {
    this.settings = settings;
    this.log = new ServiceLog(out, metrics, open);
    TokenGuard guard = settings.tokenFile() == null ? null : new TokenGuard(settings.tokenFile());
    this.queue =
        new ForecastQueue(
            settings.requestCapacity(), settings.pointCapacity(), BATCH_TOKENS, new Batches());
    metrics.watch(queue, lifecycle, memory);
    QueuedThreadPool threads = new QueuedThreadPool(MOST_THREADS);
    threads.setName("http");
    threads.setDaemon(true);
    Problems problems = new Problems(log, settings.limits().bodyBytes());
    Routes routes =
        new Routes(
            new ForecastEndpoint(
                settings, models, queue, lifecycle, open, metrics, problems, memory, threads),
            models,
            lifecycle,
            metrics,
            guard);
    this.javalin =
        Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.startup.showOldJavalinVersionWarning = false;
              config.startup.startupWatcherEnabled = false;
              config.http.compressionStrategy = CompressionStrategy.NONE;
              config.http.prefer405over404 = true;
              config.http.asyncTimeout = 0; // requests have a timeout of their own
              config.jetty.threadPool = threads;
              config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
              config.jetty.addConnector(
                  (server, http) -> {
                    ServerConnector connector =
                        new ServerConnector(server, new HttpConnectionFactory(http));
                    connector.setHost(settings.host());
                    connector.setPort(settings.port());
                    connector.setIdleTimeout(settings.timeout().plus(IDLE_SLACK).toMillis());
                    return connector;
                  });
              config.jetty.modifyServer(server -> arrange(server, problems));
              problems.addTo(config.routes);
              routes.addTo(config.routes);
            });
  }

  private void arrange(Server server, Problems problems) {
    server.setErrorHandler(problems);
    server.setRequestLog(log);
  }

  /**
   * Starts to listen, and to check the models.
   *
   * @param log takes a line per request
   * @throws IllegalArgumentException if there is no token in the file
   * @throws UncheckedIOException if it cannot listen there
   */
  public static ForecastServer start(
      ServiceSettings settings, ServedModels models, PrintStream log) {
    ForecastServer server = new ForecastServer(settings, models, log);
    try {
      server.javalin.start();
    } catch (JavalinBindException e) {
      server.close();
      throw new UncheckedIOException(
          new IOException(
              "cannot listen at " + settings.host() + ":" + settings.port() + ": " + e.getMessage(),
              e));
    }
    Thread check = new Thread(() -> server.check(models), "golden-check");
    check.setDaemon(true);
    check.start();
    return server;
  }

  private void check(ServedModels models) {
    lifecycle.check(models.all());
    if (lifecycle.ready() == 1) {
      log.say("info", "ready", "listening at " + settings.host() + ":" + port());
    } else {
      lifecycle.faults().forEach(fault -> log.say("error", "not_ready", fault));
    }
  }

  /** Whether an address is reached from this machine only. */
  public static boolean isLocal(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("host must be a known name or an address, got " + host, e);
    }
  }

  /** The port it listens at. */
  public int port() {
    return javalin.port();
  }

  /** Method and path of every route. */
  List<String> routes() {
    return javalin.unsafe.internalRouter.allHttpHandlers().stream()
        .map(parsed -> parsed.endpoint)
        .filter(endpoint -> endpoint.method.isHttpMethod())
        .map(endpoint -> endpoint.method.name() + " " + endpoint.path)
        .toList();
  }

  /**
   * Ends the service: from now on it is not ready and takes no more forecasts; what it has is
   * finished, within the drain timeout.
   *
   * @return requests that were left without an answer
   */
  public int drain() throws InterruptedException {
    lifecycle.drain();
    log.say("info", "draining", queue.requestCount() + " requests to finish");
    int left = open.awaitNone(settings.drainTimeout());
    close();
    log.say(left == 0 ? "info" : "error", "stopped", left + " requests left without an answer");
    return left;
  }

  /** Stops at once. */
  @Override
  public void close() {
    lifecycle.drain();
    queue.close();
    javalin.stop();
    metrics.close();
    if (memory.getAllocatedMemory() == 0) {
      memory.close();
    } else {
      log.say("error", "memory", "Arrow buffers were not released: " + memory.toVerboseString());
    }
  }

  private final class Batches implements QueueListener {
    @Override
    public void batch(int requestCount, int seriesCount, double seconds) {
      metrics.batch(requestCount, seriesCount, Duration.ofNanos((long) (seconds * 1e9)));
    }

    @Override
    public void failed(Throwable failure) {
      log.fault(failure, "batch");
    }
  }
}
