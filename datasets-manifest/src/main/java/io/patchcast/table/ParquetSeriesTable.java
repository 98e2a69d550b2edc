package io.patchcast.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;

/**
 * A Parquet file whose cells may be lists, read row group by row group, only the columns wanted.
 *
 * <p>A list is whatever repeats on the way to the values: three levels as the format asks for, two
 * as old writers have it, or a bare repeated field.
 */
final class ParquetSeriesTable implements SeriesTable {
  private final Path file;
  private final ParquetFileReader reader;
  private final MessageType schema;

  private ParquetSeriesTable(Path file, ParquetFileReader reader) {
    this.file = file;
    this.reader = reader;
    this.schema = reader.getFileMetaData().getSchema();
  }

  static ParquetSeriesTable open(Path file) {
    try {
      return new ParquetSeriesTable(file, ParquetCells.open(file));
    } catch (IOException | RuntimeException e) {
      throw ParquetCells.damaged(file.toString(), e);
    }
  }

  @Override
  public List<Column> columns() {
    return schema.getFields().stream().map(ParquetSeriesTable::column).toList();
  }

  private static Column column(Type type) {
    int depth = 0;
    Type inner = type;
    while (true) {
      depth += inner.isRepetition(Repetition.REPEATED) ? 1 : 0;
      if (inner.isPrimitive()) {
        return new Column(type.getName(), kind(inner.asPrimitiveType()), depth);
      }
      if (inner.asGroupType().getFieldCount() != 1) {
        return new Column(type.getName(), Kind.OTHER, depth);
      }
      inner = inner.asGroupType().getType(0);
    }
  }

  private static Kind kind(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (logical instanceof LogicalTypeAnnotation.TimestampLogicalTypeAnnotation
        || logical instanceof LogicalTypeAnnotation.DateLogicalTypeAnnotation
        || type.getPrimitiveTypeName() == PrimitiveTypeName.INT96) {
      return Kind.TIME;
    }
    if (logical instanceof LogicalTypeAnnotation.DecimalLogicalTypeAnnotation) {
      return Kind.NUMBER;
    }
    return switch (type.getPrimitiveTypeName()) {
      case INT32, INT64 ->
          logical == null || logical instanceof LogicalTypeAnnotation.IntLogicalTypeAnnotation
              ? Kind.NUMBER
              : Kind.OTHER;
      case FLOAT, DOUBLE, BOOLEAN -> Kind.NUMBER;
      case BINARY -> ParquetCells.isText(logical) ? Kind.TEXT : Kind.OTHER;
      default -> Kind.OTHER;
    };
  }

  @Override
  public void read(List<String> wanted, DoubleConsumer progress, RowVisitor visitor) {
    List<Type> types = wanted.stream().distinct().map(schema::getType).toList();
    MessageType projection = new MessageType(schema.getName(), types);
    try {
      reader.setRequestedSchema(projection);
      Cells cells = new Cells(new ParquetCells(file.toString(), ZoneOffset.UTC));
      double total = Math.max(1, reader.getRecordCount());
      PageReadStore pages;
      while ((pages = reader.readNextRowGroup()) != null) {
        List<ColumnReader> columns = ParquetCells.columns(reader, pages, projection);
        for (int i = 0; i < columns.size(); i++) {
          cells.columns.put(types.get(i).getName(), new ListColumn(columns.get(i), types.get(i)));
        }
        for (long row = 0; row < pages.getRowCount(); row++) {
          visitor.row(cells);
          cells.columns.values().forEach(ListColumn::nextRow);
          cells.index++;
        }
        progress.accept(cells.index / total);
      }
      progress.accept(1);
    } catch (UncheckedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw ParquetCells.damaged(file.toString(), e);
    }
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw ParquetCells.damaged(file.toString(), e);
    }
  }

  /** A column and where its values stand. */
  private static final class ListColumn {
    private final ColumnReader reader;
    private final PrimitiveType type;

    /** Of each repeated field on the way, the definition level from which on it has an element. */
    private final int[] elementLevels;

    private boolean isConsumed;

    ListColumn(ColumnReader reader, Type column) {
      this.reader = reader;
      this.type = reader.getDescriptor().getPrimitiveType();
      int[] levels = new int[reader.getDescriptor().getMaxRepetitionLevel()];
      int found = 0;
      int level = 0;
      for (Type inner = column; ; inner = inner.asGroupType().getType(0)) {
        level += inner.isRepetition(Repetition.REQUIRED) ? 0 : 1;
        if (inner.isRepetition(Repetition.REPEATED)) {
          levels[found++] = level;
        }
        if (inner.isPrimitive()) {
          break;
        }
      }
      this.elementLevels = levels;
    }

    /** Calls back for each element of the row; a list of lists tells where an inner one starts. */
    void forEach(Runnable innerList, Runnable element) {
      if (isConsumed) {
        throw new IllegalStateException("a cell is read once: " + type.getName());
      }
      isConsumed = true;
      int depth = elementLevels.length;
      RuntimeException fault = null;
      do {
        int definition = reader.getCurrentDefinitionLevel();
        if (depth == 2
            && reader.getCurrentRepetitionLevel() < 2
            && definition >= elementLevels[0]) {
          innerList.run();
        }
        if (depth == 0 || definition >= elementLevels[depth - 1]) {
          try {
            element.run();
          } catch (DateTimeException | ArithmeticException e) {
            fault = e; // the row's fault: the next one is to be found where it starts
          }
        }
        reader.consume();
      } while (reader.getCurrentRepetitionLevel() > 0);
      if (fault != null) {
        throw fault;
      }
    }

    /** A value that is not read must be skipped, or the next one is read in its place. */
    private void passOver() {
      if (!ParquetCells.isNull(reader)) {
        reader.skip();
      }
    }

    void nextRow() {
      if (!isConsumed) {
        forEach(() -> {}, this::passOver);
      }
      isConsumed = false;
    }
  }

  private static final class Cells implements Row {
    private final ParquetCells cells;
    private final Map<String, ListColumn> columns = new HashMap<>();
    private long index;

    Cells(ParquetCells cells) {
      this.cells = cells;
    }

    @Override
    public long index() {
      return index;
    }

    @Override
    public String text(String column) {
      List<String> texts = texts(column);
      return texts.isEmpty() ? null : texts.get(0);
    }

    @Override
    public List<String> texts(String column) {
      ListColumn of = columns.get(column);
      Function<ColumnReader, String> text = cells.idReader(of.type);
      List<String> texts = new ArrayList<>();
      of.forEach(
          () -> {}, () -> texts.add(ParquetCells.isNull(of.reader) ? null : text.apply(of.reader)));
      return texts;
    }

    @Override
    public long[] times(String column) {
      ListColumn of = columns.get(column);
      ToLongFunction<ColumnReader> time = cells.timeReader(of.type);
      Growing<long[]> times = new Growing<>(new long[16]);
      of.forEach(
          () -> {},
          () -> {
            if (times.count == times.values.length) {
              times.values = Arrays.copyOf(times.values, 2 * times.count);
            }
            times.values[times.count++] =
                ParquetCells.isNull(of.reader) ? NO_TIME : time.applyAsLong(of.reader);
          });
      return Arrays.copyOf(times.values, times.count);
    }

    @Override
    public double[][] numbers(String column) {
      ListColumn of = columns.get(column);
      ToDoubleFunction<ColumnReader> number = cells.valueReader(of.type);
      List<double[]> lists = new ArrayList<>();
      Growing<double[]> numbers = new Growing<>(new double[16]);
      numbers.count = of.elementLevels.length == 2 ? -1 : 0;
      of.forEach(
          () -> {
            if (numbers.count >= 0) {
              lists.add(Arrays.copyOf(numbers.values, numbers.count));
            }
            numbers.count = 0;
          },
          () -> {
            if (numbers.count == numbers.values.length) {
              numbers.values = Arrays.copyOf(numbers.values, 2 * numbers.count);
            }
            numbers.values[numbers.count++] =
                ParquetCells.isNull(of.reader) ? Double.NaN : number.applyAsDouble(of.reader);
          });
      if (numbers.count >= 0) {
        lists.add(Arrays.copyOf(numbers.values, numbers.count));
      }
      return lists.toArray(new double[0][]);
    }

    /** An array that grows, and how much of it is used. */
    private static final class Growing<A> {
      private A values;
      private int count;

      Growing(A values) {
        this.values = values;
      }
    }
  }
}
