package io.patchcast.table;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Writes Arrow files as the sources of data sets do: with Arrow's own writer. */
public final class ArrowFiles {
  public static final ArrowType TEXT = ArrowType.Utf8.INSTANCE;
  public static final ArrowType SECONDS = new ArrowType.Timestamp(TimeUnit.SECOND, null);
  public static final ArrowType FLOAT32 =
      new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
  public static final ArrowType FLOAT64 =
      new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);

  /** GIFT-Eval's columns: item_id, start, freq, target. */
  public static final Schema GIFT_EVAL =
      new Schema(
          List.of(
              column("item_id", TEXT),
              column("start", SECONDS),
              column("freq", TEXT),
              list("target", column("item", FLOAT32))));

  private ArrowFiles() {}

  /** A nullable column of single values. */
  public static Field column(String name, ArrowType type) {
    return new Field(name, FieldType.nullable(type), null);
  }

  /** A nullable column of lists. */
  public static Field list(String name, Field element) {
    return nested(name, ArrowType.List.INSTANCE, element);
  }

  /** A nullable column of lists of some kind. */
  public static Field nested(String name, ArrowType list, Field element) {
    return new Field(name, FieldType.nullable(list), List.of(element));
  }

  /** Writes a stream, as Hugging Face's save_to_disk does. */
  public static Path stream(Path file, Schema schema, int batchRows, List<List<Object>> rows)
      throws IOException {
    return write(file, schema, batchRows, rows, ArrowStreamWriter::new);
  }

  /** Writes a file of the file format, as Feather is. */
  public static Path file(Path file, Schema schema, int batchRows, List<List<Object>> rows)
      throws IOException {
    return write(file, schema, batchRows, rows, ArrowFileWriter::new);
  }

  /** Writes a stream of one batch, its buffers packed with ZSTD. */
  public static Path packed(Path file, Schema schema, List<List<Object>> rows) throws IOException {
    return write(
        file,
        schema,
        rows.size(),
        rows,
        (root, dictionaries, out) ->
            new ArrowStreamWriter(
                root,
                dictionaries,
                out,
                IpcOption.DEFAULT,
                new Packing(),
                CompressionUtil.CodecType.ZSTD));
  }

  /** ZSTD by the library that Arrow itself packs with. */
  private static final class Packing extends AbstractCompressionCodec
      implements CompressionCodec.Factory {
    @Override
    protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf buffer) {
      byte[] bytes = new byte[(int) buffer.writerIndex()];
      buffer.getBytes(0, bytes);
      byte[] packed = Zstd.compress(bytes);
      long header = CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH;
      ArrowBuf whole = allocator.buffer(header + packed.length);
      whole.setBytes(header, packed);
      whole.writerIndex(header + packed.length);
      return whole;
    }

    @Override
    protected ArrowBuf doDecompress(BufferAllocator allocator, ArrowBuf buffer) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompressionUtil.CodecType getCodecType() {
      return CompressionUtil.CodecType.ZSTD;
    }

    @Override
    public CompressionCodec createCodec(CompressionUtil.CodecType type) {
      return this;
    }

    @Override
    public CompressionCodec createCodec(CompressionUtil.CodecType type, int level) {
      return this;
    }
  }

  private interface Writer {
    ArrowWriter open(
        VectorSchemaRoot root,
        org.apache.arrow.vector.dictionary.DictionaryProvider dictionaries,
        WritableByteChannel out);
  }

  private static Path write(
      Path file, Schema schema, int batchRows, List<List<Object>> rows, Writer format)
      throws IOException {
    Files.createDirectories(file.getParent());
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
        WritableByteChannel out =
            Files.newByteChannel(
                file,
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.TRUNCATE_EXISTING,
                java.nio.file.StandardOpenOption.WRITE);
        ArrowWriter writer = format.open(root, null, out)) {
      writer.start();
      // No rows are one batch of none.
      for (int from = 0; from == 0 || from < rows.size(); from += batchRows) {
        List<List<Object>> batch = rows.subList(from, Math.min(rows.size(), from + batchRows));
        root.getFieldVectors().forEach(FieldVector::reset);
        root.allocateNew();
        for (int row = 0; row < batch.size(); row++) {
          for (int c = 0; c < schema.getFields().size(); c++) {
            set(root.getVector(c), row, batch.get(row).get(c));
          }
        }
        root.setRowCount(batch.size());
        writer.writeBatch();
      }
      writer.end();
    }
    return file;
  }

  private static void set(FieldVector vector, int index, Object value) {
    if (value == null) {
      vector.setNull(index);
    } else if (vector instanceof VarCharVector texts) {
      texts.setSafe(index, value.toString().getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof LargeVarCharVector texts) {
      texts.setSafe(index, value.toString().getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof TimeStampVector times) {
      times.setSafe(index, ((Number) value).longValue());
    } else if (vector instanceof Float4Vector numbers) {
      numbers.setSafe(index, ((Number) value).floatValue());
    } else if (vector instanceof Float8Vector numbers) {
      numbers.setSafe(index, ((Number) value).doubleValue());
    } else if (vector instanceof BaseIntVector numbers) {
      numbers.setWithPossibleTruncate(index, ((Number) value).longValue());
    } else if (vector instanceof BitVector bits) {
      bits.setSafe(index, ((Boolean) value) ? 1 : 0);
    } else if (vector instanceof ListVector lists) {
      List<?> elements = elements(value);
      int offset = lists.startNewValue(index);
      setAll(lists.getDataVector(), offset, elements);
      lists.endValue(index, elements.size());
    } else if (vector instanceof LargeListVector lists) {
      List<?> elements = elements(value);
      long offset = lists.startNewValue(index);
      setAll(lists.getDataVector(), (int) offset, elements);
      lists.endValue(index, elements.size());
    } else if (vector instanceof FixedSizeListVector lists) {
      setAll(lists.getDataVector(), lists.startNewValue(index), elements(value));
    } else {
      throw new IllegalArgumentException("no way to write " + vector.getField());
    }
  }

  private static List<?> elements(Object value) {
    return value instanceof double[] numbers
        ? Arrays.stream(numbers).boxed().toList()
        : (List<?>) value;
  }

  private static void setAll(FieldVector vector, int offset, List<?> elements) {
    for (int i = 0; i < elements.size(); i++) {
      set(vector, offset + i, elements.get(i));
    }
    vector.setValueCount(offset + elements.size());
  }
}
