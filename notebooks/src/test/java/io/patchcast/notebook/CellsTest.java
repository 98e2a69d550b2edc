package io.patchcast.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The notebooks that come with Patchcast, without Jupyter. */
class CellsTest {
  static List<Path> notebooks() throws IOException {
    try (Stream<Path> here = Files.list(Path.of("."));
        Stream<Path> evidence = Files.list(Path.of("evidence"))) {
      return Stream.concat(here, evidence)
          .filter(file -> file.toString().endsWith(".ipynb"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void runInJShell(Path notebook) {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
    try {
      Cells.run(Cells.code(notebook));
    } finally {
      System.setOut(out);
    }
    assertThat(shown.toString(StandardCharsets.UTF_8)).contains("forecast with builtin");
  }

  /** So that a change of a cell is a change of a few lines, and nothing shown is out of date. */
  @ParameterizedTest
  @MethodSource("notebooks")
  void areKeptWithoutOutputs(Path notebook) {
    for (JsonObject cell : Cells.of(notebook)) {
      if (cell.get("cell_type").getAsString().equals("code")) {
        assertThat(cell.getAsJsonArray("outputs")).isEmpty();
        assertThat(cell.get("execution_count").isJsonNull()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void assertWhatTheyShow(Path notebook) {
    assertThat(Cells.code(notebook)).anySatisfy(code -> assertThat(code).contains("assert "));
  }

  /**
   * JShell declares variables anew when a later import may change what they mean: they are null
   * then.
   */
  @ParameterizedTest
  @MethodSource("notebooks")
  void importInTheirFirstCellOnly(Path notebook) {
    List<String> cells = Cells.code(notebook);
    assertThat(cells.get(0)).startsWith("import ");
    assertThat(cells.subList(1, cells.size())).noneMatch(cell -> cell.contains("import "));
  }

  @Test
  void failWhenACellDoes() {
    assertThatThrownBy(() -> Cells.run(List.of("int a = 1;", "assert a == 2 : \"no\";")))
        .isInstanceOf(Cells.CellException.class)
        .hasMessageContaining("no");
    assertThatThrownBy(() -> Cells.run(List.of("Strin a;")))
        .isInstanceOf(Cells.CellException.class)
        .hasMessageContaining("Strin");
    assertThatThrownBy(() -> Cells.run(List.of("int a =")))
        .isInstanceOf(Cells.CellException.class)
        .hasMessageContaining("not complete");
    assertThat(Cells.run(List.of("int a = 1;", "a + 1"))).containsExactly("1", "2");
  }
}
