package io.patchcast.backend.cuda;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.patchcast.backend.BackendProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A driver for tests, built with g++ from {@code src/test/cpp}: it runs the PTX that ships on the
 * CPU and sees what a GPU would not tell. Loaded in place of {@code libcuda.so.1}, once per JVM.
 */
public final class Rig {
  private static final Path SOURCES = Path.of("src/test/cpp");
  private static final Path BUILD = Path.of("target/rig");
  private static final Path LIBRARY = BUILD.resolve("libcuda.so.1");
  private static final List<String> FLAGS =
      List.of(
          "-std=c++20",
          "-O3",
          "-march=native",
          "-fPIC",
          "-fno-strict-aliasing",
          "-fno-math-errno",
          "-ffp-contract=off");

  /** Loads the library on first use. */
  private static final class Loaded {
    static final boolean HERE = load();

    @SuppressWarnings("restricted") // loading a library is what this is for
    private static boolean load() {
      // It lies where no driver does.
      System.setProperty("patchcast.cuda.probe", "always");
      System.load(LIBRARY.toAbsolutePath().toString());
      return true;
    }
  }

  private Rig() {}

  /** What a test can set; the numbers are those of driver.cpp. */
  public enum Setting {
    CHECKS(1),
    PERTURB(2),
    STATS(3),
    THREADS(4),
    LAZY(5),
    DRIVER_VERSION(6),
    PTX_VERSION(7),
    DEVICE_COUNT(8),
    CAPABILITY(9),
    TOTAL_BYTES(10),
    FAIL_LAUNCH(11),
    FAIL_ALLOCATION(12),
    LOSE_DEVICE(13),
    SEED(14);

    private final int key;

    Setting(int key) {
      this.key = key;
    }
  }

  /** What a test can ask for. */
  public enum Counter {
    LIVE_ALLOCATIONS(50),
    LIVE_BYTES(51),
    LIVE_PINNED(52),
    LIVE_STREAMS(53),
    LIVE_MODULES(54),
    LIVE_GRAPHS(55),
    CONTEXTS(56),
    LAUNCHES(57),
    GRAPH_LAUNCHES(58),
    TO_DEVICE_BYTES(59),
    TO_HOST_BYTES(60),
    UNPINNED_COPIES(61),
    PEAK_BYTES(62),
    CALLS(63);

    private final int key;

    Counter(int key) {
      this.key = key;
    }
  }

  /** Whether the tests run on the driver of this machine instead (profile gpu). */
  static boolean replacedByGpu() {
    return Boolean.getBoolean("patchcast.gpu");
  }

  /**
   * Builds it where needed, loads it, and sets everything back. In the profile gpu it does nothing
   * but fail where there is no GPU, and has nothing to set or to count.
   */
  public static void start() {
    if (replacedByGpu()) {
      BackendProvider.Availability gpu = new CudaBackendProvider().availability();
      if (!gpu.available()) {
        fail("the profile gpu needs a GPU: " + gpu.detail());
      }
      return;
    }
    String missing = build();
    if (!missing.isEmpty()) {
      if ("true".equals(System.getenv("CI"))) {
        fail(missing + "; with CI=true it must be there");
      }
      abort(missing);
    }
    if (Loaded.HERE) {
      reset();
      // The provider asks the driver once per process: now, while the rig is what it should be.
      new CudaBackendProvider().availability();
    }
  }

  /** Sets all settings and counters back. */
  public static void reset() {
    ask(0, 0);
  }

  /** Sets one. */
  public static void set(Setting setting, long value) {
    ask(setting.key, value);
  }

  /** Reads one. */
  public static long count(Counter counter) {
    return ask(counter.key, 0);
  }

  /** Everything that is still held: memory, streams, modules, graphs and contexts. */
  public static long held() {
    long held = 0;
    for (Counter counter :
        List.of(
            Counter.LIVE_ALLOCATIONS,
            Counter.LIVE_PINNED,
            Counter.LIVE_STREAMS,
            Counter.LIVE_MODULES,
            Counter.LIVE_GRAPHS,
            Counter.CONTEXTS)) {
      held += count(counter);
    }
    return held;
  }

  /** What the rig last complained about. */
  public static String message() {
    return text(100);
  }

  /** One line of JSON per kernel that ran: what it did. */
  public static String kernels() {
    return text(101);
  }

  private static String text(int key) {
    byte[] bytes = new byte[(int) ask(key, 0)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) character(i);
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static long ask(int key, long value) {
    return replacedByGpu() ? 0 : control(key, value);
  }

  private static native long control(int key, long value);

  private static native int character(int index);

  /** Compiles what is newer than its object; empty, or what is missing. */
  private static synchronized String build() {
    try {
      if (run(List.of("g++", "--version"), BUILD.resolve("version.log")) != 0) {
        return "no g++, which builds the rig that runs the CUDA kernels (Debian: apt install g++)";
      }
      List<String> objects = new ArrayList<>();
      boolean changed = !Files.exists(LIBRARY);
      for (String name : List.of("parse", "execute", "opcodes", "driver")) {
        Path object = BUILD.resolve(name + ".o");
        objects.add(object.toString());
        if (compiled(name, object)) {
          changed = true;
        }
      }
      if (changed) {
        List<String> link =
            new ArrayList<>(
                List.of("g++", "-shared", "-Wl,-soname,libcuda.so.1", "-o", LIBRARY.toString()));
        link.addAll(objects);
        link.add("-lpthread");
        require(link, "link");
      }
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean compiled(String name, Path object) throws IOException {
    long newest = 0;
    for (String file : List.of(name + ".cpp", "ptx.h", "opcodes.inc")) {
      newest = Math.max(newest, SOURCES.resolve(file).toFile().lastModified());
    }
    if (object.toFile().lastModified() > newest) {
      return false;
    }
    List<String> command = new ArrayList<>(List.of("g++"));
    command.addAll(FLAGS);
    command.addAll(
        List.of("-c", SOURCES.resolve(name + ".cpp").toString(), "-o", object.toString()));
    require(command, name);
    return true;
  }

  private static void require(List<String> command, String name) throws IOException {
    Path log = BUILD.resolve(name + ".log");
    if (run(command, log) != 0) {
      fail("building the rig failed:\n" + Files.readString(log));
    }
  }

  /** Runs a program; its exit code, or −1 where there is no such program. */
  static int run(List<String> command, Path log) throws IOException {
    Files.createDirectories(BUILD);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      return process.waitFor();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while building the rig", e);
    }
  }

  /** Compiles and links a program of {@code src/test/cpp} with the interpreter. */
  static Path program(String name) throws IOException {
    Path program = BUILD.resolve(name);
    List<String> command = new ArrayList<>(List.of("g++"));
    command.addAll(FLAGS);
    command.addAll(
        List.of("-O1", "-o", program.toString(), SOURCES.resolve(name + ".cpp").toString()));
    Stream.of("parse", "execute", "opcodes")
        .forEach(object -> command.add(BUILD.resolve(object + ".o").toString()));
    command.add("-lpthread");
    require(command, name);
    return program.toAbsolutePath();
  }
}
