package io.patchcast.serving.http;

import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * Lets through who has a token of a file: one token a line, so that a new one can be handed out
 * before the old one goes. The file is read again when it has changed; while it cannot be read the
 * tokens read last remain.
 *
 * <p>Hashes are compared, in a time that does not depend on the token.
 */
final class TokenGuard {
  private static final String SCHEME = "Bearer ";

  private final Path file;
  private FileTime readAt;
  private List<byte[]> hashes;

  /**
   * @throws UncheckedIOException if the file cannot be read
   * @throws IllegalArgumentException if there is no token in it
   */
  TokenGuard(Path file) {
    this.file = file;
    try {
      read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (hashes.isEmpty()) {
      throw new IllegalArgumentException(
          "token file " + file + ": expected at least one token, one a line, found none");
    }
  }

  /** Ends the request unless the {@code Authorization} header has a token. */
  void check(String authorization) {
    boolean found = false;
    if (authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      byte[] hash = hash(authorization.substring(SCHEME.length()).strip());
      for (byte[] known : current()) {
        found |= MessageDigest.isEqual(known, hash);
      }
    }
    if (!found) {
      throw new ProblemException(
          ProblemCode.UNAUTHORIZED,
          "expected the header 'Authorization: Bearer TOKEN' with a valid token, found "
              + (authorization == null ? "none" : "another"));
    }
  }

  private synchronized List<byte[]> current() {
    try {
      if (!Files.getLastModifiedTime(file).equals(readAt)) {
        read();
      }
    } catch (IOException e) {
      // The tokens read last remain.
    }
    return hashes;
  }

  private synchronized void read() throws IOException {
    FileTime changed = Files.getLastModifiedTime(file);
    hashes =
        Files.readAllLines(file, StandardCharsets.UTF_8).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .map(TokenGuard::hash)
            .toList();
    readAt = changed;
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
