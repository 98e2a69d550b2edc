package io.patchcast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher script of this repository on what this build has packaged. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
class LauncherIT {
  private static final Path ROOT =
      Path.of(System.getProperty("patchcast.root", "..")).toAbsolutePath().normalize();

  @TempDir Path folder;

  private record Run(int exit, String out, String err) {}

  @BeforeEach
  void linkAndData() throws IOException {
    Path first = Files.createSymbolicLink(folder.resolve("first link"), ROOT.resolve("patchcast"));
    Files.createSymbolicLink(folder.resolve("pc"), first.getFileName());
    StringBuilder text = new StringBuilder("time,value\n");
    for (int i = 0; i < 100; i++) {
      text.append(60 * i).append(',').append(i % 12).append('\n');
    }
    Files.writeString(folder.resolve("x y.csv"), text);
  }

  @AfterEach
  void unlink() throws IOException {
    Files.delete(folder.resolve("pc"));
    Files.delete(folder.resolve("first link"));
  }

  /** Runs a shell line in a folder that has nothing to do with the repository. */
  private Run shell(String line, Map<String, String> environment) throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", "-c", line)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().keySet().removeAll(Arrays.asList("JAVA_OPTS", "PATCHCAST_OPTS"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    return new Run(process.exitValue(), text(out), text(err));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void forecastsThroughALinkFromAnywhere() throws Exception {
    Run run = shell("./pc forecast 'x y.csv' --horizon 5 --out - && pwd", Map.of());
    assertThat(run.err).doesNotContain("building");
    assertThat(run.exit).isZero();
    assertThat(run.out.lines().toList())
        .hasSize(1 + 5 + 1)
        .first()
        .isEqualTo("timestamp,q10,q20,q30,q40,q50,q60,q70,q80,q90,status,message,model");
    // The second start has the archive of classes.
    Run again = shell("./pc forecast 'x y.csv' --horizon 5 --out - && pwd", Map.of());
    assertThat(again.out).isEqualTo(run.out);
    assertThat(again.err).doesNotContain("preparing", "error");
  }

  @Test
  void passesExitStatusAndOptionsOn() throws Exception {
    assertThat(shell("./pc forecast none.csv --horizon 5", Map.of()).exit).isEqualTo(3);
    assertThat(shell("./pc forecast", Map.of()).exit).isEqualTo(2);
    Run small =
        shell(
            "./pc doctor",
            Map.of("PATCHCAST_OPTS", "-Xmx300m -XX:+UseParallelGC", "JAVA_OPTS", "-Da=b"));
    assertThat(small.exit).isZero();
    assertThat(small.out).contains("heap goes up to 0.3 GB", "does not fit: PATCHCAST_OPTS=-Xmx");
  }

  @Test
  void endsQuietlyWhenItsReaderDoes() throws Exception {
    Run run = shell("./pc forecast 'x y.csv' --horizon 50000 --out - -q | head -n 1", Map.of());
    assertThat(run.out).startsWith("timestamp,").hasLineCount(1);
    assertThat(run.err.lines())
        .allSatisfy(line -> assertThat(line).containsAnyOf("incubator", "preparing"));
  }

  private static void script(Path file, String line) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + line + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void saysWhichJavaIsMissing() throws Exception {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    for (String tool : new String[] {"dirname", "basename", "readlink", "sed", "head"}) {
      script(bin.resolve(tool), "PATH=/usr/bin:/bin exec " + tool + " \"$@\"");
    }
    Path old = Files.createDirectories(folder.resolve("jdk8/bin"));
    script(old.resolve("java"), "");
    Files.writeString(folder.resolve("jdk8/release"), "JAVA_VERSION=\"1.8.0_442\"\n");

    Run run =
        shell(
            "./pc --version",
            Map.of("JAVA_HOME", folder.resolve("jdk8").toString(), "PATH", bin.toString()));
    assertThat(run.exit).isEqualTo(3);
    assertThat(run.err)
        .startsWith("patchcast: Java 17 or later is needed; found: Java 1.8.0_442 in")
        .contains("no java on the PATH", "Set JAVA_HOME");
  }
}
