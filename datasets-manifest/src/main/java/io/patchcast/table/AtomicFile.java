package io.patchcast.table;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that appears whole or not at all: written beside its place under another name, then moved.
 *
 * <p>What is no regular file ({@code /dev/null}, a pipe) is written directly.
 */
public final class AtomicFile implements Closeable {
  private final Path target;
  private final Path partial;
  private boolean done;

  private AtomicFile(Path target, Path partial) {
    this.target = target;
    this.partial = partial;
  }

  /**
   * Prepares to write a file.
   *
   * @throws InputException if it could not be written there, said before any work is done
   */
  public static AtomicFile at(Path target) {
    Path absolute = target.toAbsolutePath();
    Path directory = absolute.getParent();
    if (Files.isDirectory(absolute) || directory == null) {
      throw new InputException(target + ": is a directory, expected a file to write");
    }
    if (!Files.isDirectory(directory)) {
      throw new InputException(target + ": there is no directory " + directory);
    }
    if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
      return new AtomicFile(absolute, absolute);
    }
    if (!Files.isWritable(directory)) {
      throw new InputException(target + ": directory " + directory + " cannot be written to");
    }
    String name = "." + absolute.getFileName() + "." + ProcessHandle.current().pid() + ".part";
    return new AtomicFile(absolute, directory.resolve(name));
  }

  /** Where to write until {@link #commit()}. */
  public Path partial() {
    return partial;
  }

  /** Puts what was written in its place. */
  public void commit() throws IOException {
    done = true;
    if (!partial.equals(target)) {
      Files.move(
          partial, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Removes what was written unless it has been committed. */
  @Override
  public void close() throws IOException {
    if (!done && !partial.equals(target)) {
      Files.deleteIfExists(partial);
    }
  }
}
