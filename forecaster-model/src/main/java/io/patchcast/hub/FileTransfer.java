package io.patchcast.hub;

import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/**
 * Brings one file of a model into its directory: into {@code NAME.part} first, going on where an
 * earlier attempt or process stopped, and under its own name once its hash is right.
 *
 * <p>The caller holds the {@link CacheLock} of the directory.
 */
final class FileTransfer {
  /** Opens the file from an offset on, as {@link HubConnection} does. */
  interface Source {
    HubConnection.Answer open(long offset, String etag) throws TransientFailure, ModelHubException;
  }

  private final Source source;
  private final HubSettings settings;
  private final Retries retries;
  private final String owner;
  private final RemoteFile file;
  private final TransferProgress progress;
  private final Path target;
  private final Path part;
  private final Path partEtag;

  /** Whether {@link #part} was put together from more than one answer. */
  private boolean stitched;

  /**
   * @param owner what the file belongs to, for messages: a model or a data set, and its server
   */
  FileTransfer(
      Source source,
      HubSettings settings,
      Retries retries,
      String owner,
      RemoteFile file,
      Path directory,
      TransferProgress progress) {
    this.source = source;
    this.settings = settings;
    this.retries = retries;
    this.owner = owner;
    this.file = file;
    this.progress = progress;
    target = directory.resolve(file.name());
    part = part(directory, file.name());
    partEtag = directory.resolve(file.name() + ".part.etag");
  }

  /** Where a file grows until it is complete. */
  static Path part(Path directory, String name) {
    return directory.resolve(name + ".part");
  }

  /** The file, complete, checked and under its own name. */
  CachedFile run() throws ModelHubException {
    try {
      // A run that ended before the whole checkpoint was there may have left this file in order.
      if (file.bytes() >= 0 && HubCache.size(target) == file.bytes()) {
        String hash = hash(target);
        if (file.sha256() == null || file.sha256().equals(hash)) {
          return finished(hash);
        }
      }
      download();
      String hash = hash(part);
      if (!matches(hash) && stitched) {
        // The older piece may be what is wrong: once more, in one piece if the link lets us.
        discardPart();
        download();
        hash = hash(part);
      }
      if (!matches(hash)) {
        discardPart();
        throw new ModelHubException(
            Reason.WRONG_CONTENT,
            String.format(
                Locale.ROOT,
                "%s of %s: expected SHA-256 %s (%s), got %s; nothing was kept",
                file.name(),
                owner,
                file.sha256(),
                file.check() == CachedFile.Check.PINNED_HASH
                    ? "pinned in this library"
                    : "announced by the hub",
                hash));
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      Files.deleteIfExists(partEtag);
      return finished(hash);
    } catch (ModelHubException e) {
      throw e;
    } catch (ClosedByInterruptException e) {
      throw ModelHubException.interrupted(e);
    } catch (IOException e) {
      throw HubCache.unusable(target, e);
    }
  }

  private String hash(Path path) throws IOException {
    progress.checking(file.name());
    return Sha256.of(path);
  }

  private boolean matches(String hash) {
    return file.sha256() == null || file.sha256().equals(hash);
  }

  private CachedFile finished(String hash) throws ModelHubException {
    long bytes = HubCache.size(target);
    progress.finished(bytes);
    return new CachedFile(file.name(), bytes, hash, file.check());
  }

  private void download() throws ModelHubException {
    stitched = HubCache.size(part) > 0;
    retries.call(
        () -> {
          attempt();
          return null;
        });
  }

  private void attempt() throws TransientFailure, ModelHubException {
    long offset = Math.max(0, HubCache.size(part));
    if (file.bytes() >= 0 && offset > file.bytes()) {
      discardPart();
      offset = 0;
    } else if (offset > 0 && offset == file.bytes()) {
      return; // ended between the last byte and the new name
    }
    String etag = offset > 0 ? readPartEtag() : null;
    if (etag == null && file.sha256() == null) {
      offset = 0; // nothing could tell whether the rest belongs to it
    }
    try (HubConnection.Answer answer = source.open(offset, etag)) {
      if (answer.status() == 200) {
        offset = 0; // the server knows no ranges, or the content is another one now
      } else if (!continuesAt(offset, answer)) {
        discardPart();
        throw new TransientFailure(
            String.format(
                Locale.ROOT,
                "%s cannot continue %s at byte %d (status %d), starting over",
                answer.response().uri().getRawAuthority(),
                file.name(),
                offset,
                answer.status()),
            null);
      }
      long length = answer.contentLength();
      if (file.bytes() >= 0 && length >= 0 && offset + length != file.bytes()) {
        throw wrongSize(offset + length);
      }
      stitched = offset > 0;
      receive(answer, offset);
    }
  }

  private boolean continuesAt(long offset, HubConnection.Answer answer) {
    long[] range = answer.contentRange();
    return answer.status() == 206
        && range != null
        && range[0] == offset
        && (file.bytes() < 0 || range[1] == file.bytes());
  }

  private void receive(HubConnection.Answer answer, long offset)
      throws TransientFailure, ModelHubException {
    long position = offset;
    try (FileChannel out =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.truncate(offset);
      out.position(offset);
      if (offset == 0) {
        writePartEtag(answer.strongEtag());
      }
      progress.at(position);
      long limit = file.bytes() >= 0 ? file.bytes() : CheckpointDownload.SMALL_FILE_BYTES;
      List<ByteBuffer> content;
      while (!(content = next(answer, position, offset)).isEmpty()) {
        for (ByteBuffer buffer : content) {
          position += buffer.remaining();
          if (position > limit) {
            out.truncate(0);
            throw wrongSize(position);
          }
          while (buffer.hasRemaining()) {
            out.write(buffer);
          }
        }
        progress.at(position);
      }
      out.force(true); // before the rename: a power cut must not leave an empty file under the name
    } catch (ClosedByInterruptException e) {
      throw ModelHubException.interrupted(e);
    } catch (ModelHubException e) {
      throw e;
    } catch (IOException e) {
      throw HubCache.unusable(part, e);
    }
    if (file.bytes() >= 0 && position < file.bytes()) {
      throw broken(position, offset, "the server ended it", null);
    }
  }

  /** The next piece of content; what breaks here is the network's, not the disk's. */
  private List<ByteBuffer> next(HubConnection.Answer answer, long position, long offset)
      throws TransientFailure, ModelHubException {
    try {
      return answer.body().next(settings.idleTimeout());
    } catch (IOException e) {
      throw broken(position, offset, HubConnection.describe(e), e);
    } catch (InterruptedException e) {
      throw ModelHubException.interrupted(e);
    }
  }

  private TransientFailure broken(long position, long offset, String why, IOException cause) {
    return new TransientFailure(
        String.format(
            Locale.ROOT,
            "transfer of %s broke off after %d of %s bytes: %s",
            file.name(),
            position,
            file.bytes() < 0 ? "?" : file.bytes(),
            why),
        cause,
        null,
        position - offset);
  }

  private ModelHubException wrongSize(long found) {
    return new ModelHubException(
        Reason.WRONG_CONTENT,
        String.format(
            Locale.ROOT,
            "%s of %s: expected %s bytes, got %d",
            file.name(),
            owner,
            file.bytes() >= 0 ? file.bytes() : "at most " + CheckpointDownload.SMALL_FILE_BYTES,
            found));
  }

  private String readPartEtag() throws ModelHubException {
    try {
      if (!Files.exists(partEtag)) {
        return null;
      }
      String etag = new String(Files.readAllBytes(partEtag), StandardCharsets.UTF_8);
      return HubConnection.isStrongEtag(etag) ? etag : null;
    } catch (IOException e) {
      throw HubCache.unusable(partEtag, e);
    }
  }

  private void writePartEtag(String etag) throws IOException {
    if (etag == null) {
      Files.deleteIfExists(partEtag);
    } else {
      Files.writeString(partEtag, etag);
    }
  }

  private void discardPart() throws ModelHubException {
    try {
      Files.deleteIfExists(part);
      Files.deleteIfExists(partEtag);
    } catch (IOException e) {
      throw HubCache.unusable(part, e);
    }
  }
}
