package io.patchcast.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Notebooks in the real kernel, on what this build has packaged. */
class KernelIT {
  private static final Path KERNELS = Path.of("target/jupyter").toAbsolutePath();

  private static String python;

  @TempDir static Path folder;

  private record Run(int exit, String out) {}

  @BeforeAll
  static void jupyterIsHere() throws Exception {
    Run run = run(List.of("./python"), Map.of());
    python = run.out.strip();
    if (run.exit != 0) {
      String reason = "no Python with nbclient and nbconvert (make notebooks-setup installs them)";
      if ("true".equals(System.getenv("CI"))) {
        fail(reason + "; with CI=true they must be there");
      }
      abort(reason);
    }
  }

  private static Run run(List<String> command, Map<String, String> environment) throws Exception {
    Path log = Files.createTempFile(folder, "run", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(8, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      fail("still running: " + command + "\n" + Files.readString(log));
    }
    return new Run(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
  }

  /** Runs a notebook of these cells from a folder of its own. */
  private static Run execute(Path kernels, String name, String... cells) throws Exception {
    List<Map<String, Object>> all = new ArrayList<>();
    for (String cell : cells) {
      all.add(
          Map.of(
              "cell_type",
              "code",
              "id",
              "cell-" + all.size(),
              "metadata",
              Map.of(),
              "source",
              cell,
              "outputs",
              List.of(),
              "execution_count",
              0));
    }
    Path notebook = folder.resolve(name);
    Files.writeString(
        notebook,
        new Gson()
            .toJson(
                Map.of("cells", all, "metadata", Map.of(), "nbformat", 4, "nbformat_minor", 5)));
    return run(
        List.of(python, "execute.py", folder.resolve("executed").toString(), notebook.toString()),
        Map.of("JUPYTER_PATH", kernels.toString()));
  }

  private static List<JsonObject> outputs(Path notebook) {
    return Cells.of(notebook).stream()
        .filter(cell -> cell.has("outputs"))
        .flatMap(cell -> cell.getAsJsonArray("outputs").asList().stream())
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  private static long withData(List<JsonObject> outputs, String part) {
    return outputs.stream()
        .filter(output -> output.has("data") && output.get("data").toString().contains(part))
        .count();
  }

  @Test
  void runsTheNotebooks() throws Exception {
    Run run = run(List.of("./run"), Map.of());
    assertThat(run.exit).as(run.out).isZero();
    assertThat(run.out).doesNotContain("SEVERE", "Exception");
    try (Stream<Path> notebooks = Files.list(Path.of("."))) {
      for (Path notebook : notebooks.filter(file -> file.toString().endsWith(".ipynb")).toList()) {
        Path executed = Path.of("target/executed").resolve(notebook);
        List<JsonObject> outputs = outputs(executed);
        assertThat(withData(outputs, "\\u003csvg ") + withData(outputs, "<svg ")).isPositive();
        assertThat(withData(outputs, "q50")).isPositive();
        assertThat(outputs)
            .as("nothing goes wrong behind the cells")
            .noneMatch(output -> output.toString().contains("\"name\":\"stderr\""));
        String html = executed.toString().replace(".ipynb", ".html");
        assertThat(Files.readString(Path.of(html))).contains("<svg ", "pc-median");
      }
    }
  }

  @Test
  void aFailingCellFailsTheRunOnce() throws Exception {
    Path ran = folder.resolve("ran");
    Run run =
        execute(
            KERNELS,
            "failing.ipynb",
            "int answer = 41;",
            "java.nio.file.Files.writeString(java.nio.file.Path.of(\""
                + ran
                + "\"), \"once\", StandardOpenOption.CREATE_NEW);"
                    .replace("Standard", "java.nio.file.Standard"),
            "assert answer == 42 : \"the answer is \" + answer;",
            "System.out.println(\"not reached\");");
    assertThat(run.exit).isEqualTo(1);
    assertThat(run.out)
        .contains("failing.ipynb: failed", "AssertionError", "the answer is 41")
        .doesNotContain("FileAlreadyExists");
    Path executed = folder.resolve("executed/failing.ipynb");
    assertThat(Files.readString(executed)).contains("the answer is 41");
    assertThat(outputs(executed).toString()).doesNotContain("not reached");
  }

  @Test
  void aCellThatDoesNotCompileFailsTheRun() throws Exception {
    Run run = execute(KERNELS, "wrong.ipynb", "Strin a = 1;");
    assertThat(run.exit).isEqualTo(1);
    assertThat(run.out).contains("wrong.ipynb: failed", "Strin");
  }

  @Test
  void aKernelThatDoesNotStartIsStartedAgain() throws Exception {
    Path started = folder.resolve("started");
    Run run =
        execute(
            kernel("test -e " + started + " || { touch " + started + "; exit 1; }"),
            "late.ipynb",
            "1 + 1");
    assertThat(run.exit).as(run.out).isZero();
    assertThat(run.out).contains("the kernel did not start, trying again", "late.ipynb: 1 code");
  }

  @Test
  void aKernelThatNeverStartsFailsTheRun() throws Exception {
    Run run = execute(kernel("exit 1"), "never.ipynb", "1 + 1");
    assertThat(run.exit).isEqualTo(1);
    assertThat(run.out).contains("never.ipynb: failed", "Kernel died before replying");
    assertThat(run.out.split("trying again", -1)).hasSize(8);
  }

  /** A message with a wrong signature fails the thread that reads it. */
  @Test
  void aKernelWithAFailedThreadEnds() throws Exception {
    Run run =
        run(
            List.of(
                python,
                "-c",
                """
                from jupyter_client.manager import start_new_kernel
                for attempt in range(5):
                    try:
                        manager, client = start_new_kernel(kernel_name="patchcast", startup_timeout=20)
                        break
                    except RuntimeError:
                        pass
                client.session.key = b"another"
                client.kernel_info()
                print("ended with", manager.provisioner.process.wait(timeout=60))
                """),
            Map.of("JUPYTER_PATH", KERNELS.toString()));
    assertThat(run.out).contains("Invalid signature", "ended with 1");
  }

  /** The kernel of this build behind a line of shell. */
  private static Path kernel(String first) throws IOException {
    JsonObject spec =
        new Gson()
            .fromJson(
                Files.readString(KERNELS.resolve("kernels/patchcast/kernel.json")),
                JsonObject.class);
    List<String> argv = new ArrayList<>(List.of("sh", "-c", first + "; exec \"$@\"", "sh"));
    spec.getAsJsonArray("argv").forEach(argument -> argv.add(argument.getAsString()));
    spec.add("argv", new Gson().toJsonTree(argv));
    Path kernels = Files.createTempDirectory(folder, "jupyter");
    Path directory = Files.createDirectories(kernels.resolve("kernels/patchcast"));
    Files.writeString(directory.resolve("kernel.json"), spec.toString());
    return kernels;
  }
}
