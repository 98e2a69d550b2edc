package io.patchcast.datasets;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import io.patchcast.table.InputException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The records of a CSV file with a header line, plain or gzip; errors name file and line. */
final class CsvTable implements Closeable {
  private static final int MAX_FIELD_CHARACTERS = 1 << 26;

  private final Path file;
  private final CsvReader<CsvRecord> reader;
  private final Iterator<CsvRecord> records;
  private final List<String> header;
  private CsvRecord record;

  private CsvTable(Path file, CsvReader<CsvRecord> reader) {
    this.file = file;
    this.reader = reader;
    this.records = reader.iterator();
    if (!hasNext()) {
      throw new InputException(file + ": the file is empty, expected a header line");
    }
    this.header = records.next().getFields().stream().map(String::strip).toList();
  }

  /** Opens a file and reads its header. */
  static CsvTable open(Path file) {
    try {
      InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
      in.mark(2);
      boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
      in.reset();
      return new CsvTable(
          file,
          CsvReader.builder()
              .detectBomHeader(true)
              .allowExtraFields(true)
              .allowMissingFields(true)
              .maxBufferSize(MAX_FIELD_CHARACTERS)
              .ofCsvRecord(gzip ? new GZIPInputStream(in, 1 << 16) : in));
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such file", e);
    } catch (IOException e) {
      throw damaged(file, e);
    }
  }

  List<String> header() {
    return header;
  }

  /** Goes to the next record; false at the end. */
  boolean next() {
    if (!hasNext()) {
      return false;
    }
    record = records.next();
    if (record.getFieldCount() != header.size()) {
      throw fault(
          "expected "
              + header.size()
              + " fields as in the header, found "
              + record.getFieldCount());
    }
    return true;
  }

  private boolean hasNext() {
    try {
      return records.hasNext();
    } catch (UncheckedIOException e) {
      throw damaged(file, e.getCause());
    } catch (CsvParseException e) {
      Throwable cause = e.getCause();
      throw cause instanceof IOException io
          ? damaged(file, io)
          : new InputException(file + ": not valid CSV: " + e.getMessage(), e);
    }
  }

  /** A field of the current record. */
  String field(int column) {
    return record.getField(column);
  }

  /** A field of the current record, or a default where the file has no such column. */
  String field(String column, String otherwise) {
    int index = header.indexOf(column);
    return index < 0 ? otherwise : record.getField(index);
  }

  /** A field that the file must have. */
  String field(String column) {
    int index = header.indexOf(column);
    if (index < 0) {
      throw new InputException(
          file + ": no column '" + column + "'; its columns are: " + String.join(", ", header));
    }
    return record.getField(index);
  }

  /** An error at the current record. */
  InputException fault(String message) {
    return new InputException(file + " line " + record.getStartingLineNumber() + ": " + message);
  }

  private static InputException damaged(Path file, IOException e) {
    return new InputException(
        file
            + ": damaged or truncated: "
            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
        e);
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw damaged(file, e);
    }
  }
}
