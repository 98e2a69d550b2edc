package io.patchcast.table;

import io.patchcast.forecast.EpochTime;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/**
 * How the cells of a Parquet file are read, straight from its columns.
 *
 * @param file what messages call it
 * @param zone of timestamps without an offset
 */
record ParquetCells(String file, ZoneId zone) {
  private static final long JULIAN_DAY_OF_EPOCH = 2_440_588;
  private static final long MILLIS_PER_DAY = 86_400_000;

  /** Opens a file to read its pages with {@link ParquetCodecs}. */
  static ParquetFileReader open(Path path) throws IOException {
    return ParquetFileReader.open(
        new LocalInputFile(path),
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .build());
  }

  /** The columns of a row group, in the order of the projection. */
  static List<ColumnReader> columns(
      ParquetFileReader reader, PageReadStore pages, MessageType projection) {
    ColumnReadStoreImpl store =
        new ColumnReadStoreImpl(
            pages, new Ignored(), projection, reader.getFileMetaData().getCreatedBy());
    List<ColumnReader> readers = new ArrayList<>();
    for (ColumnDescriptor column : projection.getColumns()) {
      readers.add(store.getColumnReader(column));
    }
    return readers;
  }

  /** What the library met damaged bytes with, as an error that names the file. */
  static InputException damaged(String file, Exception e) {
    if (e instanceof InputException input) {
      return input.getMessage().startsWith(file)
          ? input
          : new InputException(file + ": " + e.getMessage(), e);
    }
    // The library meets damaged bytes with exceptions of many kinds.
    Throwable root = e;
    while (root.getCause() != null && !(root instanceof InputException)) {
      root = root.getCause();
    }
    return new InputException(
        file
            + (root instanceof InputException ? ": " : ": damaged Parquet file: ")
            + (root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage()),
        e);
  }

  static boolean isNull(ColumnReader column) {
    return column.getCurrentDefinitionLevel() < column.getDescriptor().getMaxDefinitionLevel();
  }

  ToLongFunction<ColumnReader> timeReader(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    Timestamps timestamps = new Timestamps(zone);
    boolean plain = logical == null || logical instanceof IntLogicalTypeAnnotation;
    ToLongFunction<ColumnReader> reader =
        switch (type.getPrimitiveTypeName()) {
          case INT96 -> c -> ofInt96(c.getBinary());
          case INT32 ->
              logical instanceof DateLogicalTypeAnnotation
                  ? c -> timestamps.ofLocal(LocalDate.ofEpochDay(c.getInteger()).atStartOfDay())
                  : plain ? c -> EpochTime.millis((long) c.getInteger()) : null;
          case INT64 ->
              logical instanceof TimestampLogicalTypeAnnotation timestamp
                  ? instantReader(timestamp, timestamps)
                  : plain ? c -> EpochTime.millis(c.getLong()) : null;
          case FLOAT -> c -> EpochTime.millis((double) c.getFloat());
          case DOUBLE -> c -> EpochTime.millis(c.getDouble());
          case BINARY ->
              isText(logical) ? c -> timestamps.parse(c.getBinary().toStringUsingUTF8()) : null;
          default -> null;
        };
    if (reader == null) {
      throw unusable(type, "a timestamp, a date, a number since the epoch or text");
    }
    return reader;
  }

  private static ToLongFunction<ColumnReader> instantReader(
      TimestampLogicalTypeAnnotation type, Timestamps timestamps) {
    TimeUnit unit = type.getUnit();
    return type.isAdjustedToUTC()
        ? c -> millis(c.getLong(), unit)
        : c -> timestamps.ofLocal(local(millis(c.getLong(), unit)));
  }

  ToDoubleFunction<ColumnReader> valueReader(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    boolean plain = logical == null || logical instanceof IntLogicalTypeAnnotation;
    boolean unsigned = isUnsigned(logical);
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return decimalReader(type.getPrimitiveTypeName(), decimal.getScale());
    }
    ToDoubleFunction<ColumnReader> reader =
        switch (type.getPrimitiveTypeName()) {
          case INT32 ->
              unsigned
                  ? c -> Integer.toUnsignedLong(c.getInteger())
                  : plain ? ColumnReader::getInteger : null;
          case INT64 ->
              unsigned
                  ? c -> new BigDecimal(Long.toUnsignedString(c.getLong())).doubleValue()
                  : plain ? c -> (double) c.getLong() : null;
          case FLOAT -> ColumnReader::getFloat;
          case DOUBLE -> ColumnReader::getDouble;
          case BOOLEAN -> c -> c.getBoolean() ? 1 : 0;
          default -> null;
        };
    if (reader == null) {
      throw unusable(type, "a number");
    }
    return reader;
  }

  private static ToDoubleFunction<ColumnReader> decimalReader(PrimitiveTypeName type, int scale) {
    return switch (type) {
      case INT32 -> c -> BigDecimal.valueOf(c.getInteger(), scale).doubleValue();
      case INT64 -> c -> BigDecimal.valueOf(c.getLong(), scale).doubleValue();
      default -> c -> new BigDecimal(new BigInteger(c.getBinary().getBytes()), scale).doubleValue();
    };
  }

  Function<ColumnReader, String> idReader(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    PrimitiveTypeName name = type.getPrimitiveTypeName();
    if (name == PrimitiveTypeName.BINARY && isText(logical)) {
      return c -> c.getBinary().toStringUsingUTF8();
    }
    if (name == PrimitiveTypeName.BOOLEAN) {
      return c -> Boolean.toString(c.getBoolean());
    }
    if (name == PrimitiveTypeName.INT32 && logical instanceof DateLogicalTypeAnnotation) {
      return c -> LocalDate.ofEpochDay(c.getInteger()).toString();
    }
    if (name == PrimitiveTypeName.INT64
        && logical instanceof TimestampLogicalTypeAnnotation timestamp) {
      return c -> Instant.ofEpochMilli(millis(c.getLong(), timestamp.getUnit())).toString();
    }
    if (name == PrimitiveTypeName.DOUBLE) {
      return c -> Double.toString(c.getDouble());
    }
    if (name == PrimitiveTypeName.FLOAT) {
      return c -> Float.toString(c.getFloat());
    }
    if (logical == null || logical instanceof IntLogicalTypeAnnotation) {
      boolean unsigned = isUnsigned(logical);
      if (name == PrimitiveTypeName.INT32) {
        return unsigned
            ? c -> Integer.toUnsignedString(c.getInteger())
            : c -> Integer.toString(c.getInteger());
      }
      if (name == PrimitiveTypeName.INT64) {
        return unsigned ? c -> Long.toUnsignedString(c.getLong()) : c -> Long.toString(c.getLong());
      }
    }
    throw unusable(type, "text, a number, a boolean, a date or a timestamp");
  }

  private static boolean isUnsigned(LogicalTypeAnnotation logical) {
    return logical instanceof IntLogicalTypeAnnotation of && !of.isSigned();
  }

  private InputException unusable(PrimitiveType type, String expected) {
    return new InputException(
        file + ": column '" + type.getName() + "': expected " + expected + ", found " + type);
  }

  static boolean isText(LogicalTypeAnnotation logical) {
    return logical == null
        || logical instanceof StringLogicalTypeAnnotation
        || logical instanceof EnumLogicalTypeAnnotation
        || logical instanceof JsonLogicalTypeAnnotation;
  }

  private static LocalDateTime local(long millis) {
    return LocalDateTime.ofEpochSecond(
        Math.floorDiv(millis, 1000L),
        (int) Math.floorMod(millis, 1000L) * 1_000_000,
        ZoneOffset.UTC);
  }

  private static long millis(long time, TimeUnit unit) {
    return switch (unit) {
      case MILLIS -> time;
      case MICROS -> Math.floorDiv(time, 1000L);
      case NANOS -> Math.floorDiv(time, 1_000_000L);
    };
  }

  private static long ofInt96(Binary binary) {
    ByteBuffer bytes = binary.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long nanosOfDay = bytes.getLong();
    long julianDay = bytes.getInt();
    return (julianDay - JULIAN_DAY_OF_EPOCH) * MILLIS_PER_DAY
        + Math.floorDiv(nanosOfDay, 1_000_000L);
  }

  /** Takes the place of record assembly: cells are read from the columns directly. */
  private static final class Ignored extends GroupConverter {
    @Override
    public Converter getConverter(int fieldIndex) {
      return this;
    }

    @Override
    public PrimitiveConverter asPrimitiveConverter() {
      return new PrimitiveConverter() {};
    }

    @Override
    public void start() {}

    @Override
    public void end() {}
  }
}
