package io.patchcast.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The commit that this program was built from, as far as it can be known. */
final class Commit {
  private static final long PATIENCE_SECONDS = 5;

  private Commit() {}

  /**
   * Abbreviated hash, {@code -dirty} where files have changed since; {@code unknown} without git.
   */
  static String describe() {
    try {
      Path jar = Path.of(Commit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Process git =
          new ProcessBuilder(
                  "git",
                  "-C",
                  jar.getParent().toString(),
                  "describe",
                  "--always",
                  "--exclude=*",
                  "--dirty",
                  "--abbrev=12")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      boolean done = git.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && git.exitValue() == 0;
      return done && !text.isEmpty() ? text : "unknown";
    } catch (IOException | URISyntaxException | RuntimeException e) {
      return "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }
}
