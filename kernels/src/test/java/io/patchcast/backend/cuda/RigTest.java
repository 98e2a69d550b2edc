package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rig itself: every opcode against plain C++, every check against a planted mistake. */
@Tag("rig")
class RigTest {
  @Test
  void everyOpcodeAndEveryCheckDoesWhatItShould() throws Exception {
    Rig.start();
    Path program = Rig.program("rig_test");
    Path log = Path.of("target/rig/rig_test.out");
    int status = Rig.run(List.of(program.toString()), log);
    assertThat(status).as(() -> read(log)).isZero();
    assertThat(read(log)).containsPattern("[0-9]{3} passed, 0 failed, 1[0-9]{2} opcodes");
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
