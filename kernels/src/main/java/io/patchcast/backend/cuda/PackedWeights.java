package io.patchcast.backend.cuda;

import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.ModelWeights.Layer;
import io.patchcast.backend.ModelWeights.Linear;
import io.patchcast.backend.ModelWeights.Matrix;
import io.patchcast.backend.ModelWeights.ResidualMlp;
import io.patchcast.backend.ModelWeights.Shape;
import io.patchcast.backend.cpu.Rotary;
import io.patchcast.backend.cuda.driver.DeviceBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;

/**
 * A model's weights in device memory, constants folded in: norm weights into the columns, fan-in
 * scales, per-dimension scales, 1/d and log₂ e of the logits, τ/√(1+τ²), c and 1/√2 into the rows.
 */
final class PackedWeights {
  /** Rows of a matrix that are read, folded and copied at once. */
  private static final int BLOCK_ROWS = 256;

  /** Positions of the rotary tables: those of the reference. */
  static final int POSITION_LIMIT = 8192;

  private static final double LOG2_E = 1 / Math.log(2);

  private final DeviceModel device;
  private final Shape shape;
  private final Storage storage;

  final Mlp embedding;
  final List<PackedLayer> layers = new ArrayList<>();
  final Mlp head;

  /** [position, d/4, cos and sin]. */
  final DeviceBuffer angles;

  /** [decay position + limit, d/4]. */
  final DeviceBuffer decays;

  /** [out, in] and its bias [out], in f32. */
  record Packed(DeviceBuffer weight, DeviceBuffer bias) {}

  /**
   * A residual MLP.
   *
   * @param linear2 with the bias of both outer products
   * @param skip [out, in]
   */
  record Mlp(Packed linear1, Packed linear2, DeviceBuffer skip) {}

  /**
   * A layer.
   *
   * @param attentionKeep 1/√(1+τ²) of the attention branch
   * @param feedForwardKeep 1/√(1+τ²) of the feed-forward branch
   */
  record PackedLayer(
      Packed inProjection,
      Packed outProjection,
      float attentionKeep,
      Packed gateUp,
      Packed down,
      float feedForwardKeep) {}

  PackedWeights(ModelWeights weights, DeviceModel device) {
    this.device = device;
    this.shape = weights.shape();
    this.storage = device.storage();
    embedding = mlp(weights.patchEmbedding(), null);
    for (Layer layer : weights.layers()) {
      layers.add(
          new PackedLayer(
              pack(
                  layer.inProjection(),
                  row -> row,
                  row -> layer.inProjection().scale() * queryFactor(layer, row),
                  layer.attentionNorm()),
              branch(layer.outProjection(), layer.attentionTau()),
              keep(layer.attentionTau()),
              pack(
                  layer.gateUp(),
                  row -> row / 2 + row % 2 * shape.feedForwardDim(),
                  row -> layer.gateUp().scale(),
                  layer.feedForwardNorm()),
              branch(layer.down(), layer.feedForwardTau()),
              keep(layer.feedForwardTau())));
    }
    head = mlp(weights.head(), weights.outNorm());
    angles = angles();
    decays = decays();
  }

  /** Bytes that the weights of a model take, and its tables. */
  static long bytes(ModelWeights weights, Storage storage) {
    long numbers = numbers(weights.patchEmbedding()) + numbers(weights.head());
    for (Layer layer : weights.layers()) {
      numbers +=
          numbers(layer.inProjection())
              + numbers(layer.outProjection())
              + numbers(layer.gateUp())
              + numbers(layer.down());
    }
    long pairs = weights.shape().queryDim() / 4;
    return numbers * storage.bytes() + 4L * POSITION_LIMIT * pairs * Float.BYTES;
  }

  private static long numbers(ResidualMlp mlp) {
    return numbers(mlp.linear1()) + numbers(mlp.linear2()) + numbers(mlp.skip());
  }

  private static long numbers(Linear linear) {
    return (long) linear.weight().rows() * linear.weight().columns();
  }

  /** What queries are multiplied by beyond the fan-in scale: so that logits are powers of two. */
  double queryScale() {
    return LOG2_E / shape.queryDim();
  }

  private double queryFactor(Layer layer, int row) {
    if (row >= shape.headCount() * shape.queryDim()) {
      return 1;
    }
    double own = layer.queryScale() == null ? 1 : layer.queryScale()[row % shape.queryDim()];
    return own * queryScale();
  }

  private Packed branch(Linear linear, double tau) {
    double scale = linear.scale() * tau / Math.sqrt(1 + tau * tau);
    return pack(linear, row -> row, row -> scale, null);
  }

  private static float keep(double tau) {
    return (float) (1 / Math.sqrt(1 + tau * tau));
  }

  private Mlp mlp(ResidualMlp mlp, float[] norm) {
    double half = 1 / Math.sqrt(2);
    double innerScale = mlp.linear2().scale() * mlp.siluGain() * half;
    double skipScale = mlp.skip().scale() * half;
    int rows = mlp.linear2().weight().rows();
    float[] bias = new float[rows];
    for (int i = 0; i < rows; i++) {
      // The bias is within the bracket of its own product, the gain is not.
      double inner = mlp.linear2().bias() == null ? 0 : mlp.linear2().bias()[i];
      double skip = mlp.skip().bias() == null ? 0 : mlp.skip().bias()[i];
      bias[i] = (float) (inner * mlp.linear2().scale() * half + skip * skipScale);
    }
    return new Mlp(
        pack(mlp.linear1(), row -> row, row -> mlp.linear1().scale(), norm),
        new Packed(
            matrix(mlp.linear2().weight(), row -> row, row -> innerScale, null), vector(bias)),
        matrix(mlp.skip().weight(), row -> row, row -> skipScale, norm));
  }

  private Packed pack(
      Linear linear, IntUnaryOperator source, IntToDoubleFunction scale, float[] norm) {
    int rows = linear.weight().rows();
    float[] bias = new float[rows];
    for (int row = 0; row < rows && linear.bias() != null; row++) {
      int from = source.applyAsInt(row);
      bias[row] = (float) (linear.bias()[from] * scale.applyAsDouble(from));
    }
    return new Packed(matrix(linear.weight(), source, scale, norm), vector(bias));
  }

  /** Row {@code r} of the result is row {@code source(r)} of the matrix, times its scale. */
  private DeviceBuffer matrix(
      Matrix matrix, IntUnaryOperator source, IntToDoubleFunction scale, float[] norm) {
    int columns = matrix.columns();
    long rowBytes = (long) columns * storage.bytes();
    DeviceBuffer target = device.allocate(matrix.rows() * rowBytes, "weights");
    float[] row = new float[columns];
    ByteBuffer block = direct(Math.multiplyExact(BLOCK_ROWS, (int) rowBytes));
    for (int first = 0; first < matrix.rows(); first += BLOCK_ROWS) {
      block.clear();
      for (int r = first; r < Math.min(matrix.rows(), first + BLOCK_ROWS); r++) {
        int from = source.applyAsInt(r);
        matrix.read(from, 1, row, 0);
        double factor = scale.applyAsDouble(from);
        for (int c = 0; c < columns; c++) {
          storage.put(block, (float) (row[c] * (norm == null ? factor : factor * norm[c])));
        }
      }
      target.write(first * rowBytes, block.flip());
    }
    return target;
  }

  private DeviceBuffer vector(float[] values) {
    DeviceBuffer target = device.allocate((long) values.length * Float.BYTES, "weights");
    ByteBuffer bytes = direct(Math.multiplyExact(values.length, Float.BYTES));
    bytes.asFloatBuffer().put(values);
    target.write(0, bytes);
    return target;
  }

  private DeviceBuffer angles() {
    int pairs = shape.queryDim() / 4;
    float[] table = new float[POSITION_LIMIT * pairs * 2];
    for (int pair = 0; pair < pairs; pair++) {
      for (int position = 0; position < POSITION_LIMIT; position++) {
        double angle = Rotary.angle(shape, pair, position);
        table[(position * pairs + pair) * 2] = (float) Math.cos(angle);
        table[(position * pairs + pair) * 2 + 1] = (float) Math.sin(angle);
      }
    }
    return vector(table);
  }

  private DeviceBuffer decays() {
    int pairs = shape.queryDim() / 4;
    float[] table = new float[(2 * POSITION_LIMIT + 1) * pairs];
    for (int pair = 0; pair < pairs; pair++) {
      for (int decay = -POSITION_LIMIT; decay <= POSITION_LIMIT; decay++) {
        table[(decay + POSITION_LIMIT) * pairs + pair] = (float) Rotary.decay(shape, pair, decay);
      }
    }
    return vector(table);
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
