package io.patchcast.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleConsumer;

/**
 * A file with one row per series, whose cells may be lists: Arrow IPC (stream and file format) or
 * Parquet, told apart by their first bytes.
 *
 * <p>In memory are one record batch of an Arrow file, or the packed pages of one row group of a
 * Parquet file, and the row at hand.
 */
public interface SeriesTable extends Closeable {

  /** What the values of a column are. */
  enum Kind {
    /** Text; of a dictionary too. */
    TEXT,
    /** Numbers and booleans. */
    NUMBER,
    /** Instants and dates; those without a zone are taken for UTC. */
    TIME,
    /** Anything else: structs, maps, bytes. */
    OTHER
  }

  /**
   * A column.
   *
   * @param name in the file
   * @param kind of its values
   * @param depth 0 = one value per row, 1 = a list, 2 = a list of lists
   */
  record Column(String name, Kind kind, int depth) {
    /** As messages call it: {@code 'target' (list of numbers)}. */
    @Override
    public String toString() {
      return "'"
          + name
          + "' ("
          + "list of ".repeat(depth)
          + kind.name().toLowerCase(Locale.ROOT)
          + ")";
    }
  }

  /**
   * The cells of a row, valid until the next one, each to be read once. A null list reads as an
   * empty one.
   */
  interface Row {
    /** Number of the row in the file, from 0. */
    long index();

    /** The text of a cell, integers as well; null where there is none. */
    String text(String column);

    /** Texts of a list. */
    List<String> texts(String column);

    /**
     * Milliseconds since the epoch, one if the cell is no list; {@link #NO_TIME} for null. Integers
     * and text are read as {@link Timestamps} reads them, in UTC.
     *
     * @throws java.time.DateTimeException if a text is no timestamp
     */
    long[] times(String column);

    /** Numbers, one list per inner list; {@code [1][…]} of a list, NaN for null. */
    double[][] numbers(String column);
  }

  /** Gets the rows of a file in their order. */
  @FunctionalInterface
  interface RowVisitor {
    /**
     * One row, of which the visitor keeps nothing. What it cannot write it throws as {@link
     * java.io.UncheckedIOException}; other exceptions are taken for damage of the file.
     */
    void row(Row row);
  }

  /** First bytes of a file that tell what it is. */
  int HEAD_BYTES = 6;

  /** Stands for a time that is not there. */
  long NO_TIME = Long.MIN_VALUE;

  /** All columns, in the order of the file. */
  List<Column> columns();

  /**
   * Reads the file to its end, once.
   *
   * @param wanted the columns that the visitor may look at
   * @param progress gets the part of the file that has been read, from 0 to 1
   * @throws InputException if the file is damaged or cut short
   */
  void read(List<String> wanted, DoubleConsumer progress, RowVisitor visitor);

  @Override
  void close();

  /**
   * Opens a file and reads its schema.
   *
   * @throws InputException if it is neither Arrow nor Parquet
   */
  static SeriesTable open(Path file) {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(HEAD_BYTES);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new InputException(file + ": no such file", e);
    } catch (IOException e) {
      throw new InputException(file + ": " + Rows.reason(e), e);
    }
    if (head.length == 0) {
      throw new InputException(file + ": the file is empty, expected Arrow or Parquet");
    }
    if (Rows.isParquet(head)) {
      return ParquetSeriesTable.open(file);
    }
    if (Rows.isArrow(head)) {
      return ArrowSeriesTable.open(file);
    }
    throw new InputException(
        file
            + ": neither Arrow nor Parquet: expected it to start with 'ARROW1', the four bytes ff of"
            + " an Arrow stream or 'PAR1', found "
            + Rows.printable(Arrays.copyOf(head, Math.min(4, head.length))));
  }
}
