package io.patchcast.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The right to download one revision of one model, against all threads and processes that share the
 * cache; held until closed, or until the process dies.
 */
final class CacheLock implements AutoCloseable {
  /**
   * One download at a time in this JVM. A file lock belongs to the whole process, and closing any
   * channel on its file gives it up, so no other thread may touch a lock file that is held here.
   */
  private static final Semaphore TURN = new Semaphore(1, true);

  private static final long POLL_MILLIS = 100;

  private final FileLock lock;

  private CacheLock(FileLock lock) {
    this.lock = lock;
  }

  /**
   * Waits until nobody else holds the lock, however long that takes.
   *
   * @param file where the lock lives; its directory must exist
   */
  static CacheLock acquire(Path file, ProgressListener listener) throws ModelHubException {
    FileChannel channel = null;
    boolean hasTurn = false;
    FileLock lock = null;
    try {
      boolean told = false;
      if (!TURN.tryAcquire()) {
        listener.waiting(file);
        told = true;
        TURN.acquire();
      }
      hasTurn = true;
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      // Polled, not blocking: a blocked lock call cannot be interrupted on every platform.
      while ((lock = tryLock(channel)) == null) {
        if (!told) {
          listener.waiting(file);
          told = true;
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      return new CacheLock(lock);
    } catch (InterruptedException e) {
      throw ModelHubException.interrupted(e);
    } catch (IOException e) {
      throw HubCache.unusable(file, e);
    } finally {
      if (lock == null && hasTurn) {
        release(channel);
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
    release(lock.acquiredBy());
  }

  private static void release(Channel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      TURN.release();
    }
  }
}
