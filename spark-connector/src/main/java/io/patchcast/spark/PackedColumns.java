package io.patchcast.spark;

import io.patchcast.forecast.EpochTime;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.optimizer.NormalizeNaNAndZero;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.FractionalType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * The columns of a table of metrics, checked and brought to one form, and those of its packed form.
 *
 * <ul>
 *   <li>uniform: {@code time} (a number), {@code value0…} (doubles), {@code id0…} (as they are)
 *   <li>packed: {@code id0…}, {@code first} (the first of the times), {@code rowsWithoutTime},
 *       {@code times}, {@code values0…} (arrays)
 * </ul>
 *
 * @param idTypes of the id columns
 * @param valueCount targets, then known covariates
 * @param timeForm what the number in {@code time} is
 */
record PackedColumns(List<DataType> idTypes, int valueCount, TimeForm timeForm)
    implements Serializable {

  /** Stands for a time that is null or no number. */
  static final long NO_TIME = Long.MIN_VALUE;

  /** How times come. */
  enum TimeForm {
    EPOCH_MILLIS,
    WHOLE_NUMBER,
    REAL_NUMBER
  }

  /** Finds the columns of a table and checks their types. */
  static PackedColumns of(Dataset<Row> rows, ForecastTableOptions options) {
    List<DataType> idTypes = new ArrayList<>();
    for (String id : options.ids()) {
      idTypes.add(idType(id, typeOf(rows, id, "id")));
    }
    List<String> values = valueNames(options);
    for (int i = 0; i < values.size(); i++) {
      String role = i < options.values().size() ? "value" : "known";
      DataType type = typeOf(rows, values.get(i), role);
      if (!(type instanceof NumericType || type instanceof BooleanType)) {
        throw unexpected(values.get(i), role, "numbers or booleans", type);
      }
    }
    String time = timeName(rows, options);
    return new PackedColumns(idTypes, values.size(), formOf(time, typeOf(rows, time, "time")));
  }

  int idCount() {
    return idTypes.size();
  }

  /** Number of columns of the packed form. */
  int packedCount() {
    return idCount() + 3 + valueCount;
  }

  /** The table in uniform form. */
  Dataset<Row> uniform(Dataset<Row> rows, ForecastTableOptions options) {
    List<Column> columns = new ArrayList<>();
    columns.add(time(column(rows, timeName(rows, options)), rows, options).as("time"));
    List<String> values = valueNames(options);
    for (int i = 0; i < valueCount; i++) {
      columns.add(column(rows, values.get(i)).cast(DataTypes.DoubleType).as("value" + i));
    }
    for (int i = 0; i < idCount(); i++) {
      Column id = column(rows, options.ids().get(i));
      boolean real = idTypes.get(i) instanceof DoubleType || idTypes.get(i) instanceof FloatType;
      // 0.0 and -0.0 are one id, as in GROUP BY.
      columns.add(
          (real
                  ? ExpressionUtils.column(new NormalizeNaNAndZero(ExpressionUtils.expression(id)))
                  : id)
              .as("id" + i));
    }
    return rows.select(columns.toArray(new Column[0]));
  }

  private Column time(Column column, Dataset<Row> rows, ForecastTableOptions options) {
    DataType type = rows.select(column).schema().apply(0).dataType();
    if (timeForm == TimeForm.WHOLE_NUMBER) {
      return column.cast(DataTypes.LongType);
    }
    if (timeForm == TimeForm.REAL_NUMBER) {
      return column.cast(DataTypes.DoubleType);
    }
    Column instant =
        type instanceof TimestampType
            ? column
            : ExpressionUtils.column(
                new Cast(
                    ExpressionUtils.expression(column),
                    DataTypes.TimestampType,
                    scala.Option.apply(options.zone().getId())));
    return functions.unix_millis(instant);
  }

  // ---- rows in uniform form

  /** Milliseconds since the epoch, or {@link #NO_TIME}. */
  long epochMillis(InternalRow row) {
    if (row.isNullAt(0)) {
      return NO_TIME;
    }
    return switch (timeForm) {
      case EPOCH_MILLIS -> row.getLong(0);
      case WHOLE_NUMBER -> EpochTime.millis(row.getLong(0));
      case REAL_NUMBER -> {
        double number = row.getDouble(0);
        yield Math.abs(number) < Long.MAX_VALUE ? EpochTime.millis(number) : NO_TIME;
      }
    };
  }

  /** A value, or NaN. */
  double value(InternalRow row, int index) {
    return row.isNullAt(1 + index) ? Double.NaN : row.getDouble(1 + index);
  }

  /** An id in Spark's own form, or null; valid until the next row. */
  Object id(InternalRow row, int index) {
    int place = 1 + valueCount + index;
    return row.isNullAt(place) ? null : row.get(place, idTypes.get(index));
  }

  // ---- rows in packed form

  StructType packedSchema() {
    List<StructField> fields = new ArrayList<>();
    for (int i = 0; i < idCount(); i++) {
      fields.add(DataTypes.createStructField("id" + i, idTypes.get(i), true));
    }
    fields.add(DataTypes.createStructField("first", DataTypes.LongType, false));
    fields.add(DataTypes.createStructField("rowsWithoutTime", DataTypes.IntegerType, false));
    fields.add(
        DataTypes.createStructField(
            "times", DataTypes.createArrayType(DataTypes.LongType, false), false));
    ArrayType values = DataTypes.createArrayType(DataTypes.DoubleType, false);
    for (int i = 0; i < valueCount; i++) {
      fields.add(DataTypes.createStructField("values" + i, values, false));
    }
    return DataTypes.createStructType(fields);
  }

  /** The columns that name a series, to exchange the packed rows by. */
  Column[] idColumns(Dataset<Row> packed) {
    Column[] ids = new Column[idCount()];
    Arrays.setAll(ids, i -> packed.col("id" + i));
    return ids;
  }

  /** The ids of a packed row; valid until the next one. */
  Object[] idsOfPacked(InternalRow row) {
    Object[] ids = new Object[idCount()];
    Arrays.setAll(ids, i -> row.isNullAt(i) ? null : row.get(i, idTypes.get(i)));
    return ids;
  }

  /** Adds what is packed into a row to the rows of its series. */
  void unpack(InternalRow row, SeriesRows into) {
    int next = idCount() + 1;
    into.addRowsWithoutTime(row.getInt(next++));
    long[] times = row.getArray(next++).toLongArray();
    double[][] values = new double[valueCount][];
    for (int i = 0; i < valueCount; i++) {
      values[i] = row.getArray(next++).toDoubleArray();
    }
    into.addAll(times, values);
  }

  /** Ids that outlive their row. */
  static Object[] copies(Object[] ids) {
    Object[] copies = new Object[ids.length];
    Arrays.setAll(copies, i -> InternalRow.copyValue(ids[i]));
    return copies;
  }

  // ---- names and types

  static List<String> valueNames(ForecastTableOptions options) {
    List<String> names = new ArrayList<>(options.values());
    names.addAll(options.known());
    return names;
  }

  private static String timeName(Dataset<Row> rows, ForecastTableOptions options) {
    if (options.time() != null) {
      return options.time();
    }
    List<String> names = List.of(rows.columns());
    return ForecastTableOptions.TIME_NAMES.stream()
        .filter(names::contains)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no time column named, and none is called "
                        + String.join(", ", ForecastTableOptions.TIME_NAMES)
                        + "; the columns are: "
                        + String.join(", ", names)));
  }

  /** A column by its name, whatever characters that has, in the case that the session minds. */
  private static Column column(Dataset<Row> rows, String name) {
    return rows.col("`" + name.replace("`", "``") + "`");
  }

  private static DataType typeOf(Dataset<Row> rows, String name, String role) {
    try {
      return rows.select(column(rows, name)).schema().apply(0).dataType();
    } catch (Exception e) {
      // Scala declares no exceptions; this one is checked.
      if (!(e instanceof AnalysisException)) {
        throw e;
      }
      throw new IllegalArgumentException(
          "no one column '"
              + name
              + "' ("
              + role
              + "); the columns are: "
              + String.join(", ", rows.columns()),
          e);
    }
  }

  private static DataType idType(String name, DataType type) {
    boolean nested =
        type instanceof StructType
            || type instanceof ArrayType
            || type instanceof MapType
            || type instanceof NullType;
    if (nested || !RowOrdering.isOrderable(type)) {
      throw unexpected(name, "id", "an atomic type that can be ordered", type);
    }
    if (type instanceof StringType text && !text.supportsBinaryEquality()) {
      throw unexpected(name, "id", "strings that are equal if their bytes are (cast them)", type);
    }
    return type;
  }

  private static TimeForm formOf(String name, DataType type) {
    if (type instanceof TimestampType
        || type instanceof TimestampNTZType
        || type instanceof DateType) {
      return TimeForm.EPOCH_MILLIS;
    }
    if (type instanceof IntegralType) {
      return TimeForm.WHOLE_NUMBER;
    }
    if (type instanceof FractionalType) {
      return TimeForm.REAL_NUMBER;
    }
    throw unexpected(
        name,
        "time",
        "a timestamp, a date or numbers since the epoch (text: use to_timestamp)",
        type);
  }

  private static IllegalArgumentException unexpected(
      String name, String role, String expected, DataType found) {
    return new IllegalArgumentException(
        "column '" + name + "' (" + role + "): expected " + expected + ", found " + found.sql());
  }
}
