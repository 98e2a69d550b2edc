package io.patchcast.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** Bytes of one checkpoint file: mapped from disk, or held in memory. */
interface ByteSource {
  /** The file, as the user knows it. */
  String name();

  /** Length in bytes. */
  long size();

  /** {@code length} bytes from {@code offset} on, position 0; no copy. */
  ByteBuffer slice(long offset, int length);

  /** Feeds all bytes to {@code digest}. */
  default void digest(MessageDigest digest) {
    int block = 1 << 24;
    for (long offset = 0; offset < size(); offset += block) {
      digest.update(slice(offset, (int) Math.min(block, size() - offset)));
    }
  }

  /** A file of any size, mapped piece by piece: a mapping ends at two gigabytes. */
  static ByteSource mapped(Path file) {
    return new ByteSource() {
      private final long size = length();

      private long length() {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          return channel.size();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public String name() {
        return file.toString();
      }

      @Override
      public long size() {
        return size;
      }

      @Override
      public ByteBuffer slice(long offset, int length) {
        // The mapping outlives the channel, and is released when the buffer is collected.
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          if (channel.size() < offset + length) {
            throw new CheckpointFormatException(
                name(),
                offset,
                "expected " + size + " bytes as when it was opened, found " + channel.size());
          }
          return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  /** Bytes in memory, such as a resource of a jar. */
  static ByteSource of(String name, byte[] bytes) {
    return new ByteSource() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public ByteBuffer slice(long offset, int length) {
        return ByteBuffer.wrap(bytes, Math.toIntExact(offset), length).slice().asReadOnlyBuffer();
      }
    };
  }
}
