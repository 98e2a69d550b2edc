package io.patchcast.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Unpacks LZ4 frames, in which Arrow packs buffers: a header, blocks, a mark of the end.
 *
 * <p>A block may refer to the bytes of blocks before it, which is why the decompressor that Parquet
 * pages go through, of single blocks, does not do. Checksums are passed over.
 */
final class Lz4Frames {
  private static final int MAGIC = 0x184D2204;
  private static final int FLAG_BLOCK_CHECKSUM = 0x10;
  private static final int FLAG_CONTENT_SIZE = 0x08;
  private static final int FLAG_DICTIONARY = 0x01;
  private static final int VERSION_MASK = 0xC0;
  private static final int VERSION = 0x40;
  private static final int STORED = 0x80000000;
  private static final int CHECKSUM_BYTES = 4;
  private static final int LONGEST_SHORT_LENGTH = 15;
  private static final int SHORTEST_MATCH = 4;

  private final ByteBuffer in;
  private final byte[] out;
  private int end;

  private Lz4Frames(byte[] packed, byte[] unpacked) {
    this.in = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
    this.out = unpacked;
  }

  /**
   * Unpacks one frame.
   *
   * @return bytes written
   * @throws RuntimeException if the frame is damaged or holds more than {@code unpacked} takes
   */
  static int unpack(byte[] packed, byte[] unpacked) {
    return new Lz4Frames(packed, unpacked).frame();
  }

  private int frame() {
    int magic = in.getInt();
    int flags = in.get();
    if (magic != MAGIC || (flags & VERSION_MASK) != VERSION || (flags & FLAG_DICTIONARY) != 0) {
      throw new IllegalArgumentException("expected an LZ4 frame without dictionary");
    }
    // Largest block, size of the content, checksum of the header.
    skip(1 + ((flags & FLAG_CONTENT_SIZE) != 0 ? Long.BYTES : 0) + 1);
    int size;
    while ((size = in.getInt()) != 0) {
      int length = size & ~STORED;
      if (length > in.remaining()) {
        throw new IllegalArgumentException(
            "expected an LZ4 block within " + in.remaining() + " bytes, found " + length);
      }
      if ((size & STORED) != 0) {
        literals(length);
      } else {
        block(in.position() + length);
      }
      skip((flags & FLAG_BLOCK_CHECKSUM) != 0 ? CHECKSUM_BYTES : 0);
    }
    return end;
  }

  private void skip(int bytes) {
    in.position(in.position() + bytes);
  }

  /** Sequences: literals, then a copy of bytes that are out already; the last has no copy. */
  private void block(int blockEnd) {
    while (in.position() < blockEnd) {
      int token = in.get() & 0xff;
      literals(length(token >> 4));
      if (in.position() >= blockEnd) {
        return;
      }
      int distance = in.getShort() & 0xffff;
      int length = length(token & 0xf) + SHORTEST_MATCH;
      int from = end - distance;
      if (distance == 0 || from < 0) {
        throw new IllegalArgumentException("LZ4 copy from " + distance + " bytes before the start");
      }
      // Byte by byte: source and target may overlap, which repeats a pattern.
      for (int i = 0; i < length; i++) {
        out[end++] = out[from + i];
      }
    }
  }

  private int length(int ofToken) {
    int length = ofToken;
    if (length == LONGEST_SHORT_LENGTH) {
      int more;
      do {
        more = in.get() & 0xff;
        length = Math.addExact(length, more);
      } while (more == 0xff);
    }
    return length;
  }

  private void literals(int length) {
    in.get(out, end, length);
    end += length;
  }
}
