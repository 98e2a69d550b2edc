package io.patchcast.table;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleConsumer;
import java.util.zip.GZIPInputStream;

/**
 * Reads long-format tables row by row: CSV (also gzip) and Parquet, told apart by their first
 * bytes.
 */
public final class Rows {
  /** What stands for the standard input among file names. */
  public static final String STANDARD_INPUT = "-";

  private static final byte[] PARQUET_MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ARROW_MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ARROW_CONTINUATION = {-1, -1, -1, -1};
  private static final int HEAD_BYTES = 4096;

  private Rows() {}

  /**
   * Reads a file to its end.
   *
   * @param file a path, or {@code -} for CSV on the standard input
   * @param progress gets the part of the file that has been read, from 0 to 1
   * @throws InputException if the file cannot be had, has not the columns or holds something else
   */
  public static void read(
      String file,
      InputStream standardInput,
      Columns columns,
      DoubleConsumer progress,
      RowConsumer consumer) {
    try {
      if (file.equals(STANDARD_INPUT)) {
        try (BufferedInputStream in = new BufferedInputStream(standardInput, 1 << 16)) {
          requireNoParquet(head(in));
          readCsv("standard input", in, columns, () -> {}, consumer);
        }
        return;
      }
      Path path = existing(file);
      long size = Files.size(path);
      if (size == 0) {
        throw new InputException(file + ": the file is empty, expected CSV or Parquet");
      }
      Counting counting = new Counting(Files.newInputStream(path));
      boolean parquet;
      try (BufferedInputStream in = new BufferedInputStream(counting, 1 << 16)) {
        byte[] head = head(in);
        parquet = isParquet(head);
        if (!parquet) {
          requireNoParquetName(file, head);
          readCsv(
              file, in, columns, () -> progress.accept((double) counting.count / size), consumer);
        }
      }
      if (parquet) {
        ParquetRows.read(file, path, columns, progress, consumer);
      }
      progress.accept(1);
    } catch (IOException e) {
      throw new InputException(file + ": " + reason(e), e);
    }
  }

  /**
   * Reads CSV from a stream to its end; plain or gzip.
   *
   * @param name what messages call it
   */
  public static void readCsv(String name, InputStream stream, Columns columns, RowConsumer consumer)
      throws IOException {
    try (BufferedInputStream in = new BufferedInputStream(stream, 1 << 16)) {
      readCsv(name, in, columns, () -> {}, consumer);
    }
  }

  /**
   * The names of a file's columns.
   *
   * @throws InputException if it is neither CSV nor Parquet
   */
  public static List<String> header(Path file) {
    try (BufferedInputStream in =
        new BufferedInputStream(Files.newInputStream(existing(file.toString())), 1 << 16)) {
      if (isParquet(head(in))) {
        try (SeriesTable table = SeriesTable.open(file)) {
          return table.columns().stream().map(SeriesTable.Column::name).toList();
        }
      }
      BufferedInputStream text = text(file.toString(), in);
      return CsvRows.header(file.toString(), text, separator(head(text)));
    } catch (IOException e) {
      throw new InputException(file + ": " + reason(e), e);
    }
  }

  private static Path existing(String file) {
    Path path = Path.of(file);
    if (!Files.exists(path)) {
      throw new InputException(file + ": no such file");
    }
    if (Files.isDirectory(path)) {
      throw new InputException(file + ": is a directory, expected a CSV or Parquet file");
    }
    return path;
  }

  /** A short reason for a failed file operation. */
  static String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static void readCsv(
      String file, BufferedInputStream in, Columns columns, Runnable progress, RowConsumer consumer)
      throws IOException {
    BufferedInputStream text = text(file, in);
    CsvRows.read(file, text, separator(head(text)), columns, progress, consumer);
  }

  /** What a stream holds, unpacked if it is gzip. */
  private static BufferedInputStream text(String file, BufferedInputStream in) throws IOException {
    byte[] head = head(in);
    boolean gzip = head.length > 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b;
    BufferedInputStream text =
        gzip ? new BufferedInputStream(new GZIPInputStream(in, 1 << 16), 1 << 16) : in;
    requireText(file, head(text));
    return text;
  }

  private static byte[] head(BufferedInputStream in) throws IOException {
    in.mark(HEAD_BYTES + 1);
    byte[] head = in.readNBytes(HEAD_BYTES);
    in.reset();
    return head;
  }

  /** Whether a file may be Arrow, by its first bytes. */
  static boolean isArrow(byte[] head) {
    // Streams of before Arrow 0.15 start with the length of the schema, which is no large number.
    return startsWith(head, ARROW_MAGIC)
        || startsWith(head, ARROW_CONTINUATION)
        || (head.length >= Integer.BYTES && head[2] == 0 && head[3] == 0);
  }

  static boolean isParquet(byte[] head) {
    return startsWith(head, PARQUET_MAGIC);
  }

  private static boolean startsWith(byte[] bytes, byte[] start) {
    return bytes.length >= start.length
        && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
  }

  private static void requireNoParquet(byte[] head) {
    if (isParquet(head)) {
      throw new InputException(
          "standard input: Parquet is read from its end, so it must be a file; expected CSV");
    }
  }

  private static void requireNoParquetName(String file, byte[] head) {
    if (file.endsWith(".parquet")) {
      throw new InputException(
          file
              + ": not a Parquet file: expected it to start with 'PAR1', found "
              + printable(Arrays.copyOf(head, Math.min(4, head.length))));
    }
  }

  private static void requireText(String file, byte[] head) {
    if (startsWith(head, ARROW_MAGIC) || startsWith(head, ARROW_CONTINUATION)) {
      throw new InputException(
          file + ": an Arrow file, expected CSV or Parquet; datasets convert makes it Parquet");
    }
    for (int i = 0; i < head.length; i++) {
      int b = head[i] & 0xff;
      // UTF-16 with a byte order mark has zero bytes too; FastCSV reads it.
      boolean marked = head.length > 1 && (head[0] & head[1] & 0xfe) == 0xfe;
      if (b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' && !marked) {
        throw new InputException(
            String.format(
                Locale.ROOT,
                "%s: neither CSV nor Parquet: byte 0x%02x at offset %d is no text",
                file,
                b,
                i));
      }
    }
  }

  static String printable(byte[] bytes) {
    StringBuilder text = new StringBuilder("'");
    for (byte b : bytes) {
      text.append(
          b >= ' ' && b < 0x7f
              ? String.valueOf((char) b)
              : String.format(Locale.ROOT, "\\x%02x", b));
    }
    return text.append('\'').toString();
  }

  /** The separator of a CSV file: comma, or what its first line has if that has no comma. */
  private static char separator(byte[] head) {
    String text = new String(head, StandardCharsets.UTF_8);
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end);
    for (char separator : new char[] {',', ';', '\t', '|'}) {
      if (line.indexOf(separator) >= 0) {
        return separator;
      }
    }
    return ',';
  }

  /** Counts the bytes read from a file. */
  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = super.read(bytes, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }
}
