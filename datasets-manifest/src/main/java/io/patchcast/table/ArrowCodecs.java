package io.patchcast.table;

import io.airlift.compress.zstd.ZstdDecompressor;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.NoCompressionCodec;

/**
 * Unpacks the buffers of Arrow files in pure Java: LZ4 frames and ZSTD.
 *
 * <p>Stands in for Arrow's own module, which would bring a native library and Commons Compress.
 */
final class ArrowCodecs implements CompressionCodec.Factory {
  /** Arrays have a few elements less than an int counts. */
  private static final long MOST_BYTES = Integer.MAX_VALUE - 8;

  /** What a byte of LZ4 can become: each byte of a length adds as much. */
  private static final int MOST_PER_LZ4_BYTE = 255;

  /** What a byte of ZSTD can become: a block of 128 KiB is four bytes at least. */
  private static final int MOST_PER_ZSTD_BYTE = 1 << 15;

  @Override
  public CompressionCodec createCodec(CompressionUtil.CodecType type) {
    return switch (type) {
      case NO_COMPRESSION -> NoCompressionCodec.INSTANCE;
      case LZ4_FRAME -> new Unpacking(type, MOST_PER_LZ4_BYTE, Lz4Frames::unpack);
      case ZSTD ->
          new Unpacking(
              type,
              MOST_PER_ZSTD_BYTE,
              (packed, unpacked) ->
                  new ZstdDecompressor()
                      .decompress(packed, 0, packed.length, unpacked, 0, unpacked.length));
      default ->
          throw new InputException("buffers packed with " + type + "; read are LZ4 and ZSTD");
    };
  }

  @Override
  public CompressionCodec createCodec(CompressionUtil.CodecType type, int level) {
    return createCodec(type);
  }

  /** Fills an array with what was packed; returns how many bytes that were. */
  private interface Unpacker {
    int unpack(byte[] packed, byte[] unpacked);
  }

  private static final class Unpacking extends AbstractCompressionCodec {
    private final CompressionUtil.CodecType type;
    private final int mostPerByte;
    private final Unpacker unpacker;

    Unpacking(CompressionUtil.CodecType type, int mostPerByte, Unpacker unpacker) {
      this.type = type;
      this.mostPerByte = mostPerByte;
      this.unpacker = unpacker;
    }

    @Override
    protected ArrowBuf doDecompress(BufferAllocator allocator, ArrowBuf buffer) {
      long length = readUncompressedLength(buffer);
      long packedLength = buffer.writerIndex() - CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH;
      if (length < 0 || length > MOST_BYTES || packedLength < 0 || packedLength > MOST_BYTES) {
        throw new IllegalArgumentException(
            "expected a buffer of at most " + MOST_BYTES + " bytes, found one of " + length);
      }
      if (length > mostPerByte * packedLength) {
        throw new IllegalArgumentException(
            "expected "
                + packedLength
                + " bytes of "
                + type
                + " to unpack to at most "
                + mostPerByte
                + " times as many, found "
                + length);
      }
      if (length > allocator.getHeadroom()) {
        throw new OutOfMemoryException(
            "a buffer that unpacks to "
                + length
                + " bytes, of "
                + allocator.getHeadroom()
                + " left");
      }
      byte[] packed = new byte[(int) packedLength];
      buffer.getBytes(CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH, packed);
      byte[] unpacked = new byte[(int) length];
      int found = unpacker.unpack(packed, unpacked);
      if (found != unpacked.length) {
        throw new IllegalArgumentException(
            "expected a buffer to unpack to " + length + " bytes, got " + found);
      }
      ArrowBuf whole = allocator.buffer(length);
      whole.setBytes(0, unpacked);
      whole.writerIndex(length);
      return whole;
    }

    @Override
    protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf buffer) {
      throw new UnsupportedOperationException("Arrow files are read only");
    }

    @Override
    public CompressionUtil.CodecType getCodecType() {
      return type;
    }
  }
}
