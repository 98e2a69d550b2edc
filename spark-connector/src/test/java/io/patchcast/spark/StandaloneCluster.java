package io.patchcast.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;

/** Spark's own master and one worker of two cores, each a process of its own, on loopback. */
final class StandaloneCluster implements AutoCloseable {
  private final Path home;
  private final Path work;
  private final String master;
  private final List<Process> processes = new ArrayList<>();

  StandaloneCluster(Path folder) throws IOException {
    home = Packaged.sparkHome(folder);
    work = Files.createDirectories(folder.resolve("work"));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    master = "spark://127.0.0.1:" + port;
    try {
      start(
          "I have been elected leader",
          "org.apache.spark.deploy.master.Master",
          List.of("--port", "" + port));
      start(
          "Successfully registered with master",
          "org.apache.spark.deploy.worker.Worker",
          List.of("--cores", "2", "--memory", "1g", "--work-dir", work.toString(), master));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void start(String ready, String main, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Packaged.java(), "-Xmx256m"));
    command.addAll(Arrays.asList(JavaModuleOptions.defaultModuleOptionArray()));
    command.add("-Dspark.master.rest.enabled=false");
    command.addAll(
        List.of(
            "-cp", home.resolve("jars") + "/*", main, "--host", "127.0.0.1", "--webui-port", "0"));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    processes.add(process);
    CompletableFuture<Void> isReady = new CompletableFuture<>();
    StringBuilder log = new StringBuilder();
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader lines = process.inputReader(UTF_8)) {
                for (String line; (line = lines.readLine()) != null; ) {
                  log.append(line).append('\n');
                  if (line.contains(ready)) {
                    isReady.complete(null);
                  }
                }
              } catch (IOException e) {
                log.append(e);
              }
              isReady.completeExceptionally(new IllegalStateException(main + " ended: " + log));
            });
    reader.setDaemon(true);
    reader.start();
    isReady.orTimeout(60, TimeUnit.SECONDS).join();
  }

  /** Where to reach it. */
  String master() {
    return master;
  }

  /** Ends the JVMs of all executors at once, as a machine does that fails. */
  void killExecutors() {
    processes.get(1).descendants().forEach(ProcessHandle::destroyForcibly);
  }

  /** What the executors have logged, one text for each. */
  List<String> executorLogs() {
    try (Stream<Path> files = Files.walk(work)) {
      return files.filter(file -> file.endsWith("stderr")).map(StandaloneCluster::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    Packaged.unlink(home);
  }
}
