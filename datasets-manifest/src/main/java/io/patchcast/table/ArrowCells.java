package io.patchcast.table;

import io.patchcast.forecast.EpochTime;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FloatingPointVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** The cells of a record batch. Offsets are not trusted. */
final class ArrowCells implements SeriesTable.Row {
  private static final long MILLIS_PER_DAY = 86_400_000;

  private final Path file;
  private final VectorSchemaRoot batch;
  private final DictionaryProvider dictionaries;
  private final long before;
  private final Timestamps timestamps = new Timestamps(ZoneOffset.UTC);
  private int row;

  /**
   * @param before rows of the file before this batch
   */
  ArrowCells(Path file, VectorSchemaRoot batch, DictionaryProvider dictionaries, long before) {
    this.file = file;
    this.batch = batch;
    this.dictionaries = dictionaries;
    this.before = before;
  }

  static boolean isList(Field field) {
    return switch (field.getType().getTypeID()) {
      case List, LargeList, FixedSizeList -> field.getChildren().size() == 1;
      default -> false;
    };
  }

  ArrowCells at(int rowOfBatch) {
    row = rowOfBatch;
    return this;
  }

  @Override
  public long index() {
    return before + row;
  }

  @Override
  public String text(String column) {
    return text(batch.getVector(column), row);
  }

  private String text(FieldVector vector, int index) {
    if (vector.isNull(index)) {
      return null;
    }
    if (vector.getField().getDictionary() == null) {
      // What an unsigned integer is as an object is a character or negative.
      return vector instanceof UInt8Vector longs
          ? Long.toUnsignedString(longs.get(index))
          : vector instanceof BaseIntVector integers
              ? Long.toString(integers.getValueAsLong(index))
              : vector.getObject(index).toString();
    }
    ValueVector texts = dictionaries.lookup(vector.getField().getDictionary().getId()).getVector();
    long key = ((BaseIntVector) vector).getValueAsLong(index);
    if (key < 0 || key >= texts.getValueCount()) {
      throw new IndexOutOfBoundsException(
          "expected an index into a dictionary of " + texts.getValueCount() + ", found " + key);
    }
    return texts.isNull((int) key) ? null : texts.getObject((int) key).toString();
  }

  @Override
  public List<String> texts(String column) {
    FieldVector vector = batch.getVector(column);
    int[] range = range(vector, row);
    List<String> texts = new ArrayList<>();
    for (int i = range[0]; i < range[1]; i++) {
      texts.add(text(values(vector), i));
    }
    return texts;
  }

  @Override
  public long[] times(String column) {
    FieldVector vector = batch.getVector(column);
    if (!isList(vector.getField())) {
      return times(vector, row, row + 1);
    }
    int[] range = range(vector, row);
    return times(values(vector), range[0], range[1]);
  }

  private long[] times(FieldVector vector, int from, int to) {
    IntToLongFunction reader = timeReader(vector);
    requireHeld(vector, to);
    long[] times = new long[to - from];
    for (int i = from; i < to; i++) {
      times[i - from] = vector.isNull(i) ? SeriesTable.NO_TIME : reader.applyAsLong(i);
    }
    return times;
  }

  private IntToLongFunction timeReader(FieldVector vector) {
    if (vector instanceof TimeStampVector times) {
      return switch (((ArrowType.Timestamp) vector.getField().getType()).getUnit()) {
        case SECOND -> i -> Math.multiplyExact(times.get(i), 1_000L);
        case MILLISECOND -> times::get;
        case MICROSECOND -> i -> Math.floorDiv(times.get(i), 1_000L);
        case NANOSECOND -> i -> Math.floorDiv(times.get(i), 1_000_000L);
      };
    }
    if (vector instanceof DateDayVector days) {
      return i -> days.get(i) * MILLIS_PER_DAY;
    }
    if (vector instanceof DateMilliVector dates) {
      return dates::get;
    }
    if (vector instanceof FloatingPointVector numbers) {
      return i -> EpochTime.millis(numbers.getValueAsDouble(i));
    }
    if (vector.getField().getDictionary() == null && vector instanceof BaseIntVector integers) {
      return i -> EpochTime.millis(integers.getValueAsLong(i));
    }
    return i -> timestamps.parse(text(vector, i));
  }

  @Override
  public double[][] numbers(String column) {
    FieldVector vector = batch.getVector(column);
    if (!isList(vector.getField())) {
      return new double[][] {numbers(vector, row, row + 1)};
    }
    int[] range = range(vector, row);
    FieldVector inner = values(vector);
    if (!isList(inner.getField())) {
      return new double[][] {numbers(inner, range[0], range[1])};
    }
    double[][] lists = new double[range[1] - range[0]][];
    for (int i = 0; i < lists.length; i++) {
      int[] innerRange = range(inner, range[0] + i);
      lists[i] = numbers(values(inner), innerRange[0], innerRange[1]);
    }
    return lists;
  }

  private double[] numbers(FieldVector vector, int from, int to) {
    IntToDoubleFunction reader = numberReader(vector);
    requireHeld(vector, to);
    double[] numbers = new double[to - from];
    for (int i = from; i < to; i++) {
      numbers[i - from] = vector.isNull(i) ? Double.NaN : reader.applyAsDouble(i);
    }
    return numbers;
  }

  private IntToDoubleFunction numberReader(FieldVector vector) {
    if (vector instanceof FloatingPointVector numbers) {
      return numbers::getValueAsDouble;
    }
    if (vector instanceof UInt8Vector longs) {
      return i -> longs.getObjectNoOverflow(i).doubleValue();
    }
    if (vector instanceof BaseIntVector integers) {
      return i -> (double) integers.getValueAsLong(i);
    }
    if (vector instanceof BitVector bits) {
      return bits::get;
    }
    if (vector instanceof DecimalVector decimals) {
      return i -> decimals.getObject(i).doubleValue();
    }
    if (vector instanceof Decimal256Vector decimals) {
      return i -> decimals.getObject(i).doubleValue();
    }
    throw new InputException(
        file + ": column '" + vector.getName() + "': expected numbers, found " + vector.getField());
  }

  /** A count may be a lie: each value has a bit at least. */
  private static void requireHeld(FieldVector vector, int count) {
    if (count > Byte.SIZE * vector.getDataBuffer().capacity()) {
      throw new IndexOutOfBoundsException(
          "column '"
              + vector.getName()
              + "': expected "
              + count
              + " values, found "
              + vector.getDataBuffer().capacity()
              + " bytes of them");
    }
  }

  private static FieldVector values(FieldVector list) {
    return list instanceof LargeListVector large
        ? large.getDataVector()
        : list instanceof FixedSizeListVector fixed
            ? fixed.getDataVector()
            : list.getChildrenFromFields().get(0);
  }

  /** Where the elements of a list are; nowhere if it is null. */
  private static int[] range(FieldVector list, int index) {
    if (list.isNull(index)) {
      return new int[2];
    }
    long start;
    long end;
    if (list instanceof LargeListVector large) {
      start = large.getOffsetBuffer().getLong((long) Long.BYTES * index);
      end = large.getOffsetBuffer().getLong((long) Long.BYTES * (index + 1));
    } else {
      start = ((BaseListVector) list).getElementStartIndex(index);
      end = ((BaseListVector) list).getElementEndIndex(index);
    }
    FieldVector values = values(list);
    if (start < 0 || end < start || end > values.getValueCount()) {
      throw new IndexOutOfBoundsException(
          "column '"
              + list.getName()
              + "': expected a list within "
              + values.getValueCount()
              + " values, found one from "
              + start
              + " to "
              + end);
    }
    return new int[] {(int) start, (int) end};
  }
}
