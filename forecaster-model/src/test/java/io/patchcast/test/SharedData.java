package io.patchcast.test;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files that are too many for this repository and lie beside it: outputs of the reference
 * implementation, released configurations.
 *
 * <p>The system property {@code patchcast.shared} says where; without it they are looked for in
 * {@code ../shared}, seen from the repository. A test whose files are not there is aborted with a
 * reason, so that a clone without them still builds; where the environment says {@code CI=true} it
 * fails instead, so that a build that proves nothing is never green.
 */
public final class SharedData {
  private SharedData() {}

  /** The file or directory at {@code path} below the shared data, such as {@code golden}. */
  public static Path path(String path) {
    return path(
        Path.of(System.getProperty("patchcast.shared", "../../shared")),
        path,
        "true".equals(System.getenv("CI")) ? Absence.FAILS : Absence.ABORTS);
  }

  /** What a test does when its files are not there. */
  enum Absence {
    ABORTS,
    FAILS
  }

  static Path path(Path shared, String path, Absence absence) {
    Path found = shared.resolve(path).toAbsolutePath().normalize();
    if (Files.exists(found)) {
      return found;
    }
    String reason =
        "no " + found + " (the system property patchcast.shared says where the shared data lie)";
    return absence == Absence.FAILS
        ? fail(reason + "; with CI=true they must be there")
        : abort(reason);
  }
}
