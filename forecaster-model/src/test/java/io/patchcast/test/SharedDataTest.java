package io.patchcast.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.patchcast.test.SharedData.Absence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

final class SharedDataTest {
  @TempDir Path shared;

  @Test
  void findsWhatIsThere() throws IOException {
    Path golden = Files.createDirectories(shared.resolve("golden/configs"));
    for (Absence absence : Absence.values()) {
      assertThat(SharedData.path(shared, "golden/configs", absence)).isEqualTo(golden);
    }
  }

  @Test
  void absentFilesAbortTheTestWithAReason() {
    assertThatExceptionOfType(TestAbortedException.class)
        .isThrownBy(() -> SharedData.path(shared, "golden", Absence.ABORTS))
        .withMessageContaining(shared.resolve("golden").toString())
        .withMessageContaining("patchcast.shared");
  }

  @Test
  void absentFilesFailTheTestWhereTheyMustBeThere() {
    assertThatExceptionOfType(AssertionFailedError.class)
        .isThrownBy(() -> SharedData.path(shared, "golden", Absence.FAILS))
        .withMessageContaining(shared.resolve("golden").toString())
        .withMessageContaining("CI=true");
  }
}
