package io.patchcast.serving.bench;

import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many series a second go through the service, as a share of what the core forecasts in one
 * large request on the same machine in the same run.
 *
 * <p>Starts {@code patchcast serve} and measures by turns, the others idle: the core in this
 * process; 64 clients, each with one request at a time of 16 series of 512 points, horizon 96, in
 * JSON; the same in Arrow. The clients share the processors with the service and are part of the
 * loss. Prints a line of JSON per protocol, of medians over the rounds.
 *
 * <p>{@code ServingBenchmark LAUNCHER ROUNDS SECONDS}
 */
public final class ServingBenchmark {
  private static final int CLIENT_COUNT = 64;
  private static final int SERIES_PER_REQUEST = 16;
  private static final int CONTEXT_LENGTH = 512;
  private static final int HORIZON = 96;
  private static final int SERIES_IN_CORE_REQUEST = 1_024;
  private static final Instant START = Instant.parse("2026-11-22T00:00:00Z");

  private final String url;
  private final ProcessHandle service;
  private final double seconds;
  private final List<List<TimeSeries>> inputs = new ArrayList<>();

  private ServingBenchmark(String url, ProcessHandle service, double seconds) {
    this.url = url;
    this.service = service;
    this.seconds = seconds;
    Random random = new Random(1);
    for (int client = 0; client < CLIENT_COUNT; client++) {
      List<TimeSeries> series = new ArrayList<>();
      for (int i = 0; i < SERIES_PER_REQUEST; i++) {
        double[] values = new double[CONTEXT_LENGTH];
        for (int t = 0; t < values.length; t++) {
          // Two decimals, as metrics have.
          values[t] =
              Math.round(100 * (50 + 20 * Math.sin(t / 9.0 + i) + random.nextGaussian())) / 100.0;
        }
        series.add(
            TimeSeries.of(
                "client" + client + "-" + i, START, Step.of(Duration.ofMinutes(1)), values));
      }
      inputs.add(series);
    }
  }

  private record Measured(double seriesPerSecond, double cpus, double clientCpus) {
    double seriesPerCpuSecond() {
      return seriesPerSecond / cpus;
    }
  }

  /** Runs the benchmark. */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[1]);
    double seconds = Double.parseDouble(arguments[2]);
    Process process =
        new ProcessBuilder(arguments[0], "serve", "--port", "0")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      BufferedReader log = process.errorReader(StandardCharsets.UTF_8);
      String url = null;
      for (String line; (line = log.readLine()) != null && !line.contains("event=ready"); ) {
        url = line.contains("listening at http") ? line.substring(line.indexOf("http")) : url;
      }
      Thread drain =
          new Thread(
              () -> {
                try {
                  while (log.readLine() != null) {
                    // One line per request, which nobody reads here.
                  }
                } catch (IOException e) {
                  // The service is gone.
                }
              });
      drain.setDaemon(true);
      drain.start();
      new ServingBenchmark(url + "/v1/forecast", process.toHandle(), seconds).run(rounds);
    } finally {
      process.destroy();
    }
  }

  private void run(int rounds) throws Exception {
    byte[][] json = new byte[CLIENT_COUNT][];
    byte[][] arrow = new byte[CLIENT_COUNT][];
    for (int i = 0; i < CLIENT_COUNT; i++) {
      json[i] = Bodies.json(inputs.get(i), HORIZON);
      arrow[i] = Bodies.arrow(inputs.get(i));
    }
    List<Measured> core = new ArrayList<>();
    List<Measured> inJson = new ArrayList<>();
    List<Measured> inArrow = new ArrayList<>();
    try (Forecaster forecaster = Forecaster.open(ModelSource.builtIn())) {
      // The first round warms up and does not count.
      for (int round = 0; round <= rounds; round++) {
        core.add(core(forecaster));
        inJson.add(service(json, Bodies.JSON, url));
        inArrow.add(service(arrow, Bodies.ARROW, url + "?step=1m&horizon=" + HORIZON));
      }
    }
    report("http_json", inJson.subList(1, rounds + 1), core.subList(1, rounds + 1));
    report("http_arrow", inArrow.subList(1, rounds + 1), core.subList(1, rounds + 1));
  }

  private Measured core(Forecaster forecaster) {
    List<TimeSeries> series = inputs.stream().flatMap(List::stream).toList();
    ForecastRequest request =
        ForecastRequest.of(series.subList(0, SERIES_IN_CORE_REQUEST), Horizon.steps(HORIZON));
    long count = 0;
    long cpu = cpu(ProcessHandle.current());
    long start = System.nanoTime();
    while (System.nanoTime() - start < seconds * 1e9) {
      count += forecaster.forecast(request).series().size();
    }
    double took = System.nanoTime() - start;
    return new Measured(count / (took / 1e9), (cpu(ProcessHandle.current()) - cpu) / took, 0);
  }

  private Measured service(byte[][] bodies, String type, String to) throws Exception {
    AtomicLong count = new AtomicLong();
    List<Throwable> failures = new ArrayList<>();
    long serviceCpu = cpu(service);
    long clientCpu = cpu(ProcessHandle.current());
    long start = System.nanoTime();
    List<Thread> clients = new ArrayList<>();
    for (byte[] body : bodies) {
      Thread client =
          new Thread(
              () -> {
                byte[] buffer = new byte[1 << 16];
                try {
                  while (System.nanoTime() - start < seconds * 1e9) {
                    ask(to, type, body, buffer);
                    count.addAndGet(SERIES_PER_REQUEST);
                  }
                } catch (IOException | RuntimeException e) {
                  synchronized (failures) {
                    failures.add(e);
                  }
                }
              });
      clients.add(client);
      client.start();
    }
    for (Thread client : clients) {
      client.join();
    }
    double took = System.nanoTime() - start;
    if (!failures.isEmpty()) {
      throw new IllegalStateException(failures.size() + " clients failed", failures.get(0));
    }
    return new Measured(
        count.get() / (took / 1e9),
        (cpu(service) - serviceCpu) / took,
        (cpu(ProcessHandle.current()) - clientCpu) / took);
  }

  private static void ask(String to, String type, byte[] body, byte[] buffer) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(to).toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setRequestProperty("Content-Type", type);
    connection.setRequestProperty("Accept", type);
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(body.length);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("status " + connection.getResponseCode());
    }
    try (InputStream in = connection.getInputStream()) {
      while (in.read(buffer) >= 0) {
        // Read to the end, as a client would.
      }
    }
  }

  private static long cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }

  private static void report(String name, List<Measured> found, List<Measured> core) {
    double[] shares = new double[found.size()];
    double[] cpuShares = new double[found.size()];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = found.get(i).seriesPerSecond / core.get(i).seriesPerSecond;
      cpuShares[i] = found.get(i).seriesPerCpuSecond() / core.get(i).seriesPerCpuSecond();
    }
    System.out.printf(
        Locale.ROOT,
        "{\"figure\":\"%s_share_of_core\",\"value\":%.3f,\"per_cpu_second\":%.3f,"
            + "\"series_per_second\":%.0f,\"core_series_per_second\":%.0f,\"clients\":%d,"
            + "\"rounds\":%d,\"service_cpus\":%.2f,\"client_cpus\":%.2f,\"core_cpus\":%.2f}%n",
        name,
        median(shares),
        median(cpuShares),
        median(found.stream().mapToDouble(Measured::seriesPerSecond).toArray()),
        median(core.stream().mapToDouble(Measured::seriesPerSecond).toArray()),
        CLIENT_COUNT,
        shares.length,
        median(found.stream().mapToDouble(Measured::cpus).toArray()),
        median(found.stream().mapToDouble(Measured::clientCpus).toArray()),
        median(core.stream().mapToDouble(Measured::cpus).toArray()));
  }
}
