package io.patchcast.serving.wire;

import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongUnaryOperator;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ByteFunctionHelpers;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** Columns of a batch as the few things that are read from them. */
final class ArrowColumns {
  private static final long MILLIS_PER_SECOND = 1_000;
  private static final long MICROS_PER_MILLI = 1_000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private ArrowColumns() {}

  /** A column of numbers. */
  record Numbers(FieldVector column, IntToDoubleFunction values) {
    /** NaN for null. */
    double value(int row) {
      return column.isNull(row) ? Double.NaN : values.applyAsDouble(row);
    }
  }

  /** A column of times. */
  record Instants(FieldVector column, LongUnaryOperator values) {
    boolean isNull(int row) {
      return column.isNull(row);
    }

    long epochMillis(int row) {
      return values.applyAsLong(row);
    }
  }

  static Numbers numbers(FieldVector column) {
    if (column.getField().getDictionary() == null) {
      if (column instanceof Float8Vector doubles) {
        return new Numbers(column, doubles::get);
      }
      if (column instanceof Float4Vector floats) {
        return new Numbers(column, floats::get);
      }
      if (column instanceof BigIntVector longs) {
        return new Numbers(column, row -> (double) longs.get(row));
      }
      if (column instanceof IntVector ints) {
        return new Numbers(column, ints::get);
      }
    }
    throw wrongType(column, "float64, float32, int64 or int32");
  }

  static Instants instants(FieldVector column) {
    if (column.getField().getDictionary() == null) {
      if (column instanceof BigIntVector longs) {
        return new Instants(column, row -> longs.get((int) row));
      }
      if (column instanceof TimeStampVector times) {
        return new Instants(
            column,
            switch (((ArrowType.Timestamp) column.getField().getType()).getUnit()) {
              case SECOND -> row -> Math.multiplyExact(times.get((int) row), MILLIS_PER_SECOND);
              case MILLISECOND -> row -> times.get((int) row);
              case MICROSECOND -> row -> Math.floorDiv(times.get((int) row), MICROS_PER_MILLI);
              case NANOSECOND -> row -> Math.floorDiv(times.get((int) row), NANOS_PER_MILLI);
            });
      }
    }
    throw wrongType(column, "timestamp or int64");
  }

  static Texts texts(FieldVector column, ArrowReader reader, int longestBytes) throws IOException {
    if (column.getField().getDictionary() == null) {
      return new Texts(column, column, longestBytes);
    }
    return new Texts(
        column, reader.lookup(column.getField().getDictionary().getId()).getVector(), longestBytes);
  }

  private static ProblemException wrongType(FieldVector column, String expected) {
    return new ProblemException(
        ProblemCode.INVALID_REQUEST,
        "expected column '"
            + column.getName()
            + "' of type "
            + expected
            + ", found "
            + column.getField().getType()
            + (column.getField().getDictionary() == null ? "" : " in a dictionary"));
  }

  /** A column of strings, plain or as indices into a dictionary. Offsets are not trusted. */
  static final class Texts {
    private final FieldVector rows;
    private final ValueVector texts;
    private final ArrowBuf bytes;
    private final int longestBytes;
    private long start;
    private long end;

    private Texts(FieldVector rows, FieldVector texts, int longestBytes) {
      if (!(texts instanceof VarCharVector || texts instanceof LargeVarCharVector)
          || !(rows == texts || rows instanceof BaseIntVector)) {
        throw wrongType(rows, "utf8 or large_utf8");
      }
      this.rows = rows;
      this.texts = texts;
      this.bytes = texts.getDataBuffer();
      this.longestBytes = longestBytes;
    }

    /** Whether the row has the text of the row that was looked at last. */
    boolean sameAsBefore(int row) {
      long startBefore = start;
      long endBefore = end;
      find(row);
      return end - start == endBefore - startBefore
          && ByteFunctionHelpers.equal(bytes, startBefore, endBefore, bytes, start, end) == 1;
    }

    String text(int row) {
      find(row);
      byte[] text = new byte[(int) (end - start)];
      bytes.getBytes(start, text);
      return new String(text, StandardCharsets.UTF_8);
    }

    private void find(int row) {
      if (rows.isNull(row)) {
        throw new ProblemException(
            ProblemCode.INVALID_REQUEST,
            "expected an item_id in each row, found null in row " + row + " of a batch");
      }
      int index = row;
      if (rows != texts) {
        long key = ((BaseIntVector) rows).getValueAsLong(row);
        if (key < 0 || key >= texts.getValueCount()) {
          throw ArrowFrames.invalid(
              "expected an index into a dictionary of "
                  + texts.getValueCount()
                  + " texts, found "
                  + key);
        }
        index = (int) key;
      }
      if (texts instanceof VarCharVector small) {
        start = small.getStartOffset(index);
        end = small.getEndOffset(index);
      } else {
        start = texts.getOffsetBuffer().getLong((long) Long.BYTES * index);
        end = texts.getOffsetBuffer().getLong((long) Long.BYTES * (index + 1));
      }
      if (start < 0 || end < start || end > bytes.capacity() || end - start > longestBytes) {
        throw ArrowFrames.invalid(
            "expected a text of at most "
                + longestBytes
                + " bytes within "
                + bytes.capacity()
                + ", found one from "
                + start
                + " to "
                + end);
      }
    }
  }
}
