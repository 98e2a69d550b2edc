package io.patchcast.hub;

/**
 * What is known of a file before it is downloaded.
 *
 * @param name file name in the repository
 * @param commit the commit that the hub names for it; null if it names none
 * @param bytes size; {@link #UNKNOWN_SIZE} if the hub does not say
 * @param sha256 the hash it must have; null if none is known
 * @param check where the hash comes from
 */
record RemoteFile(String name, String commit, long bytes, String sha256, CachedFile.Check check) {
  static final long UNKNOWN_SIZE = -1;

  RemoteFile withPinnedHash(String pinned) {
    return new RemoteFile(name, commit, bytes, pinned, CachedFile.Check.PINNED_HASH);
  }
}
