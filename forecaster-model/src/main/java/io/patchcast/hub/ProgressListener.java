package io.patchcast.hub;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Hears how a download gets on. Called on the thread that asked for the model, often (every few
 * kilobytes), so an implementation must be quick; what it throws ends the download.
 */
@FunctionalInterface
public interface ProgressListener {
  /** Listens to nothing. */
  ProgressListener NONE = (downloadedBytes, totalBytes) -> {};

  /**
   * So many bytes of the model's weights are here.
   *
   * @param downloadedBytes includes what an earlier, broken download left; goes back when a server
   *     makes the download start over
   * @param totalBytes all weight files of the model together
   */
  void downloaded(long downloadedBytes, long totalBytes);

  /** A file has come and its hash is being computed, which takes seconds for each gigabyte. */
  default void checking(String fileName) {}

  /**
   * Another process is downloading the same model, or another thread of this one is downloading
   * any; this one waits for it.
   */
  default void waiting(Path lockFile) {}

  /** An attempt failed; the next one starts after {@code delay}. */
  default void retrying(String reason, Duration delay) {}
}
