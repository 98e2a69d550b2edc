package io.patchcast.backend.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import io.patchcast.backend.Precision;
import io.patchcast.backend.cpu.simd.ProductLibrary;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/**
 * Products by oneDNN. Weights lie in the layout that oneDNN asks for; each thread has buffers of
 * its own, and primitives for the numbers of rows it has met.
 */
final class OnednnProducts implements ProductLibrary {
  /** Rows for which the layout of the weights is chosen: those of a full pass. */
  private static final int USUAL_ROWS = 240;

  /** Numbers of rows are padded to a multiple of this: so many fewer primitives to keep. */
  private static final int ROW_STEP = 8;

  private final memory.data_type type;
  private final engine processor = new engine(engine.kind.cpu, 0);
  private final ThreadLocal<Session> sessions =
      ThreadLocal.withInitial(() -> new Session(processor));

  OnednnProducts(Precision precision) {
    this.type = precision == Precision.BF16 ? memory.data_type.bf16 : memory.data_type.f32;
  }

  @Override
  public Matrix pack(int inputs, int outputs, float[] weights) {
    Packed packed = new Packed(inputs, outputs);
    try (PointerScope temporaries = new PointerScope();
        stream order = new stream(processor)) {
      memory plain = new memory(rows(inputs, outputs, memory.data_type.f32), processor);
      new FloatPointer(plain.get_data_handle()).put(weights, 0, inputs * outputs);
      new reorder(plain, packed.weights).execute(order, plain, packed.weights);
      order._wait();
    }
    return packed;
  }

  /** Row-major. */
  private static memory.desc rows(long rows, long columns, memory.data_type type) {
    return new memory.desc(new long[] {rows, columns}, type, memory.format_tag.ab);
  }

  /** Native memory is freed as its Java side is collected. */
  @Override
  public void close() {}

  private final class Packed implements Matrix {
    private final int inputs;
    private final int outputs;
    final memory weights;

    Packed(int inputs, int outputs) {
      this.inputs = inputs;
      this.outputs = outputs;
      memory.desc any = new memory.desc(new long[] {inputs, outputs}, type, memory.format_tag.any);
      this.weights = new memory(description(USUAL_ROWS, any).weights_desc(), processor);
    }

    private matmul.primitive_desc description(int count, memory.desc layout) {
      memory.data_type sums = memory.data_type.f32;
      return new matmul.primitive_desc(
          processor, rows(count, inputs, type), layout, rows(count, outputs, sums));
    }

    @Override
    public void multiply(int count, float[] a, float[] c) {
      int padded = (count + ROW_STEP - 1) / ROW_STEP * ROW_STEP;
      Session session = sessions.get();
      Key key = new Key(this, padded);
      Call call = session.calls.get(key);
      if (call == null) {
        call = new Call(this, padded);
        session.calls.put(key, call);
      }
      call.run(session, count, a, c);
    }
  }

  private record Key(Packed matrix, int count) {}

  /** What one thread needs: its buffers grow to the largest product and are shared by all. */
  private static final class Session {
    final stream order;
    final Map<Key, Call> calls = new HashMap<>();
    FloatPointer source = new FloatPointer(1);
    FloatPointer converted = new FloatPointer(1);
    FloatPointer sums = new FloatPointer(1);

    Session(engine processor) {
      order = new stream(processor);
    }

    static FloatPointer atLeast(FloatPointer buffer, long size) {
      if (buffer.capacity() >= size) {
        return buffer;
      }
      buffer.close();
      return new FloatPointer(size);
    }
  }

  /** One product of a padded number of rows; what the rows beyond the count hold is not read. */
  private final class Call {
    private final int inputs;
    private final int outputs;
    private final int rows;
    private final memory plain;
    private final memory converted;
    private final memory result;
    private final reorder conversion;
    private final matmul product;
    private final IntMemoryMap arguments = new IntMemoryMap();

    Call(Packed matrix, int rows) {
      this.inputs = matrix.inputs;
      this.outputs = matrix.outputs;
      this.rows = rows;
      plain = unbound(inputs, memory.data_type.f32);
      result = unbound(outputs, memory.data_type.f32);
      boolean same = type == memory.data_type.f32;
      converted = same ? plain : unbound(inputs, type);
      conversion = same ? null : new reorder(plain, converted);
      product = new matmul(matrix.description(rows, matrix.weights.get_desc()));
      arguments.put(DNNL_ARG_SRC, converted);
      arguments.put(DNNL_ARG_WEIGHTS, matrix.weights);
      arguments.put(DNNL_ARG_DST, result);
    }

    /** Rows without memory of their own. */
    private memory unbound(int columns, memory.data_type columnType) {
      return new memory(rows(rows, columns, columnType), processor, new Pointer());
    }

    void run(Session session, int count, float[] a, float[] c) {
      session.source = Session.atLeast(session.source, (long) rows * inputs);
      session.converted = Session.atLeast(session.converted, (long) rows * inputs);
      session.sums = Session.atLeast(session.sums, (long) rows * outputs);
      plain.set_data_handle(session.source);
      result.set_data_handle(session.sums);
      session.source.put(a, 0, count * inputs);
      if (conversion != null) {
        converted.set_data_handle(session.converted);
        conversion.execute(session.order, plain, converted);
      }
      product.execute(session.order, arguments);
      session.order._wait();
      session.sums.get(c, 0, count * outputs);
    }
  }
}
