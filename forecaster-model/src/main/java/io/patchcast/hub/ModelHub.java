package io.patchcast.hub;

import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Checkpoint directories by model name, downloaded when first asked for.
 *
 * <p>A name is {@code owner/name} or {@code owner/name@revision}, the revision a commit, branch or
 * tag. A {@linkplain #released() released} name alone means the revision pinned in this library;
 * any other name alone means its {@code main} branch as it is now. A fixed revision that is in the
 * cache is served without any connection. A branch or tag is looked up at the hub each time; when
 * the hub cannot be reached, the commit it meant last is used if it is in the cache, with a warning
 * in the log.
 *
 * <p>Safe for use by any number of threads. Holds nothing that must be closed.
 */
public final class ModelHub {
  private static final System.Logger LOG = System.getLogger(ModelHub.class.getName());

  private final HubSettings settings;
  private final List<ReleasedModel> released;
  private final HubCache cache;

  private ModelHub(HubSettings settings, List<ReleasedModel> released) {
    this.settings = settings;
    this.released = List.copyOf(released);
    cache = new HubCache(settings.cacheDirectory());
  }

  /** A hub with these settings; nothing is read or opened yet. */
  public static ModelHub of(HubSettings settings) {
    return new ModelHub(settings, ReleasedModel.all());
  }

  /** A hub with another table of pinned models. */
  static ModelHub of(HubSettings settings, List<ReleasedModel> released) {
    return new ModelHub(settings, released);
  }

  /** The models this library knows by name, smallest first. */
  public List<ReleasedModel> released() {
    return released;
  }

  /**
   * The checkpoint directory of a model, downloaded first if it is not in the cache; see {@link
   * #fetch(String, ProgressListener)}.
   */
  public Path fetch(String name) throws ModelHubException {
    return fetch(name, ProgressListener.NONE);
  }

  /**
   * The checkpoint directory of a model, downloaded first if it is not in the cache.
   *
   * <p>When another thread or process is downloading the same revision, waits for it and uses its
   * result; a JVM downloads one model at a time. Can be interrupted at any time; what was
   * downloaded is kept and used by the next call.
   *
   * @param listener hears of the download; of nothing if the model is cached
   */
  public Path fetch(String name, ProgressListener listener) throws ModelHubException {
    ModelReference wanted = ModelReference.parse(name, released);
    if (wanted.isFixed() && isCached(wanted)) {
      return cache.directory(wanted);
    }
    if (settings.mode() == HubSettings.Mode.OFFLINE) {
      return cached(name)
          .orElseThrow(
              () ->
                  new ModelHubException(
                      Reason.OFFLINE,
                      String.format(
                          Locale.ROOT,
                          "%s is not in the cache %s, and offline mode (HF_HUB_OFFLINE) is on",
                          wanted,
                          settings.cacheDirectory())));
    }
    HubConnection hub = new HubConnection(settings);
    ModelReference model;
    try {
      model = wanted.isFixed() ? wanted : resolve(hub, wanted, listener);
    } catch (ModelHubException e) {
      Optional<Path> last = e.reason() == Reason.UNREACHABLE ? cached(name) : Optional.empty();
      if (last.isEmpty()) {
        throw e;
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot ask what {0} is now, using what it was last, {1}: {2}",
          wanted,
          last.get().getFileName(),
          e.getMessage());
      return last.get();
    }
    if (isCached(model)) {
      return cache.directory(model);
    }
    return download(hub, model, listener);
  }

  /** The checkpoint directory of a model if it is complete in the cache; never uses the network. */
  public Optional<Path> cached(String name) throws ModelHubException {
    ModelReference wanted = ModelReference.parse(name, released);
    Optional<ModelReference> model =
        wanted.isFixed() ? Optional.of(wanted) : cache.lastKnown(wanted);
    return model.isPresent() && isCached(model.get())
        ? Optional.of(cache.directory(model.get()))
        : Optional.empty();
  }

  /**
   * Reads the cached files of a model again and compares their hashes with those they came with,
   * and the weights with the pinned hash if there is one; never uses the network.
   *
   * @return the files, all in order
   * @throws ModelHubException {@link Reason#WRONG_CONTENT} if a file is damaged, {@link
   *     Reason#NOT_CACHED} if the model is not in the cache
   */
  public List<CachedFile> verify(String name) throws ModelHubException {
    Path directory =
        cached(name)
            .orElseThrow(
                () ->
                    new ModelHubException(
                        Reason.NOT_CACHED,
                        String.format(
                            Locale.ROOT,
                            "%s is not in the cache %s",
                            name,
                            settings.cacheDirectory())));
    ModelReference model =
        ModelReference.parse(name, released).at(directory.getFileName().toString());
    List<CachedFile> files = cache.files(model).orElseThrow();
    for (CachedFile file : files) {
      String found;
      try {
        found = Sha256.of(directory.resolve(file.name()));
      } catch (ClosedByInterruptException e) {
        throw ModelHubException.interrupted(e);
      } catch (IOException e) {
        throw HubCache.unusable(directory.resolve(file.name()), e);
      }
      if (!found.equals(file.sha256())) {
        throw new ModelHubException(
            Reason.WRONG_CONTENT,
            String.format(
                Locale.ROOT,
                "%s: expected SHA-256 %s, found %s; delete the directory and fetch the model again",
                directory.resolve(file.name()),
                file.sha256(),
                found));
      }
    }
    return files;
  }

  /** The commit that a branch or tag means now. */
  private ModelReference resolve(
      HubConnection hub, ModelReference wanted, ProgressListener listener)
      throws ModelHubException {
    String commit;
    try {
      commit =
          CheckpointDownload.describeConfig(hub, new Retries(settings, listener), wanted).commit();
    } catch (ModelHubException e) {
      throw e.reason() == Reason.UNKNOWN_MODEL ? withReleasedNames(e) : e;
    }
    if (commit == null || !ModelReference.isCommit(commit)) {
      throw new ModelHubException(
          Reason.BAD_ANSWER,
          String.format(
              Locale.ROOT,
              "%s did not say which commit %s is (no X-Repo-Commit); ask for one: %s@<commit>",
              settings.endpoint(),
              wanted,
              wanted.repository()));
    }
    cache.remember(wanted, commit);
    return wanted.at(commit);
  }

  private Path download(HubConnection hub, ModelReference model, ProgressListener listener)
      throws ModelHubException {
    Path directory = cache.directory(model);
    cache.createDirectories(directory);
    CacheLock lock = CacheLock.acquire(cache.lockFile(model), listener);
    try (lock) {
      if (!isCached(model)) { // else someone else was quicker
        List<CachedFile> files =
            new CheckpointDownload(hub, settings, model, pinnedHash(model), directory, listener)
                .run();
        cache.complete(model, settings.endpoint(), files);
      }
      return directory;
    } catch (ModelHubException e) {
      throw e.reason() == Reason.UNKNOWN_MODEL ? withReleasedNames(e) : e;
    }
  }

  /** Whether a fixed revision is complete in the cache, and came with the pinned hash if any. */
  private boolean isCached(ModelReference model) throws ModelHubException {
    Optional<List<CachedFile>> files = cache.files(model);
    String pinned = pinnedHash(model);
    return files.isPresent()
        && (pinned == null
            || files.get().stream()
                .anyMatch(
                    file ->
                        file.name().equals(CheckpointDownload.WEIGHTS)
                            && file.sha256().equals(pinned)));
  }

  /** The pinned hash of a fixed revision; null if there is none. */
  private String pinnedHash(ModelReference model) {
    return released.stream()
        .filter(r -> r.name().equals(model.repository()) && r.revision().equals(model.revision()))
        .map(ReleasedModel::weightsSha256)
        .filter(hash -> hash != null)
        .findFirst()
        .orElse(null);
  }

  private ModelHubException withReleasedNames(ModelHubException e) {
    return new ModelHubException(
        e.reason(), e.getMessage() + "; " + ModelReference.releasedNames(released), e);
  }
}
