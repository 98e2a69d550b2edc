package io.patchcast.hub;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** The cache's files; their layout is described at the package. */
final class HubCache {
  private static final String MARK = "patchcast.json";
  private static final int FORMAT = 1;
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][\\w.-]*");
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  private final Path root;

  HubCache(Path cacheDirectory) {
    root = cacheDirectory.resolve("hub");
  }

  /** What {@code patchcast.json} holds. */
  private record Mark(
      int format,
      String repository,
      String revision,
      String endpoint,
      String fetchedAt,
      List<CachedFile> files) {

    /** Whether it was written by this format for this model; a damaged one was not. */
    boolean isFor(ModelReference model) {
      return format == FORMAT
          && model.repository().equals(repository)
          && model.revision().equals(revision)
          && files != null
          && !files.isEmpty()
          && files.stream().allMatch(Mark::isWhole);
    }

    private static boolean isWhole(CachedFile file) {
      return file != null
          && file.name() != null
          && FILE_NAME.matcher(file.name()).matches()
          && file.sha256() != null
          && file.check() != null;
    }
  }

  /** Where the checkpoint of a fixed revision lies, or will lie. */
  Path directory(ModelReference model) {
    return repositoryDirectory(model).resolve(model.revision());
  }

  Path lockFile(ModelReference model) {
    return repositoryDirectory(model).resolve(model.revision() + ".lock");
  }

  /** The files of a checkpoint that is complete; empty if it is not. */
  Optional<List<CachedFile>> files(ModelReference model) throws ModelHubException {
    Path directory = directory(model);
    Optional<String> json = read(directory.resolve(MARK));
    if (json.isEmpty()) {
      return Optional.empty();
    }
    Mark mark;
    try {
      mark = GSON.fromJson(json.get(), Mark.class);
    } catch (JsonParseException e) {
      return Optional.empty(); // damaged: as good as none
    }
    if (mark == null || !mark.isFor(model)) {
      return Optional.empty();
    }
    for (CachedFile file : mark.files()) {
      if (size(directory.resolve(file.name())) != file.bytes()) {
        return Optional.empty();
      }
    }
    return Optional.of(List.copyOf(mark.files()));
  }

  /** Declares a checkpoint complete. */
  void complete(ModelReference model, URI endpoint, List<CachedFile> files)
      throws ModelHubException {
    Mark mark =
        new Mark(
            FORMAT,
            model.repository(),
            model.revision(),
            endpoint.toString(),
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            files);
    write(directory(model).resolve(MARK), GSON.toJson(mark) + "\n");
  }

  /** The commit that a branch or tag meant when the hub was last asked. */
  Optional<ModelReference> lastKnown(ModelReference model) throws ModelHubException {
    return read(reference(model))
        .map(String::strip)
        .filter(ModelReference::isCommit)
        .map(model::at);
  }

  void remember(ModelReference model, String commit) throws ModelHubException {
    createDirectories(reference(model).getParent());
    write(reference(model), commit + "\n");
  }

  void createDirectories(Path directory) throws ModelHubException {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory);
      }
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  static ModelHubException unusable(Path path, IOException cause) {
    return new ModelHubException(
        Reason.CACHE_UNUSABLE,
        String.format(
            Locale.ROOT,
            "cannot use %s of the model cache: %s; PATCHCAST_CACHE can name another directory",
            path,
            describe(cause)),
        cause);
  }

  /** The reason without the path, which file system exceptions begin with. */
  private static String describe(IOException e) {
    return e instanceof FileSystemException f
        ? f.getClass().getSimpleName() + (f.getReason() == null ? "" : ", " + f.getReason())
        : e.getMessage();
  }

  /** Size of a file; -1 if there is none. */
  static long size(Path file) throws ModelHubException {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : -1;
    } catch (NoSuchFileException e) {
      return -1;
    } catch (IOException e) {
      throw unusable(file, e);
    }
  }

  private static Optional<String> read(Path file) throws ModelHubException {
    try {
      // not readString: damaged text must read as damaged JSON, not as an unreadable file
      return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unusable(file, e);
    }
  }

  /** Writes a small file so that nobody ever sees half of it. */
  private static void write(Path file, String text) throws ModelHubException {
    Path temporary = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try {
        Files.writeString(temporary, text);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw unusable(file, e);
    }
  }

  private Path repositoryDirectory(ModelReference model) {
    return root.resolve(model.repository().replace("/", "--"));
  }

  private Path reference(ModelReference model) {
    return repositoryDirectory(model).resolve("refs").resolve(model.revision());
  }
}
