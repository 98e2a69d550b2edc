package io.patchcast.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.weights.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The list of cases is one that can be run. */
class PeerCaseTest {
  @Test
  void everyCaseOfTheListIsOne() throws IOException {
    List<PeerCase> cases = PeerCase.parseAll(Files.readString(Path.of("cases.txt")));
    assertThat(cases).isNotEmpty().doesNotHaveDuplicates();
    for (PeerCase one : cases) {
      assertThat(ModelConfig.released(one.size()).patchSize()).isEqualTo(32);
      assertThat(one.precision()).isIn("f32", "bf16");
    }
  }

  @Test
  void aLineWithoutAllNumbersIsRefused() {
    assertThatThrownBy(() -> PeerCase.parse("4m f32 1 512 96 256 1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("missing")
        .hasMessageContaining("4m f32 1 512 96 256 1");
  }
}
