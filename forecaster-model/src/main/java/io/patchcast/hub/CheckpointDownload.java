package io.patchcast.hub;

import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Downloads all files of one fixed revision of a model: {@code config.json}, and {@code
 * model.safetensors} or the index and its shards.
 */
final class CheckpointDownload {
  /** No {@code config.json} or index comes near this; a file of unknown size must stay below. */
  static final long SMALL_FILE_BYTES = 16 << 20;

  private static final String CONFIG = "config.json";
  static final String WEIGHTS = "model.safetensors";

  private final HubConnection hub;
  private final HubSettings settings;
  private final ModelReference model;
  private final String pinnedHash;
  private final Path directory;
  private final ProgressListener listener;
  private final Retries retries;

  /**
   * @param pinnedHash the SHA-256 that {@code model.safetensors} must have; null if none is pinned
   */
  CheckpointDownload(
      HubConnection hub,
      HubSettings settings,
      ModelReference model,
      String pinnedHash,
      Path directory,
      ProgressListener listener) {
    this.hub = hub;
    this.settings = settings;
    this.model = model;
    this.pinnedHash = pinnedHash;
    this.directory = directory;
    this.listener = listener;
    retries = new Retries(settings, listener);
  }

  /** What the hub says of a model's configuration, above all its commit. */
  static RemoteFile describeConfig(HubConnection hub, Retries retries, ModelReference model)
      throws ModelHubException {
    return retries
        .call(() -> hub.describe(model, CONFIG))
        .orElseThrow(
            () ->
                new ModelHubException(
                    Reason.UNKNOWN_MODEL,
                    String.format(Locale.ROOT, "%s has no %s", model, CONFIG)));
  }

  /** All files of the checkpoint, complete and checked, in {@code directory}. */
  List<CachedFile> run() throws ModelHubException {
    List<CachedFile> files = new ArrayList<>();
    files.add(fetchSmall(describeConfig(hub, retries, model)));
    List<RemoteFile> weights = new ArrayList<>();
    Optional<RemoteFile> single = describe(WEIGHTS);
    if (single.isPresent()) {
      weights.add(pinned(single.get()));
    } else {
      if (pinnedHash != null) {
        // A pinned hash speaks of this one file; without it anything could be passed off.
        throw new ModelHubException(
            Reason.WRONG_CONTENT,
            String.format(
                Locale.ROOT,
                "%s from %s: expected %s with SHA-256 %s (pinned in this library), there is no such"
                    + " file",
                model,
                settings.endpoint(),
                WEIGHTS,
                pinnedHash));
      }
      RemoteFile index =
          describe(ShardIndex.FILE_NAME)
              .orElseThrow(
                  () ->
                      new ModelHubException(
                          Reason.UNKNOWN_MODEL,
                          String.format(
                              Locale.ROOT,
                              "%s has neither %s nor %s",
                              model,
                              WEIGHTS,
                              ShardIndex.FILE_NAME)));
      files.add(fetchSmall(index));
      for (String name : ShardIndex.shardNames(readString(ShardIndex.FILE_NAME))) {
        weights.add(
            describe(name)
                .orElseThrow(
                    () ->
                        new ModelHubException(
                            Reason.BAD_ANSWER,
                            String.format(
                                Locale.ROOT,
                                "%s names the shard %s, which %s does not have",
                                ShardIndex.FILE_NAME,
                                name,
                                model))));
      }
    }
    long totalBytes = 0;
    for (RemoteFile file : weights) {
      if (file.bytes() < 0) {
        throw new ModelHubException(
            Reason.BAD_ANSWER,
            String.format(
                Locale.ROOT,
                "%s did not say how large %s of %s is (no X-Linked-Size, no Content-Length)",
                settings.endpoint(),
                file.name(),
                model));
      }
      totalBytes = Math.addExact(totalBytes, file.bytes());
    }
    requireSpace(weights, totalBytes);
    TransferProgress progress = new TransferProgress(listener, totalBytes);
    for (RemoteFile file : weights) {
      files.add(transfer(file, progress));
    }
    return files;
  }

  private Optional<RemoteFile> describe(String name) throws ModelHubException {
    return retries.call(() -> hub.describe(model, name));
  }

  private RemoteFile pinned(RemoteFile file) throws ModelHubException {
    if (pinnedHash == null) {
      return file;
    }
    if (file.sha256() != null && !file.sha256().equals(pinnedHash)) {
      throw new ModelHubException(
          Reason.WRONG_CONTENT,
          String.format(
              Locale.ROOT,
              "%s of %s: expected SHA-256 %s (pinned in this library), %s announces %s",
              file.name(),
              model,
              pinnedHash,
              settings.endpoint(),
              file.sha256()));
    }
    return file.withPinnedHash(pinnedHash);
  }

  /** Fetches a file that is JSON and not worth showing progress for. */
  private CachedFile fetchSmall(RemoteFile file) throws ModelHubException {
    if (file.bytes() > SMALL_FILE_BYTES) {
      throw new ModelHubException(
          Reason.BAD_ANSWER,
          String.format(
              Locale.ROOT,
              "%s of %s: expected at most %d bytes, %s announces %d",
              file.name(),
              model,
              SMALL_FILE_BYTES,
              settings.endpoint(),
              file.bytes()));
    }
    CachedFile fetched = transfer(file, new TransferProgress(ProgressListener.NONE, 0));
    try {
      var unused = ShardIndex.parseObject(file.name(), readString(file.name()));
    } catch (ModelHubException e) {
      delete(file.name());
      throw e;
    }
    return fetched;
  }

  private CachedFile transfer(RemoteFile file, TransferProgress progress) throws ModelHubException {
    return new FileTransfer(
            (offset, etag) -> hub.open(model, file.name(), offset, etag),
            settings,
            retries,
            model + " from " + settings.endpoint(),
            file,
            directory,
            progress)
        .run();
  }

  private void requireSpace(List<RemoteFile> files, long totalBytes) throws ModelHubException {
    long missing = totalBytes;
    for (RemoteFile file : files) {
      long here =
          Math.max(
              HubCache.size(directory.resolve(file.name())),
              HubCache.size(FileTransfer.part(directory, file.name())));
      missing -= Math.min(Math.max(here, 0), file.bytes());
    }
    long free;
    try {
      free = Files.getFileStore(directory).getUsableSpace();
    } catch (IOException e) {
      throw HubCache.unusable(directory, e);
    }
    if (free < missing) {
      throw new ModelHubException(
          Reason.DISK_FULL,
          String.format(
              Locale.ROOT,
              "%s needs %,d more bytes in %s, %,d are free; PATCHCAST_CACHE can name another"
                  + " directory",
              model,
              missing,
              directory,
              free));
    }
  }

  private String readString(String name) throws ModelHubException {
    try {
      return new String(Files.readAllBytes(directory.resolve(name)), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw HubCache.unusable(directory.resolve(name), e);
    }
  }

  private void delete(String name) throws ModelHubException {
    try {
      Files.deleteIfExists(directory.resolve(name));
    } catch (IOException e) {
      throw HubCache.unusable(directory.resolve(name), e);
    }
  }
}
