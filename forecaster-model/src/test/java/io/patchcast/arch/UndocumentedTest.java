package io.patchcast.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UndocumentedTest {
  @TempDir Path folder;

  @Test
  void findsPublicTypesAndMethodsWithoutADocComment() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("Example.java"),
            """
            public class Example {
              // not a doc comment
              public void plain() {}

              protected void seenBySubclasses() {}

              public interface Nested {
                void implicit();
              }
            }
            """);
    assertThat(Undocumented.in(List.of(source)))
        .containsExactly(
            source + ":1: Example has no doc comment",
            source + ":3: plain has no doc comment",
            source + ":5: seenBySubclasses has no doc comment",
            source + ":7: Nested has no doc comment",
            source + ":8: implicit has no doc comment");
  }

  @Test
  void leavesAloneWhatIsExplainedOrNotSeen() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("Example.java"),
            """
            /** Explained. */
            public record Example(int size) {
              public Example {}

              /** Explained. */
              public void explained() {}

              @Override
              public String toString() {
                return "explained by Object";
              }

              void notSeen() {}

              interface NotSeen {
                void neither();
              }

              private record Hidden() {
                public void hidden() {}
              }
            }
            """);
    assertThat(Undocumented.in(List.of(source))).isEmpty();
  }
}
