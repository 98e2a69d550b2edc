package io.patchcast.notebook;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.rapaio.jupyter.kernel.MainApp;

/** The code cells of a notebook, run in a JShell in this JVM, as the kernel does it. */
final class Cells {
  /** A cell that JShell refused or that threw. */
  static final class CellException extends RuntimeException {
    CellException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private Cells() {}

  /** The cells of a notebook file. */
  static List<JsonObject> of(Path notebook) {
    try {
      return StreamSupport.stream(
              JsonParser.parseString(Files.readString(notebook, StandardCharsets.UTF_8))
                  .getAsJsonObject()
                  .getAsJsonArray("cells")
                  .spliterator(),
              false)
          .map(JsonElement::getAsJsonObject)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The source of each code cell. */
  static List<String> code(Path notebook) {
    return of(notebook).stream()
        .filter(cell -> cell.get("cell_type").getAsString().equals("code"))
        .map(Cells::source)
        .toList();
  }

  private static String source(JsonObject cell) {
    JsonElement source = cell.get("source");
    if (source.isJsonPrimitive()) {
      return source.getAsString();
    }
    StringBuilder text = new StringBuilder();
    source.getAsJsonArray().forEach(line -> text.append(line.getAsString()));
    return text.toString();
  }

  /**
   * Runs cells one after the other; the first that fails ends it.
   *
   * @return what the last snippet of each cell evaluated to, empty if to nothing
   */
  static List<String> run(List<String> cells) {
    List<String> values = new ArrayList<>();
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      evaluate(shell, initialImports());
      for (String cell : cells) {
        values.add(evaluate(shell, cell));
      }
    }
    return values;
  }

  /** What the kernel evaluates before the first cell. */
  private static String initialImports() {
    try (InputStream in = MainApp.class.getResourceAsStream("/init.jshell")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String evaluate(JShell shell, String cell) {
    String value = "";
    String rest = cell;
    while (!rest.isBlank()) {
      CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      if (!next.completeness().isComplete()) {
        throw new CellException("not complete: " + rest, null);
      }
      for (SnippetEvent event : shell.eval(next.source())) {
        value = checked(shell, event);
      }
      rest = next.remaining();
    }
    return value;
  }

  private static String checked(JShell shell, SnippetEvent event) {
    String source = event.snippet().source().strip();
    JShellException thrown = event.exception();
    if (thrown != null) {
      throw new CellException("threw " + thrown.getMessage() + "\n" + source, thrown);
    }
    if (event.status() != Snippet.Status.VALID && event.causeSnippet() == null) {
      throw new CellException(
          shell
                  .diagnostics(event.snippet())
                  .map(diagnostic -> diagnostic.getMessage(Locale.ROOT))
                  .toList()
              + "\n"
              + source,
          null);
    }
    return event.value() == null ? "" : event.value();
  }
}
