import com.sun.net.httpserver.HttpServer;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;

/**
 * Records the metrics of this Linux machine every ten seconds, long format: {@code time,series,value}.
 *
 * <p>Besides the machine (from {@code /proc}) it watches a small HTTP service that it runs in this JVM
 * and calls at a changing rate, so that there are garbage collections and request latencies to see.
 * A sample that comes late is written with the time at which it was taken, and one that is missed is
 * missing: the recording keeps its flaws.
 *
 * <p>Usage: {@code java RecordMachine.java OUT.csv MINUTES}
 */
final class RecordMachine {
  private static final Duration STEP = Duration.ofSeconds(10);

  private final List<Double> latenciesMillis = new ArrayList<>();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Map<Integer, byte[]> cache = new TreeMap<>();
  private Map<String, Double> previousCounters = Map.of();
  private long previousNanos;

  public static void main(String[] args) throws Exception {
    Path out = Path.of(args[0]);
    long minutes = Long.parseLong(args[1]);
    new RecordMachine().run(out, Duration.ofMinutes(minutes));
    System.exit(0);
  }

  private void run(Path out, Duration length) throws Exception {
    startService();
    counters();
    previousNanos = System.nanoTime();
    previousCounters = counters();
    Instant start = Instant.ofEpochSecond((Instant.now().getEpochSecond() / 10 + 1) * 10);
    try (BufferedWriter writer = Files.newBufferedWriter(out, StandardCharsets.UTF_8)) {
      writer.write("time,series,value\n");
      for (Instant due = start; due.isBefore(start.plus(length)); due = due.plus(STEP)) {
        long wait = Duration.between(Instant.now(), due).toMillis();
        if (wait < -STEP.toMillis() / 2) {
          continue;
        }
        Thread.sleep(Math.max(0, wait));
        for (Map.Entry<String, Double> sample : samples().entrySet()) {
          writer.write(
              String.format(Locale.ROOT, "%s,%s,%s%n", due, sample.getKey(), rounded(sample.getValue())));
        }
        writer.flush();
      }
    }
  }

  private static String rounded(double value) {
    return Math.abs(value) >= 1e5 ? Long.toString(Math.round(value)) : Double.toString(Math.round(value * 1e3) / 1e3);
  }

  /** Gauges as they are, counters as rates per second since the sample before. */
  private Map<String, Double> samples() throws IOException {
    Map<String, Double> samples = new LinkedHashMap<>();
    Map<String, Double> counters = counters();
    long nanos = System.nanoTime();
    double seconds = (nanos - previousNanos) / 1e9;
    counters.forEach((name, value) -> samples.put(name, (value - previousCounters.getOrDefault(name, value)) / seconds));
    previousCounters = counters;
    previousNanos = nanos;

    Map<String, Double> memory = keyed(Path.of("/proc/meminfo"), ":?\\s+");
    for (String key : List.of("MemAvailable", "Cached", "Dirty", "AnonPages", "Slab", "Mapped")) {
      samples.put("memory_" + key.toLowerCase(Locale.ROOT) + "_bytes", memory.get(key) * 1024);
    }
    String[] load = Files.readString(Path.of("/proc/loadavg")).split(" ");
    samples.put("load1", Double.parseDouble(load[0]));
    samples.put("processes", Double.parseDouble(load[3].split("/")[1]));
    samples.put("processes_running", keyed(Path.of("/proc/stat"), " ").get("procs_running"));
    samples.put("disk_free_bytes", (double) Path.of("/").toFile().getUsableSpace());
    var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    samples.put("jvm_heap_used_bytes", (double) heap.getUsed());
    samples.put("jvm_heap_committed_bytes", (double) heap.getCommitted());
    samples.put("jvm_threads", (double) ManagementFactory.getThreadMXBean().getThreadCount());
    double[] sorted;
    synchronized (latenciesMillis) {
      sorted = latenciesMillis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      latenciesMillis.clear();
    }
    for (int percent : new int[] {50, 90, 99}) {
      if (sorted.length > 0) {
        samples.put("request_latency_p" + percent + "_ms", sorted[(sorted.length - 1) * percent / 100]);
      }
    }
    return samples;
  }

  private Map<String, Double> counters() throws IOException {
    Map<String, Double> counters = new LinkedHashMap<>();
    for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
      String[] field = line.trim().split("\\s+");
      if (field[0].equals("cpu")) {
        String[] modes = {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};
        for (int mode = 0; mode < modes.length; mode++) {
          if (!modes[mode].equals("nice") && !modes[mode].equals("irq")) {
            counters.put("cpu_" + modes[mode] + "_percent", Double.parseDouble(field[mode + 1]));
          }
        }
      } else if (field[0].startsWith("cpu")) {
        double busy = 0;
        for (int mode : new int[] {1, 2, 3, 6, 7, 8}) {
          busy += Double.parseDouble(field[mode]);
        }
        counters.put(field[0] + "_busy_percent", busy);
      } else if (field[0].equals("ctxt")) {
        counters.put("context_switches_per_second", Double.parseDouble(field[1]));
      } else if (field[0].equals("intr")) {
        counters.put("interrupts_per_second", Double.parseDouble(field[1]));
      } else if (field[0].equals("processes")) {
        counters.put("forks_per_second", Double.parseDouble(field[1]));
      }
    }
    Map<String, Double> vm = keyed(Path.of("/proc/vmstat"), " ");
    counters.put("page_faults_per_second", vm.get("pgfault"));
    counters.put("major_page_faults_per_second", vm.get("pgmajfault"));
    double[] disk = new double[4];
    for (String line : Files.readAllLines(Path.of("/proc/diskstats"))) {
      String[] field = line.trim().split("\\s+");
      if (field[2].matches("vda|sda|nvme0n1")) {
        disk[0] += Double.parseDouble(field[5]) * 512;
        disk[1] += Double.parseDouble(field[9]) * 512;
        disk[2] += Double.parseDouble(field[12]) / 10;
        disk[3] += Double.parseDouble(field[3]) + Double.parseDouble(field[7]);
      }
    }
    counters.put("disk_read_bytes_per_second", disk[0]);
    counters.put("disk_written_bytes_per_second", disk[1]);
    counters.put("disk_busy_percent", disk[2]);
    counters.put("disk_operations_per_second", disk[3]);
    for (String line : Files.readAllLines(Path.of("/proc/net/dev"))) {
      String[] field = line.trim().split("[:\\s]+");
      if (field[0].equals("lo")) {
        counters.put("loopback_bytes_per_second", Double.parseDouble(field[1]));
      }
    }
    double collections = 0;
    double collectionMillis = 0;
    for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      collections += collector.getCollectionCount();
      collectionMillis += collector.getCollectionTime();
    }
    counters.put("jvm_gc_per_second", collections);
    counters.put("jvm_gc_ms_per_second", collectionMillis);
    counters.put("requests_per_second", (double) requests.get());
    counters.put("request_failures_per_second", (double) failures.get());
    return counters;
  }

  private static Map<String, Double> keyed(Path file, String separator) throws IOException {
    Map<String, Double> values = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      String[] field = line.trim().split(separator);
      if (field.length >= 2 && field[1].matches("\\d+")) {
        values.put(field[0], Double.parseDouble(field[1]));
      }
    }
    return values;
  }

  /** A service that compresses and caches what it is asked for, and a client whose rate breathes. */
  private void startService() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext(
        "/",
        exchange -> {
          int key = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
          byte[] body = work(key);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    int port = server.getAddress().getPort();
    Thread client = new Thread(() -> callForever(port), "client");
    client.setDaemon(true);
    client.start();
  }

  private byte[] work(int key) throws IOException {
    Random random = new Random(key);
    byte[] raw = new byte[20_000 + random.nextInt(60_000)];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = (byte) ('a' + random.nextInt(8));
    }
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(raw);
    }
    synchronized (cache) {
      cache.put(key, raw);
      if (cache.size() > 1500) {
        cache.clear();
      }
    }
    return compressed.toByteArray();
  }

  private void callForever(int port) {
    HttpClient client = HttpClient.newHttpClient();
    Random random = new Random(1);
    while (true) {
      double minute = System.nanoTime() / 60e9;
      double rate = 14 + 8 * Math.sin(2 * Math.PI * minute / 12) + 3 * Math.sin(2 * Math.PI * minute / 3);
      long start = System.nanoTime();
      try {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + random.nextInt(100_000)))
                .timeout(Duration.ofSeconds(2))
                .build();
        client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        synchronized (latenciesMillis) {
          latenciesMillis.add((System.nanoTime() - start) / 1e6);
        }
        requests.incrementAndGet();
        Thread.sleep((long) Math.max(1, -Math.log(1 - random.nextDouble()) * 1000 / rate));
      } catch (IOException e) {
        failures.incrementAndGet();
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
