package io.patchcast.table;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.util.Iterator;
import java.util.List;

/** Reads the rows of a CSV file with a header line. */
final class CsvRows {
  private static final int ROWS_PER_PROGRESS = 4096;
  private static final int MAX_SHOWN_LENGTH = 60;

  private CsvRows() {}

  static void read(
      String file,
      InputStream in,
      char separator,
      Columns columns,
      Runnable progress,
      RowConsumer consumer)
      throws IOException {
    try (CsvReader<CsvRecord> reader = open(in, separator)) {
      Iterator<CsvRecord> records = reader.iterator();
      List<String> header = header(file, records);
      int[] positions = columns.locate(file, header);
      Timestamps timestamps = new Timestamps(columns.zone());
      String[] ids = new String[columns.ids().size()];
      double[] values = new double[columns.valueCount()];
      long rows = 0;
      while (records.hasNext()) {
        CsvRecord record = records.next();
        if (record.getFieldCount() != header.size()) {
          throw new InputException(
              file
                  + " line "
                  + record.getStartingLineNumber()
                  + ": expected "
                  + header.size()
                  + " fields as in the header, found "
                  + record.getFieldCount());
        }
        long millis = time(file, record, header, positions[0], timestamps);
        for (int i = 0; i < ids.length; i++) {
          ids[i] = record.getField(positions[1 + i]);
        }
        for (int i = 0; i < values.length; i++) {
          values[i] = value(file, record, header, positions[1 + ids.length + i]);
        }
        consumer.row(ids, millis, values);
        if (++rows % ROWS_PER_PROGRESS == 0) {
          progress.run();
        }
      }
    } catch (CsvParseException e) {
      throw new InputException(file + ": not valid CSV: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The names in the first line. */
  static List<String> header(String file, InputStream in, char separator) throws IOException {
    try (CsvReader<CsvRecord> reader = open(in, separator)) {
      return header(file, reader.iterator());
    } catch (CsvParseException e) {
      throw new InputException(file + ": not valid CSV: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static List<String> header(String file, Iterator<CsvRecord> records) {
    List<String> header =
        records.hasNext()
            ? records.next().getFields().stream().map(String::trim).toList()
            : List.of();
    if (header.stream().allMatch(String::isEmpty)) {
      throw new InputException(file + ": no header line with the names of the columns");
    }
    return header;
  }

  private static CsvReader<CsvRecord> open(InputStream in, char separator) {
    return CsvReader.builder()
        .fieldSeparator(separator)
        .detectBomHeader(true)
        .allowExtraFields(true)
        .allowMissingFields(true)
        .ofCsvRecord(in);
  }

  private static long time(
      String file, CsvRecord record, List<String> header, int position, Timestamps timestamps) {
    try {
      return timestamps.parse(record.getField(position));
    } catch (DateTimeException e) {
      throw unparsable(
          file,
          record,
          header,
          position,
          "a timestamp (like 2026-11-22T03:03:30Z, 2026-11-22 03:03:30 or epoch seconds or"
              + " milliseconds)",
          e);
    }
  }

  private static double value(String file, CsvRecord record, List<String> header, int position) {
    try {
      return Numbers.parse(record.getField(position));
    } catch (NumberFormatException e) {
      throw unparsable(file, record, header, position, "a number", e);
    }
  }

  private static InputException unparsable(
      String file,
      CsvRecord record,
      List<String> header,
      int position,
      String expected,
      RuntimeException cause) {
    String text = record.getField(position);
    String shown =
        text.length() > MAX_SHOWN_LENGTH ? text.substring(0, MAX_SHOWN_LENGTH) + "…" : text;
    return new InputException(
        file
            + " line "
            + record.getStartingLineNumber()
            + ": column '"
            + header.get(position)
            + "': expected "
            + expected
            + ", found '"
            + shown
            + "'",
        cause);
  }
}
