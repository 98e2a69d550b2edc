package io.patchcast.cli;

import io.patchcast.table.InputException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The commit that this program was built from, as far as it can be known. */
final class Commit {
  private static final String UNKNOWN = "unknown";
  private static final long PATIENCE_SECONDS = 5;
  private static final int PART_BYTES = 1 << 16;

  private Commit() {}

  /**
   * What says exactly which program this is: the commit, and where it does not say it, the SHA-256
   * of all that it is made of.
   */
  static String identify() {
    String commit = describe();
    if (!commit.equals(UNKNOWN) && !commit.endsWith("-dirty")) {
      return commit;
    }
    List<Path> files = new ArrayList<>();
    try {
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        // The program's jar names the others, which lie in a directory beside it.
        for (Path path : List.of(Path.of(entry), Path.of(entry).resolveSibling("lib"))) {
          if (Files.exists(path)) {
            try (Stream<Path> walk = Files.walk(path)) {
              walk.filter(Files::isRegularFile).sorted().forEach(files::add);
            }
          }
        }
      }
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path file : files) {
        try (InputStream in = Files.newInputStream(file)) {
          byte[] part = new byte[PART_BYTES];
          for (int read = in.read(part); read >= 0; read = in.read(part)) {
            digest.update(part, 0, read);
          }
        }
      }
      return commit + " " + HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new InputException("the class path cannot be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

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
      return done && !text.isEmpty() ? text : UNKNOWN;
    } catch (IOException | URISyntaxException | RuntimeException e) {
      return UNKNOWN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return UNKNOWN;
    }
  }
}
