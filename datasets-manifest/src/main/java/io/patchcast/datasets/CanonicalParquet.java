package io.patchcast.datasets;

import io.patchcast.table.AtomicFile;
import io.patchcast.table.ParquetRecordWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/**
 * The canonical layout: Parquet, long, one row per series and step, sorted by series and time.
 *
 * <table>
 * <caption>Columns</caption>
 * <tr><td>{@code series}</td><td>text</td><td>id of the series</td></tr>
 * <tr><td>{@code variate}</td><td>text</td><td>which of its variates; only where series have
 * several. Those of a series follow each other, in the order of the source</td></tr>
 * <tr><td>{@code timestamp}</td><td>INT64, milliseconds, UTC</td><td>start of the step; counted
 * from 1970 where the source has no clock</td></tr>
 * <tr><td>{@code value}</td><td>double</td><td>null = missing</td></tr>
 * </table>
 *
 * <p>Where the data come from stands in the file's key-value metadata under {@code
 * patchcast.dataset.…}: name, title, source, licence, step, citation, and the hashes of the files
 * read.
 *
 * <p>Series may come in any order, one after the other: they are put aside in a file beside the
 * target (of a device, among the temporary ones), 16 bytes per value, and sorted by their names
 * when all have come. In memory are the names (some 200 bytes per variate), one series, and the
 * writer's row group of up to 128 MB.
 */
public final class CanonicalParquet implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int ROW_BYTES = Long.BYTES + Double.BYTES;

  private final AtomicFile target;
  private final Path asidePath;
  private final FileChannel aside;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final Set<String> names = new HashSet<>();
  private final List<Entry> entries = new ArrayList<>();
  private boolean hasVariates;
  private long rows;

  /** Where the rows of a variate were put aside. */
  private record Entry(String series, String variate, long firstRow, int count) {}

  private record Row(Binary series, Binary variate, long epochMillis, double value) {}

  private CanonicalParquet(AtomicFile target, Path asidePath, FileChannel aside) {
    this.target = target;
    this.asidePath = asidePath;
    this.aside = aside;
  }

  /**
   * Starts a file, which appears whole with {@link #commit} or not at all.
   *
   * @throws io.patchcast.table.InputException if it could not be written there
   */
  public static CanonicalParquet at(Path file) throws IOException {
    AtomicFile target = AtomicFile.at(file);
    Path absolute = file.toAbsolutePath();
    // Not beside a device, where there is no room for files.
    Path aside =
        target.partial().equals(absolute)
            ? Files.createTempFile("patchcast", ".part")
            : Files.createTempFile(absolute.getParent(), ".patchcast", ".part");
    try {
      // Removed when it is closed; where the system can, at once, so that no death leaves it.
      return new CanonicalParquet(
          target,
          aside,
          FileChannel.open(
              aside,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE));
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(aside);
      throw e;
    }
  }

  /**
   * Puts a series aside.
   *
   * @param variates at least one, all of the same id
   * @return the name it got: its own, or, where that was taken, the next free one with a number
   */
  public String add(List<TimedSeries> variates) throws IOException {
    String id = variates.get(0).id();
    String name = id;
    for (int number = 2; !names.add(name); number++) {
      name = id + "#" + number;
    }
    for (TimedSeries variate : variates) {
      hasVariates |= !variate.variate().isEmpty();
      entries.add(new Entry(name, variate.variate(), rows, variate.values().length));
      for (int t = 0; t < variate.values().length; t++) {
        if (buffer.remaining() < ROW_BYTES) {
          flush();
        }
        buffer.putLong(variate.timestamps()[t]).putDouble(variate.values()[t]);
      }
      rows += variate.values().length;
    }
    return name;
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      aside.write(buffer);
    }
    buffer.clear();
  }

  /** Series that came so far, each variate counted. */
  public int seriesCount() {
    return entries.size();
  }

  /**
   * Writes what was put aside, sorted, and puts the file in its place.
   *
   * @param provenance metadata of the file
   * @return rows written
   */
  public long commit(Map<String, String> provenance) throws IOException {
    flush();
    entries.sort(Comparator.comparing(Entry::series));
    try (ParquetRecordWriter<Row> writer =
        new ParquetRecordWriter<>(
            target.partial(),
            schema(hasVariates),
            provenance,
            hasVariates ? CanonicalParquet::fieldsWithVariate : CanonicalParquet::fields)) {
      for (Entry entry : entries) {
        write(entry, writer);
      }
    }
    target.commit();
    return rows;
  }

  private void write(Entry entry, ParquetRecordWriter<Row> writer) throws IOException {
    Binary series = Binary.fromString(entry.series);
    Binary variate = Binary.fromString(entry.variate);
    long position = entry.firstRow * ROW_BYTES;
    for (int left = entry.count; left > 0; ) {
      int taken = Math.min(left, BUFFER_BYTES / ROW_BYTES);
      buffer.clear().limit(taken * ROW_BYTES);
      while (buffer.hasRemaining()) {
        if (aside.read(buffer, position + buffer.position()) < 0) {
          throw new IOException(asidePath + " became shorter");
        }
      }
      buffer.flip();
      for (int i = 0; i < taken; i++) {
        writer.write(new Row(series, variate, buffer.getLong(), buffer.getDouble()));
      }
      position += (long) taken * ROW_BYTES;
      left -= taken;
    }
  }

  private static MessageType schema(boolean withVariates) {
    Types.GroupBuilder<MessageType> schema =
        Types.buildMessage()
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named("series");
    if (withVariates) {
      schema =
          schema
              .required(PrimitiveTypeName.BINARY)
              .as(LogicalTypeAnnotation.stringType())
              .named("variate");
    }
    return schema
        .required(PrimitiveTypeName.INT64)
        .as(LogicalTypeAnnotation.timestampType(true, TimeUnit.MILLIS))
        .named("timestamp")
        .optional(PrimitiveTypeName.DOUBLE)
        .named("value")
        .named("dataset");
  }

  private static void fields(Row row, RecordConsumer consumer) {
    text("series", 0, row.series, consumer);
    point(row, 1, consumer);
  }

  private static void fieldsWithVariate(Row row, RecordConsumer consumer) {
    text("series", 0, row.series, consumer);
    text("variate", 1, row.variate, consumer);
    point(row, 2, consumer);
  }

  private static void text(String name, int index, Binary text, RecordConsumer consumer) {
    consumer.startField(name, index);
    consumer.addBinary(text);
    consumer.endField(name, index);
  }

  private static void point(Row row, int index, RecordConsumer consumer) {
    consumer.startField("timestamp", index);
    consumer.addLong(row.epochMillis);
    consumer.endField("timestamp", index);
    if (!Double.isNaN(row.value)) {
      consumer.startField("value", index + 1);
      consumer.addDouble(row.value);
      consumer.endField("value", index + 1);
    }
  }

  /** Removes what was put aside, and the file unless it has been committed. */
  @Override
  public void close() throws IOException {
    try (target) {
      aside.close();
    }
  }
}
