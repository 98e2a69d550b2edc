package io.patchcast.hub;

import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The right to download one revision of one model, against all threads and processes that share the
 * cache; held until closed, or until the process dies.
 */
final class CacheLock implements AutoCloseable {
  /**
   * Threads of this JVM line up here first. A file lock belongs to the whole process, and closing
   * any channel on the file gives it up, so only one thread at a time may touch the lock file.
   */
  private static final ConcurrentMap<Path, Semaphore> TURNS = new ConcurrentHashMap<>();

  private static final long POLL_MILLIS = 100;

  private final Semaphore turn;
  private final FileChannel channel;

  private CacheLock(Semaphore turn, FileChannel channel) {
    this.turn = turn;
    this.channel = channel;
  }

  /**
   * Waits until nobody else holds the lock, however long that takes.
   *
   * @param file where the lock lives; its directory must exist
   */
  static CacheLock acquire(Path file, ProgressListener listener) throws ModelHubException {
    FileChannel channel = null;
    Semaphore turn = null;
    boolean acquired = false;
    try {
      Path key = file.getParent().toRealPath().resolve(file.getFileName());
      Semaphore wanted = TURNS.computeIfAbsent(key, path -> new Semaphore(1, true));
      boolean told = false;
      if (!wanted.tryAcquire()) {
        listener.waiting(file);
        told = true;
        wanted.acquire();
      }
      turn = wanted;
      channel = FileChannel.open(key, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      // Polled, not blocking: a blocked lock call cannot be interrupted on every platform.
      while (!tryLock(channel)) {
        if (!told) {
          listener.waiting(file);
          told = true;
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      acquired = true;
      return new CacheLock(turn, channel);
    } catch (InterruptedException e) {
      throw ModelHubException.interrupted(e);
    } catch (IOException e) {
      throw new ModelHubException(
          Reason.CACHE_UNUSABLE,
          "cannot lock %s: %s; PATCHCAST_CACHE can name another directory".formatted(file, e),
          e);
    } finally {
      if (!acquired) {
        release(turn, channel);
      }
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock(); // released when the channel closes
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // held by a copy of this class in another class loader
    }
  }

  @Override
  public void close() {
    release(turn, channel);
  }

  private static void release(Semaphore turn, FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (turn != null) {
        turn.release();
      }
    }
  }
}
