package io.patchcast.hub;

/**
 * A file of a checkpoint in the cache.
 *
 * @param name file name inside the checkpoint directory
 * @param bytes its size
 * @param sha256 its SHA-256, 64 lower-case hexadecimal digits
 * @param check what that hash was compared with when the file came
 */
public record CachedFile(String name, long bytes, String sha256, Check check) {
  /** What stood against a file's hash. */
  public enum Check {
    /** The hash pinned in this library. */
    PINNED_HASH,
    /** The hash that the hub announced. */
    HUB_HASH,
    /**
     * No hash was known: the transfer was complete, and that is all (small files, some mirrors).
     */
    TRANSFER_ONLY
  }
}
