package io.patchcast.hub;

import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Downloads single files by their address with the care that checkpoints get: an interrupted
 * download goes on where it stopped, what comes is checked by size and hash, and the file appears
 * whole or not at all.
 *
 * <p>Nothing but https is used, except with this machine itself. The hub's token goes to the hub
 * only.
 *
 * @param settings patience, and whether the network may be used
 * @param listener sees the progress
 */
public record FileDownload(HubSettings settings, ProgressListener listener) {

  /**
   * Brings a file into a directory; one that is there already and right is left alone.
   *
   * @param owner what the file belongs to, for messages
   * @param address where it is
   * @param target its place; created with the directories above it
   * @param bytes its size
   * @param sha256 its hash, hexadecimal
   */
  public void fetch(String owner, URI address, Path target, long bytes, String sha256)
      throws ModelHubException {
    if (!"https".equals(address.getScheme()) && !isLoopback(address)) {
      throw new ModelHubException(
          Reason.BAD_ANSWER, "expected an https address for " + owner + ", got '" + address + "'");
    }
    String name = target.getFileName().toString();
    RemoteFile file = new RemoteFile(name, null, bytes, sha256, CachedFile.Check.PINNED_HASH);
    if (settings.mode() == HubSettings.Mode.OFFLINE && HubCache.size(target) != bytes) {
      throw new ModelHubException(
          Reason.OFFLINE, name + " of " + owner + " is not in the cache, and the mode is offline");
    }
    try {
      Files.createDirectories(target.getParent());
    } catch (IOException e) {
      throw HubCache.unusable(target.getParent(), e);
    }
    HubConnection connection = new HubConnection(settings);
    Path lock = target.resolveSibling(name + ".lock");
    try (CacheLock held = CacheLock.acquire(lock, listener)) {
      var unused =
          new FileTransfer(
                  (offset, etag) -> connection.open(address, owner, name, offset, etag),
                  settings,
                  new Retries(settings, listener),
                  owner + " from " + address.getRawAuthority(),
                  file,
                  target.getParent(),
                  new TransferProgress(listener, bytes))
              .run();
    }
  }

  private static boolean isLoopback(URI address) {
    return "http".equals(address.getScheme()) && HubSettings.isLoopback(address.getHost());
  }
}
