package io.patchcast.spark;

import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.SeriesStatus;
import io.patchcast.forecast.VariateForecast;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.spark.QueryContext;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Forecasts as SQL functions.
 *
 * <pre>{@code
 * PatchcastFunctions.register(spark);
 * spark.sql("SELECT host, forecast(cpu, 96) AS f, forecast_status(cpu, 96) AS s FROM metrics")
 * }</pre>
 *
 * <ul>
 *   <li>{@code forecast(values, horizon [, levels])} returns {@code array<struct<q10: double, …>>},
 *       one struct per step of the horizon; null where the values cannot be forecast.
 *   <li>{@code forecast_status(values, horizon)} returns {@code struct<status: string, message:
 *       string>}: {@code ok}, or why there is no forecast.
 * </ul>
 *
 * <p>{@code values} is an array of numbers at equal distances in the order of time; null, NaN and
 * infinite elements are gaps. {@code horizon} (steps, at least 1) and {@code levels} (an array of
 * ascending numbers between 0.1 and 0.9) are constants; arguments of other types are refused when
 * the query is analysed. Both functions called with the same values and horizon in one {@code
 * SELECT} run the model once.
 */
public final class PatchcastFunctions {
  private static final String FORECAST = "forecast";
  private static final String FORECAST_STATUS = "forecast_status";
  private static final StructType STATUS =
      new StructType()
          .add("status", DataTypes.StringType, false)
          .add("message", DataTypes.StringType, false);

  private PatchcastFunctions() {}

  /** Registers the functions in a session, with the built-in model and its default options. */
  public static void register(SparkSession session) {
    register(session, "builtin", ForecastOptions.defaults());
  }

  /**
   * Registers the functions in a session.
   *
   * @param model {@code builtin}, a directory that every executor has, or a hub name
   * @param options settings of every call; {@code maxThreads} follows {@code spark.task.cpus}
   */
  public static void register(SparkSession session, String model, ForecastOptions options) {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(options, "options");
    FunctionRegistry registry = ClassicSessions.of(session).sessionState().functionRegistry();
    ExecutorModels.closeAtEndOf(session.sparkContext());
    register(
        registry,
        FORECAST,
        "_FUNC_(values, horizon[, levels]) - Quantile forecast of an array of numbers: one struct"
            + " per step, with one field per level. Null where there is none.",
        arguments -> {
          checkCount(FORECAST, arguments, 2, 3);
          double[] levels =
              arguments.size() == 2 ? options.quantileLevels() : levels(arguments.get(2), options);
          return call(
              new Quantiles(levels),
              Quantiles.type(levels),
              forecast(FORECAST, model, options, arguments));
        });
    register(
        registry,
        FORECAST_STATUS,
        "_FUNC_(values, horizon) - Whether forecast(values, horizon) has a forecast, and why not.",
        arguments -> {
          checkCount(FORECAST_STATUS, arguments, 2, 2);
          return call(new Status(), STATUS, forecast(FORECAST_STATUS, model, options, arguments));
        });
  }

  private static void register(
      FunctionRegistry registry,
      String name,
      String usage,
      Function<List<Expression>, Expression> builder) {
    registry.registerFunction(
        new FunctionIdentifier(
            name,
            scala.Option.apply(CatalogManager.SESSION_NAMESPACE()),
            scala.Option.apply(CatalogManager.SYSTEM_CATALOG_NAME())),
        new ExpressionInfo(
            PatchcastFunctions.class.getName(),
            null,
            name,
            usage,
            "",
            "",
            "",
            "",
            "",
            "",
            "java_udf"),
        arguments -> builder.apply(CollectionConverters.asJava(arguments)));
  }

  /** The expression that both functions share, so that Spark evaluates it once. */
  private static Expression forecast(
      String function, String model, ForecastOptions options, List<Expression> arguments) {
    return call(
        new ValuesForecast(model, horizon(function, arguments.get(1)), options),
        new ObjectType(SeriesForecast.class),
        values(function, arguments.get(0)));
  }

  /** Spark calls {@link Function#apply}, so that no class of ours needs to be public for it. */
  private static Expression call(Function<?, ?> function, DataType result, Expression argument) {
    return new Invoke(
        Literal.fromObject(function, new ObjectType(Function.class)),
        "apply",
        result,
        seq(List.of(argument)),
        seq(List.of()),
        false,
        true,
        true);
  }

  private static void checkCount(
      String function, List<Expression> arguments, int fewest, int most) {
    if (arguments.size() < fewest || arguments.size() > most) {
      throw invalid(
          function
              + ": expected "
              + (fewest == most ? "" + fewest : fewest + " or " + most)
              + " arguments (values, horizon"
              + (most > 2 ? "[, levels]" : "")
              + "), found "
              + arguments.size());
    }
  }

  private static Expression values(String function, Expression values) {
    DataType type = values.dataType();
    DataType wanted = DataTypes.createArrayType(DataTypes.DoubleType, true);
    boolean numbers =
        type instanceof NullType
            || (type instanceof ArrayType array
                && (array.elementType() instanceof NumericType
                    || array.elementType() instanceof NullType));
    if (!numbers) {
      throw invalid(
          function
              + ": expected an array of numbers as first argument (values), found "
              + found(values));
    }
    return type instanceof ArrayType array && array.elementType().equals(DataTypes.DoubleType)
        ? values
        : new Cast(values, wanted, scala.Option.empty());
  }

  private static int horizon(String function, Expression horizon) {
    if (horizon.foldable() && horizon.dataType() instanceof IntegralType) {
      Object steps = horizon.eval(null);
      if (steps instanceof Number number
          && number.longValue() >= 1
          && number.longValue() <= Integer.MAX_VALUE) {
        return number.intValue();
      }
    }
    throw invalid(
        function
            + ": expected a constant whole number of steps, at least 1, as second argument"
            + " (horizon), found "
            + found(horizon));
  }

  private static double[] levels(Expression levels, ForecastOptions options) {
    if (levels.foldable()
        && levels.dataType() instanceof ArrayType array
        && array.elementType() instanceof NumericType) {
      Object evaluated =
          new Cast(levels, DataTypes.createArrayType(DataTypes.DoubleType), scala.Option.empty())
              .eval(null);
      if (evaluated instanceof ArrayData data && !Arrays.asList(data.array()).contains(null)) {
        try {
          return options.withQuantileLevels(data.toDoubleArray()).quantileLevels();
        } catch (IllegalArgumentException e) {
          throw invalid(FORECAST + ": " + e.getMessage());
        }
      }
    }
    throw invalid(
        FORECAST
            + ": expected a constant array of numbers as third argument (levels), found "
            + found(levels));
  }

  private static String found(Expression argument) {
    return argument.sql() + " of type " + argument.dataType().sql();
  }

  private static RuntimeException invalid(String message) {
    return unchecked(
        new AnalysisException(
            message,
            scala.Option.empty(),
            scala.Option.empty(),
            scala.Option.empty(),
            scala.Option.empty(),
            Map$.MODULE$.empty(),
            new QueryContext[0]));
  }

  /** Scala knows no checked exceptions: this one passes through an interface that declares none. */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> RuntimeException unchecked(Exception e) throws E {
    throw (E) e;
  }

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  /**
   * The result of {@code forecast}.
   *
   * @param levels of its fields
   */
  private record Quantiles(List<Double> levels)
      implements Function<SeriesForecast, ArrayData>, Serializable {

    Quantiles(double[] levels) {
      this(Arrays.stream(levels).boxed().toList());
    }

    static DataType type(double[] levels) {
      List<StructField> fields = new ArrayList<>();
      for (double level : levels) {
        fields.add(
            DataTypes.createStructField(
                ForecastColumns.quantileName(level), DataTypes.DoubleType, false));
      }
      return DataTypes.createArrayType(DataTypes.createStructType(fields), false);
    }

    @Override
    public ArrayData apply(SeriesForecast forecast) {
      if (forecast.status() != SeriesStatus.OK) {
        return null;
      }
      VariateForecast variate = forecast.variates().get(0);
      Object[] steps = new Object[variate.horizon()];
      for (int step = 0; step < steps.length; step++) {
        Object[] quantiles = new Object[levels.size()];
        for (int level = 0; level < quantiles.length; level++) {
          quantiles[level] = variate.value(step, levels.get(level));
        }
        steps[step] = new GenericInternalRow(quantiles);
      }
      return new GenericArrayData(steps);
    }

    @Override
    public String toString() {
      return "quantiles " + levels;
    }
  }

  /** The result of {@code forecast_status}. */
  private record Status() implements Function<SeriesForecast, InternalRow>, Serializable {
    @Override
    public InternalRow apply(SeriesForecast forecast) {
      return new GenericInternalRow(
          new Object[] {
            UTF8String.fromString(forecast.status().code()),
            UTF8String.fromString(forecast.message())
          });
    }

    @Override
    public String toString() {
      return "status";
    }
  }
}
