package io.patchcast.weights;

/** A checkpoint file that is damaged, hostile or of a kind that is not supported. */
public final class CheckpointFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final long byteOffset;

  /**
   * @param file the file, as the user knows it
   * @param byteOffset where in the file, or -1 where that has no meaning
   * @param reason tensor or key, what was expected and what was found
   */
  public CheckpointFormatException(String file, long byteOffset, String reason) {
    super(file + (byteOffset < 0 ? "" : " at byte " + byteOffset) + ": " + reason);
    this.file = file;
    this.byteOffset = byteOffset;
  }

  /** The file, as the user knows it. */
  public String file() {
    return file;
  }

  /** Where in the file, or -1 where that has no meaning. */
  public long byteOffset() {
    return byteOffset;
  }
}
