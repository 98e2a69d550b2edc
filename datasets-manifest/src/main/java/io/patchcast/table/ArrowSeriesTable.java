package io.patchcast.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * An Arrow file, stream or file format, read record batch by record batch.
 *
 * <p>Values: integers, floating point, decimals, booleans. Lists: lists and large lists, of fixed
 * size too. Buffers may be packed with LZ4 or ZSTD.
 */
final class ArrowSeriesTable implements SeriesTable {
  private final Path file;
  private final BufferAllocator allocator;
  private final FileChannel channel;
  private final ArrowMessages messages;
  private final ArrowStreamReader reader;
  private final List<Column> columns = new ArrayList<>();

  private ArrowSeriesTable(Path file, FileChannel channel, BufferAllocator allocator)
      throws IOException {
    this.file = file;
    this.channel = channel;
    this.allocator = allocator;
    this.messages = ArrowMessages.open(channel, allocator);
    this.reader = new ArrowStreamReader(messages, allocator, new ArrowCodecs());
  }

  static ArrowSeriesTable open(Path file) {
    FileChannel channel = null;
    BufferAllocator allocator = null;
    ArrowSeriesTable table = null;
    try {
      channel = FileChannel.open(file);
      // Java gives direct memory as much as the heap may have, unless it is told otherwise.
      allocator = new RootAllocator(Runtime.getRuntime().maxMemory());
      table = new ArrowSeriesTable(file, channel, allocator);
      for (Field field : table.reader.getVectorSchemaRoot().getSchema().getFields()) {
        table.columns.add(column(field));
      }
      return table;
    } catch (IOException | RuntimeException e) {
      closeAll(table, channel, allocator);
      throw damaged(file, e);
    } catch (OutOfMemoryError e) {
      closeAll(table, channel, allocator);
      throw tooLarge(file, e);
    } catch (LinkageError e) {
      closeAll(table, channel, allocator);
      throw new InputException(
          file
              + ": to read Arrow files Java must be started with"
              + " --add-opens=java.base/java.nio=ALL-UNNAMED",
          e);
    }
  }

  private static Column column(Field field) {
    int depth = 0;
    Field inner = field;
    while (ArrowCells.isList(inner)) {
      inner = inner.getChildren().get(0);
      depth++;
    }
    return new Column(field.getName(), kind(inner), depth);
  }

  private static Kind kind(Field field) {
    if (field.getDictionary() != null) {
      return Kind.TEXT;
    }
    return switch (field.getType().getTypeID()) {
      case Utf8, LargeUtf8, Utf8View -> Kind.TEXT;
      case Int, FloatingPoint, Decimal, Bool -> Kind.NUMBER;
      case Timestamp, Date -> Kind.TIME;
      default -> Kind.OTHER;
    };
  }

  @Override
  public List<Column> columns() {
    return List.copyOf(columns);
  }

  @Override
  public void read(List<String> wanted, DoubleConsumer progress, RowVisitor visitor) {
    try {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      double total = Math.max(1, channel.size());
      long before = 0;
      while (loadNextBatch()) {
        ArrowCells cells = new ArrowCells(file, root, reader, before);
        for (int row = 0; row < root.getRowCount(); row++) {
          visitor.row(cells.at(row));
        }
        before += root.getRowCount();
        progress.accept(channel.position() / total);
      }
      progress.accept(1);
    } catch (UncheckedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(file, e);
    }
  }

  private boolean loadNextBatch() throws IOException {
    try {
      return reader.loadNextBatch();
    } catch (OutOfMemoryError e) {
      throw tooLarge(file, e);
    }
  }

  private static InputException damaged(Path file, Exception e) {
    if (e instanceof InputException input) {
      return input;
    }
    if (e instanceof OutOfMemoryException) {
      return tooLarge(file, e);
    }
    return new InputException(
        file
            + ": damaged Arrow file: "
            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
        e);
  }

  private static InputException tooLarge(Path file, Throwable e) {
    return new InputException(
        file
            + ": a record batch does not fit into memory ("
            + e.getMessage()
            + "): give Java more (-Xmx, -XX:MaxDirectMemorySize), write smaller batches; or the file"
            + " is damaged",
        e);
  }

  @Override
  public void close() {
    try {
      // Closes the messages and the file as well.
      reader.close();
    } catch (IOException | RuntimeException e) {
      throw damaged(file, e);
    } finally {
      closeAll(channel, allocator);
    }
  }

  private static void closeAll(AutoCloseable... resources) {
    for (AutoCloseable resource : resources) {
      try {
        if (resource != null) {
          resource.close();
        }
      } catch (Exception e) {
        throw new IllegalStateException("could not close " + resource, e);
      }
    }
  }
}
