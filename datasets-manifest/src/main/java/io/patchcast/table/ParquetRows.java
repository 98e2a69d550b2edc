package io.patchcast.table;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/**
 * Reads the rows of a Parquet file column by column, only the columns asked for.
 *
 * <p>Timestamps: INT64 in milli-, micro- or nanoseconds (local ones in the zone given), INT96,
 * dates (midnight in the zone), text and numbers as {@link Timestamps} reads them. Values:
 * integers, floating point, decimals, booleans (0 and 1). Ids: text, integers, floating point,
 * booleans, dates, timestamps.
 */
final class ParquetRows {
  private static final int ROWS_PER_PROGRESS = 8192;

  private ParquetRows() {}

  static void read(
      String file, Path path, Columns columns, DoubleConsumer progress, RowConsumer consumer) {
    try (ParquetFileReader reader = ParquetCells.open(path)) {
      MessageType schema = reader.getFileMetaData().getSchema();
      List<PrimitiveType> types = types(file, schema, columns);
      MessageType projection = new MessageType(schema.getName(), new ArrayList<Type>(types));
      reader.setRequestedSchema(projection);
      RowCells cells = new RowCells(file, types, columns);
      double total = Math.max(1, reader.getRecordCount());
      long done = 0;
      PageReadStore pages;
      while ((pages = reader.readNextRowGroup()) != null) {
        List<ColumnReader> readers = ParquetCells.columns(reader, pages, projection);
        for (long row = 0; row < pages.getRowCount(); row++) {
          cells.read(readers, done, consumer);
          if (++done % ROWS_PER_PROGRESS == 0) {
            progress.accept(done / total);
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      throw ParquetCells.damaged(file, e);
    }
  }

  private static List<PrimitiveType> types(String file, MessageType schema, Columns columns) {
    List<String> header = schema.getFields().stream().map(Type::getName).toList();
    List<PrimitiveType> types = new ArrayList<>();
    for (int position : columns.locate(file, header)) {
      Type type = schema.getType(position);
      if (!type.isPrimitive() || type.isRepetition(Type.Repetition.REPEATED)) {
        throw new InputException(
            file
                + ": column '"
                + type.getName()
                + "' is nested or repeated, expected a flat column");
      }
      types.add(type.asPrimitiveType());
    }
    return types;
  }

  /** Reads the cells of one row at a time and hands them on. */
  private static final class RowCells {
    private final String file;
    private final List<PrimitiveType> types;
    private final ToLongFunction<ColumnReader> time;
    private final List<Function<ColumnReader, String>> idReaders = new ArrayList<>();
    private final List<ToDoubleFunction<ColumnReader>> valueReaders = new ArrayList<>();
    private final String[] ids;
    private final double[] values;

    RowCells(String file, List<PrimitiveType> types, Columns columns) {
      this.file = file;
      this.types = types;
      this.ids = new String[columns.ids().size()];
      this.values = new double[columns.valueCount()];
      ParquetCells cells = new ParquetCells(file, columns.zone());
      this.time = cells.timeReader(types.get(0));
      for (int i = 0; i < ids.length; i++) {
        idReaders.add(cells.idReader(types.get(1 + i)));
      }
      for (int i = 0; i < values.length; i++) {
        valueReaders.add(cells.valueReader(types.get(1 + ids.length + i)));
      }
    }

    void read(List<ColumnReader> readers, long row, RowConsumer consumer) {
      ColumnReader timeColumn = readers.get(0);
      if (ParquetCells.isNull(timeColumn)) {
        throw new InputException(at(row, 0) + ": expected a timestamp, found null");
      }
      long millis;
      try {
        millis = time.applyAsLong(timeColumn);
      } catch (DateTimeException e) {
        throw new InputException(at(row, 0) + ": expected a timestamp: " + e.getMessage(), e);
      }
      timeColumn.consume();
      for (int i = 0; i < ids.length; i++) {
        ColumnReader column = readers.get(1 + i);
        ids[i] = ParquetCells.isNull(column) ? "" : idReaders.get(i).apply(column);
        column.consume();
      }
      for (int i = 0; i < values.length; i++) {
        ColumnReader column = readers.get(1 + ids.length + i);
        values[i] =
            ParquetCells.isNull(column) ? Double.NaN : valueReaders.get(i).applyAsDouble(column);
        column.consume();
      }
      consumer.row(ids, millis, values);
    }

    private String at(long row, int column) {
      return file + " row " + (row + 1) + ": column '" + types.get(column).getName() + "'";
    }
  }
}
