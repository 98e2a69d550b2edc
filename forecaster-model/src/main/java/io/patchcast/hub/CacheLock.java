package io.patchcast.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channel;
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
  private final FileLock lock;

  private CacheLock(Semaphore turn, FileLock lock) {
    this.turn = turn;
    this.lock = lock;
  }

  /**
   * Waits until nobody else holds the lock, however long that takes.
   *
   * @param file where the lock lives; its directory must exist
   */
  static CacheLock acquire(Path file, ProgressListener listener) throws ModelHubException {
    FileChannel channel = null;
    Semaphore turn = null;
    FileLock lock = null;
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
      while ((lock = tryLock(channel)) == null) {
        if (!told) {
          listener.waiting(file);
          told = true;
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      return new CacheLock(turn, lock);
    } catch (InterruptedException e) {
      throw ModelHubException.interrupted(e);
    } catch (IOException e) {
      throw HubCache.unusable(file, e);
    } finally {
      if (lock == null) {
        release(turn, channel);
      }
    }
  }

  /** The lock, or null if someone else holds it. */
  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(); // released when the channel closes
    } catch (OverlappingFileLockException e) {
      return null; // held by a copy of this class in another class loader
    }
  }

  @Override
  public void close() {
    release(turn, lock.acquiredBy());
  }

  private static void release(Semaphore turn, Channel channel) {
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
