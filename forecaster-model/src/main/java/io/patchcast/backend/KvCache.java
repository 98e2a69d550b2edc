package io.patchcast.backend;

/**
 * Keys and values of the time layers, per row, kept between the passes of a block decode. Not safe
 * for use by several threads.
 */
public interface KvCache extends AutoCloseable {
  /** Forgets all but the first {@code tokens} tokens of a row. */
  void rewind(int row, int tokens);

  @Override
  void close();
}
