package io.patchcast.table;

import io.airlift.compress.Compressor;
import io.airlift.compress.Decompressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.snappy.SnappyCompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * The page codecs of Parquet in pure Java: reads uncompressed, snappy, gzip, zstd and lz4_raw,
 * writes uncompressed, snappy and zstd.
 *
 * <p>Stands in for Hadoop's codecs, which would need the 30 MB runtime jar and native libraries.
 */
final class ParquetCodecs implements CompressionCodecFactory {
  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    Compressor compressor =
        switch (codec) {
          case UNCOMPRESSED -> null;
          case SNAPPY -> new SnappyCompressor();
          case ZSTD -> new ZstdCompressor();
          default -> throw new IllegalArgumentException("no compressor for " + codec);
        };
    return new PageCompressor(codec, compressor);
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return new PageDecompressor(
        switch (codec) {
          case UNCOMPRESSED -> ParquetCodecs::copied;
          case SNAPPY -> with(new SnappyDecompressor());
          case ZSTD -> with(new ZstdDecompressor());
          case LZ4_RAW -> with(new Lz4Decompressor());
          case GZIP -> ParquetCodecs::gunzipped;
          default ->
              throw new InputException(
                  "compressed with "
                      + codec
                      + "; read are uncompressed, snappy, gzip, zstd and lz4_raw");
        });
  }

  @Override
  public void release() {}

  /** Unpacks a page into an array of the size that the page header promises. */
  private interface Unpacker {
    byte[] unpack(byte[] packed, int size) throws IOException;
  }

  private static Unpacker with(Decompressor decompressor) {
    return (packed, size) -> {
      byte[] unpacked = new byte[size];
      int written = decompressor.decompress(packed, 0, packed.length, unpacked, 0, size);
      return checked(unpacked, written);
    };
  }

  private static byte[] copied(byte[] packed, int size) throws IOException {
    if (packed.length != size) {
      throw new IOException("a page should have " + size + " bytes, got " + packed.length);
    }
    return packed;
  }

  private static byte[] gunzipped(byte[] packed, int size) throws IOException {
    byte[] unpacked = new byte[size];
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return checked(unpacked, in.readNBytes(unpacked, 0, size));
    }
  }

  private static byte[] bytes(BytesInput page) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.toIntExact(page.size()));
    page.writeAllTo(bytes);
    return bytes.toByteArray();
  }

  private static byte[] checked(byte[] unpacked, int written) throws IOException {
    if (written != unpacked.length) {
      throw new IOException(
          "a page should unpack to " + unpacked.length + " bytes, got " + written);
    }
    return unpacked;
  }

  private record PageCompressor(CompressionCodecName codec, Compressor compressor)
      implements BytesInputCompressor {
    @Override
    public BytesInput compress(BytesInput page) throws IOException {
      if (compressor == null) {
        return page;
      }
      byte[] plain = bytes(page);
      byte[] packed = new byte[compressor.maxCompressedLength(plain.length)];
      int length = compressor.compress(plain, 0, plain.length, packed, 0, packed.length);
      return BytesInput.from(packed, 0, length);
    }

    @Override
    public CompressionCodecName getCodecName() {
      return codec;
    }

    @Override
    public void release() {}
  }

  private record PageDecompressor(Unpacker unpacker) implements BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput page, int size) throws IOException {
      return BytesInput.from(unpacker.unpack(bytes(page), size));
    }

    @Override
    public void decompress(ByteBuffer packed, int packedSize, ByteBuffer unpacked, int size)
        throws IOException {
      byte[] bytes = new byte[packedSize];
      packed.get(bytes);
      unpacked.put(unpacker.unpack(bytes, size));
    }

    @Override
    public void release() {}
  }
}
