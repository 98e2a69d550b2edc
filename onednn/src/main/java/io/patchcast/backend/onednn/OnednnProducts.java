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
import org.bytedeco.javacpp.PointerScope;

/**
 * Products by oneDNN. Weights lie in the layout that oneDNN asks for; each thread has buffers and
 * primitives of its own for every number of rows it has met.
 */
final class OnednnProducts implements ProductLibrary {
  /** Rows for which the layout of the weights is chosen: those of a full pass. */
  private static final int USUAL_ROWS = 240;

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
      Session session = sessions.get();
      Call call = session.calls.get(new Key(this, count));
      if (call == null) {
        call = new Call(this, count);
        session.calls.put(new Key(this, count), call);
      }
      call.run(session.order, a, c);
    }
  }

  private record Key(Packed matrix, int count) {}

  /** What one thread needs. */
  private static final class Session {
    final stream order;
    final Map<Key, Call> calls = new HashMap<>();

    Session(engine processor) {
      order = new stream(processor);
    }
  }

  /** One product with its buffers. */
  private final class Call {
    private final int sourceSize;
    private final int sumsSize;
    private final FloatPointer source;
    private final FloatPointer sums;
    private final memory plain;
    private final memory converted;
    private final memory result;
    private final reorder conversion;
    private final matmul product;
    private final IntMemoryMap arguments = new IntMemoryMap();

    Call(Packed matrix, int count) {
      sourceSize = count * matrix.inputs;
      sumsSize = count * matrix.outputs;
      plain = new memory(rows(count, matrix.inputs, memory.data_type.f32), processor);
      result = new memory(rows(count, matrix.outputs, memory.data_type.f32), processor);
      source = new FloatPointer(plain.get_data_handle());
      sums = new FloatPointer(result.get_data_handle());
      boolean same = type == memory.data_type.f32;
      converted = same ? plain : new memory(rows(count, matrix.inputs, type), processor);
      conversion = same ? null : new reorder(plain, converted);
      product = new matmul(matrix.description(count, matrix.weights.get_desc()));
      arguments.put(DNNL_ARG_SRC, converted);
      arguments.put(DNNL_ARG_WEIGHTS, matrix.weights);
      arguments.put(DNNL_ARG_DST, result);
    }

    void run(stream order, float[] a, float[] c) {
      source.put(a, 0, sourceSize);
      if (conversion != null) {
        conversion.execute(order, plain, converted);
      }
      product.execute(order, arguments);
      order._wait();
      sums.get(c, 0, sumsSize);
    }
  }
}
