package io.patchcast.datasets;

import io.patchcast.hub.FileDownload;
import io.patchcast.hub.HubSettings;
import io.patchcast.hub.ModelHubException;
import io.patchcast.hub.ProgressListener;
import io.patchcast.hub.Sha256;
import io.patchcast.table.AtomicFile;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Where the files of data sets lie: {@code <cache>/datasets/<name>/<path>}. A file there is whole
 * and had the right hash when it came; {@link #verify} looks again.
 *
 * @param settings say where the cache is, and how patient downloads are
 */
public record DatasetCache(HubSettings settings) {

  /** What became of a file. */
  public enum State {
    /** There, with the size and hash of the manifest. */
    OK,
    /** Not there. */
    MISSING,
    /** There, with another size or hash. */
    WRONG
  }

  /**
   * A file and its state.
   *
   * @param file as the manifest has it
   * @param state what was found
   * @param found what was found instead, in words; empty if all is well
   */
  public record Check(DatasetEntry.DataFile file, State state, String found) {}

  /** The directory of a data set, which need not exist. */
  public Path directory(DatasetEntry entry) {
    return settings.cacheDirectory().resolve("datasets").resolve(entry.name());
  }

  /** Whether all files are there, by their sizes; without recorded hashes, whether any are. */
  public boolean isHere(DatasetEntry entry) {
    if (entry.files().isEmpty()) {
      return Files.isDirectory(directory(entry));
    }
    return entry.files().stream()
        .allMatch(file -> size(directory(entry).resolve(file.path())) == file.bytes());
  }

  private static long size(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : -1;
    } catch (IOException e) {
      return -1;
    }
  }

  /** Downloads what is not there yet. */
  public void fetch(DatasetEntry entry, ProgressListener listener) throws ModelHubException {
    requirePinned(entry);
    List<String> without =
        entry.files().stream()
            .filter(file -> file.url() == null)
            .filter(file -> size(directory(entry).resolve(file.path())) != file.bytes())
            .map(DatasetEntry.DataFile::path)
            .toList();
    if (!without.isEmpty()) {
      throw new InputException(
          "data set "
              + entry.name()
              + ": "
              + String.join(", ", without)
              + " cannot be downloaded as it is; it was prepared from "
              + entry.source()
              + ": adopt a copy with --from DIR");
    }
    FileDownload download = new FileDownload(settings, listener);
    for (DatasetEntry.DataFile file : entry.files()) {
      if (file.url() != null) {
        download.fetch(
            "data set " + entry.name(),
            URI.create(file.url()),
            directory(entry).resolve(file.path()),
            file.bytes(),
            file.sha256());
      }
    }
  }

  /**
   * Copies the files of a data set out of a directory, found by path or by name, gzip or not, and
   * checked by hash. Of a data set without recorded hashes all files are copied that are not
   * hidden, if there are any that can be read.
   *
   * @return number of files copied
   */
  public int adopt(DatasetEntry entry, Path from) throws IOException {
    if (!Files.isDirectory(from)) {
      throw new InputException(from + ": no such directory");
    }
    List<Path> candidates = FileTree.files(from);
    if (entry.files().isEmpty()) {
      return adoptUnchecked(entry, from, candidates);
    }
    int copied = 0;
    List<String> absent = new ArrayList<>();
    for (DatasetEntry.DataFile file : entry.files()) {
      Path target = directory(entry).resolve(file.path());
      if (size(target) == file.bytes() && Sha256.of(target).equals(file.sha256())) {
        continue;
      }
      boolean found = false;
      for (Path candidate : candidates) {
        found = found || (isNamed(candidate, file) && copy(candidate, target, file));
      }
      copied += found ? 1 : 0;
      if (!found) {
        absent.add(file.path());
      }
    }
    if (!absent.isEmpty()) {
      throw new InputException(
          from
              + ": of data set "
              + entry.name()
              + " there is no file with the size and hash of "
              + String.join(", ", absent));
    }
    return copied;
  }

  private int adoptUnchecked(DatasetEntry entry, Path from, List<Path> candidates)
      throws IOException {
    List<Path> found = entry.layout() == null ? candidates : DatasetReader.dataFiles(from);
    if (found.isEmpty()) {
      throw new InputException(
          from
              + ": of data set "
              + entry.name()
              + " expected files"
              + (entry.layout() == null ? "" : " of the layout " + entry.layout())
              + ", there or below; found none");
    }
    Path directory = directory(entry);
    if (isHere(entry)) {
      copyAll(candidates, from, directory);
      return candidates.size();
    }
    // Whole or not at all.
    Path part = directory.resolveSibling("." + entry.name() + ".part");
    remove(part);
    try {
      copyAll(candidates, from, part);
      Files.move(part, directory, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      remove(part);
    }
    return candidates.size();
  }

  private static void copyAll(List<Path> files, Path from, Path into) throws IOException {
    for (Path file : files) {
      copy(file, into.resolve(from.relativize(file).toString()), null);
    }
  }

  private static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static boolean isNamed(Path candidate, DatasetEntry.DataFile file) {
    String name = Path.of(file.path()).getFileName().toString();
    String found = candidate.getFileName().toString();
    return found.equals(name) || found.equals(name + ".gz");
  }

  /** Copies a file if it is the right one; unpacks gzip where the right one is not packed. */
  private static boolean copy(Path candidate, Path target, DatasetEntry.DataFile wanted)
      throws IOException {
    Files.createDirectories(target.getParent());
    boolean unpack =
        wanted != null && candidate.toString().endsWith(".gz") && !wanted.path().endsWith(".gz");
    try (AtomicFile file = AtomicFile.at(target);
        InputStream raw = Files.newInputStream(candidate);
        InputStream in = unpack ? new GZIPInputStream(raw) : raw) {
      Files.copy(in, file.partial(), StandardCopyOption.REPLACE_EXISTING);
      if (wanted != null
          && (Files.size(file.partial()) != wanted.bytes()
              || !Sha256.of(file.partial()).equals(wanted.sha256()))) {
        return false;
      }
      file.commit();
      return true;
    }
  }

  /** Computes the hash of every file anew. */
  public List<Check> verify(DatasetEntry entry) throws IOException {
    requirePinned(entry);
    List<Check> checks = new ArrayList<>();
    for (DatasetEntry.DataFile file : entry.files()) {
      Path path = directory(entry).resolve(file.path());
      long size = size(path);
      if (size < 0) {
        checks.add(new Check(file, State.MISSING, "no such file: " + path));
      } else if (size != file.bytes()) {
        checks.add(
            new Check(file, State.WRONG, "expected " + file.bytes() + " bytes, found " + size));
      } else {
        String hash = Sha256.of(path);
        checks.add(
            hash.equals(file.sha256())
                ? new Check(file, State.OK, "")
                : new Check(
                    file, State.WRONG, "expected SHA-256 " + file.sha256() + ", found " + hash));
      }
    }
    return checks;
  }

  private static void requirePinned(DatasetEntry entry) {
    if (entry.files().isEmpty()) {
      throw new InputException(
          "data set "
              + entry.name()
              + ": the hashes of its files are not recorded, so there is nothing to check a"
              + " download against; get it from "
              + entry.source()
              + " and adopt it with --from DIR");
    }
  }
}
