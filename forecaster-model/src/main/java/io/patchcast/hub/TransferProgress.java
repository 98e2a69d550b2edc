package io.patchcast.hub;

/** Adds up the files of a model for its listener. */
final class TransferProgress {
  private final ProgressListener listener;
  private final long totalBytes;
  private long finishedBytes;

  TransferProgress(ProgressListener listener, long totalBytes) {
    this.listener = listener;
    this.totalBytes = totalBytes;
  }

  /** So many bytes of the current file are here. */
  void at(long fileBytes) {
    listener.downloaded(finishedBytes + fileBytes, totalBytes);
  }

  /** The current file is here and is being hashed. */
  void checking(String fileName) {
    listener.checking(fileName);
  }

  /** The current file is complete; the next one begins. */
  void finished(long fileBytes) {
    finishedBytes += fileBytes;
    listener.downloaded(finishedBytes, totalBytes);
  }
}
