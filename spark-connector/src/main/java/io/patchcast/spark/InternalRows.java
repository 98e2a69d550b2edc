package io.patchcast.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.plans.logical.DeserializeToObject;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.MapPartitions;
import org.apache.spark.sql.catalyst.plans.logical.SerializeFromObject;
import org.apache.spark.sql.classic.Dataset$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * Spark's {@code mapPartitions} without {@link Row}s: the function gets rows in Spark's own form
 * and returns such. An encoder would build one object per cell and row, millions of times for
 * nothing.
 *
 * <p>The plan is the one of {@code mapPartitions}, with a struct of all columns in the place of the
 * encoder's object.
 */
final class InternalRows {
  private InternalRows() {}

  /** What becomes of the rows of one partition. */
  @FunctionalInterface
  interface PartitionFunction extends Serializable {
    /**
     * @param rows each valid until the next is asked for
     * @return likewise
     */
    Iterator<InternalRow> apply(Iterator<InternalRow> rows);
  }

  /**
   * The rows that a function makes of each partition.
   *
   * @param schema of the rows returned
   */
  static Dataset<Row> mapPartitions(
      Dataset<Row> rows, StructType schema, PartitionFunction function) {
    org.apache.spark.sql.classic.Dataset<Row> classic = ClassicSessions.of(rows);
    LogicalPlan plan = classic.logicalPlan();
    List<Expression> columns = new ArrayList<>();
    for (Attribute attribute : CollectionConverters.asJava(plan.output())) {
      columns.add(Literal$.MODULE$.apply((Object) attribute.name()));
      columns.add(attribute);
    }
    DataType object = new ObjectType(InternalRow.class);
    Expression input =
        new Invoke(
            Literal$.MODULE$.fromObject(new AsObject(), new ObjectType(Function.class)),
            "apply",
            object,
            seq(List.of(new CreateNamedStruct(seq(columns)))),
            seq(List.of()),
            false,
            false,
            true);
    AttributeReference output = object(schema);
    List<NamedExpression> fields = new ArrayList<>();
    for (int i = 0; i < schema.size(); i++) {
      StructField field = schema.apply(i);
      fields.add(
          new Alias(
              new GetStructField(output, i, scala.Option.apply(field.name())),
              field.name(),
              NamedExpression.newExprId(),
              seq(List.of()),
              scala.Option.empty(),
              seq(List.of())));
    }
    LogicalPlan mapped =
        new SerializeFromObject(
            seq(fields),
            new MapPartitions(
                new OnIterators(function),
                output,
                new DeserializeToObject(input, object(object), plan)));
    return Dataset$.MODULE$.ofRows(classic.sparkSession(), mapped);
  }

  /**
   * Has Spark take a struct for an object. As a struct it would be written into an {@code
   * UnsafeRow}, to be read from there with {@code get}, which asks for a setting of the session at
   * every call.
   */
  private record AsObject() implements Function<InternalRow, InternalRow>, Serializable {
    @Override
    public InternalRow apply(InternalRow row) {
      return row;
    }

    @Override
    public String toString() {
      return "row";
    }
  }

  private static AttributeReference object(DataType type) {
    return new AttributeReference(
        "obj", type, false, Metadata.empty(), NamedExpression.newExprId(), seq(List.of()));
  }

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  /** Puts Java's iterators in the place of Scala's. */
  private static final class OnIterators
      extends AbstractFunction1<
          scala.collection.Iterator<Object>, scala.collection.Iterator<Object>>
      implements Serializable {
    private final PartitionFunction function;

    OnIterators(PartitionFunction function) {
      this.function = function;
    }

    @Override
    @SuppressWarnings("unchecked")
    public scala.collection.Iterator<Object> apply(scala.collection.Iterator<Object> rows) {
      Iterator<?> java = CollectionConverters.asJava(rows);
      Iterator<?> mapped = function.apply((Iterator<InternalRow>) java);
      return (scala.collection.Iterator<Object>) CollectionConverters.asScala(mapped);
    }
  }
}
