package io.patchcast.backend.cuda;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.ModelWeights.Shape;
import io.patchcast.backend.Pass;
import io.patchcast.backend.PassPlan;
import io.patchcast.backend.cpu.Cancellation;
import io.patchcast.backend.cuda.driver.CudaException;
import io.patchcast.backend.cuda.driver.DeviceBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A pass on a device. The operations are noted, not run: {@link #head} runs all of them as one
 * graph. Where activations are read or written in between, those noted so far run one by one.
 */
final class CudaPass implements Pass {
  private static final int OPERATIONS_PER_LAYER = 5;

  private final DeviceModel model;
  private final Shape shape;
  private final PassPlan plan;
  private final PlanImage image;
  private final Workspace workspace;
  private int noted;
  private int run;
  private boolean idle;

  CudaPass(DeviceModel model, PassPlan plan, CudaKvCache cache) {
    Cancellation.check();
    this.model = model;
    this.shape = model.shape();
    this.plan = plan;
    this.image = new PlanImage(plan, cache, KernelSet.attentionKeys(model.storage()));
    requirePositions();
    this.workspace = model.borrow(Bucket.of(plan, image));
    try {
      image.write(workspace.staging.bytes());
      workspace.stream.copyToDevice(workspace.staging, workspace.plan, image.bytes());
    } catch (RuntimeException e) {
      workspace.close();
      throw e;
    }
  }

  private void requirePositions() {
    for (LayerPlan layer : plan.layers()) {
      for (int position : layer.positions()) {
        if (position >= PackedWeights.POSITION_LIMIT) {
          throw new IllegalArgumentException(
              "expected at most " + PackedWeights.POSITION_LIMIT + " patches, got " + position);
        }
      }
    }
  }

  private void note(int operation) {
    if (operation != noted) {
      throw new IllegalStateException(
          "expected operation " + noted + " of the pass, got operation " + operation);
    }
    noted++;
  }

  private static int inLayer(int layer, int operation) {
    return 2 + layer * OPERATIONS_PER_LAYER + operation;
  }

  @Override
  public void scaleAndPatch() {
    note(0);
  }

  @Override
  public void embedPatches() {
    note(1);
  }

  @Override
  public void normQkvRotary(int layer) {
    note(inLayer(layer, 0));
  }

  @Override
  public void attendTime(int layer) {
    note(inLayer(layer, 1));
    if (image.cache() != null) {
      image.cache().append(layer, image.lists(layer).appended);
    }
  }

  @Override
  public void attendVariates(int layer) {
    note(inLayer(layer, 1));
  }

  @Override
  public void projectResidual(int layer) {
    note(inLayer(layer, 2));
  }

  @Override
  public void normSwiGlu(int layer) {
    note(inLayer(layer, 3));
  }

  @Override
  public void outputResidual(int layer) {
    note(inLayer(layer, 4));
  }

  @Override
  public double[] head() {
    Cancellation.check();
    note(workspace.operationCount() - 1);
    if (run == 0 && model.launching() == Launching.GRAPH) {
      workspace.runAll();
      run = noted;
    } else {
      runNoted();
    }
    double[] quantiles =
        new double
            [Math.multiplyExact(plan.outputs().length, shape.patchSize() * shape.levelCount())];
    if (quantiles.length > 0) {
      workspace.stream.copyToHost(
          workspace.quantiles, workspace.results, (long) quantiles.length * Double.BYTES);
    }
    await();
    workspace.results.bytes().asDoubleBuffer().get(quantiles);
    return quantiles;
  }

  private void runNoted() {
    for (; run < noted; run++) {
      workspace.run(run);
    }
  }

  private void await() {
    workspace.stream.await();
    idle = true;
  }

  /** The layer of the last operation that was noted. */
  private int layer() {
    return Math.max(0, (noted - 1 - 2) / OPERATIONS_PER_LAYER);
  }

  /** Whether the residual stream has been narrowed by the current layer. */
  private boolean projected() {
    return noted > inLayer(layer(), 2);
  }

  private DeviceBuffer hidden(DeviceBuffer[] alternating) {
    return alternating[(layer() + (projected() ? 1 : 0)) % 2];
  }

  private int hiddenCount() {
    LayerPlan tokens = plan.layers().get(layer());
    return projected() ? tokens.outputCount() : tokens.inputCount();
  }

  @Override
  public float[] read(Activation activation) {
    runNoted();
    await();
    LayerPlan tokens = plan.layers().get(layer());
    int queryWidth = shape.headCount() * shape.queryDim();
    return switch (activation) {
      case PATCHES -> read(workspace.patches, plan.tokenCount() * 2 * shape.patchSize());
      case HIDDEN -> read(hidden(workspace.hidden), Storage.F32, 0, hiddenSize());
      case QUERIES -> {
        float[] queries = read(workspace.queries, tokens.outputCount() * queryWidth);
        for (int i = 0; i < queries.length; i++) {
          queries[i] = (float) (queries[i] / model.packed().queryScale());
        }
        yield queries;
      }
      case KEYS -> readSlots(tokens, 0);
      case VALUES -> tokens.valueOnly() ? loneValues(tokens) : readSlots(tokens, 1);
      case MIXED -> read(workspace.mixed, tokens.outputCount() * queryWidth);
      case GATED -> read(workspace.gated, tokens.outputCount() * shape.feedForwardDim());
    };
  }

  @Override
  public void write(Activation activation, float[] values) {
    runNoted();
    await();
    LayerPlan tokens = plan.layers().get(layer());
    switch (activation) {
      case PATCHES -> write(workspace.patches, model.storage(), 0, values, 0, values.length);
      case HIDDEN -> {
        write(hidden(workspace.hidden), Storage.F32, 0, values, 0, values.length);
        write(hidden(workspace.copies), model.storage(), 0, values, 0, values.length);
      }
      case QUERIES -> {
        float[] scaled = values.clone();
        for (int i = 0; i < scaled.length; i++) {
          scaled[i] = (float) (scaled[i] * model.packed().queryScale());
        }
        write(workspace.queries, model.storage(), 0, scaled, 0, scaled.length);
      }
      case KEYS -> writeSlots(tokens, 0, values);
      case VALUES -> {
        if (!tokens.valueOnly()) {
          writeSlots(tokens, 1, values);
        }
      }
      case MIXED -> write(workspace.mixed, model.storage(), 0, values, 0, values.length);
      case GATED -> write(workspace.gated, model.storage(), 0, values, 0, values.length);
    }
  }

  private int hiddenSize() {
    return hiddenCount() * shape.modelDim();
  }

  /** Of a layer whose attention is its V only the outputs' values were computed, per head. */
  private float[] loneValues(LayerPlan tokens) {
    int width = shape.groupCount() * shape.queryDim();
    int queryWidth = shape.headCount() * shape.queryDim();
    int heads = shape.headCount() / shape.groupCount();
    float[] mixed = read(workspace.mixed, tokens.outputCount() * queryWidth);
    float[] values = new float[tokens.inputCount() * width];
    for (int m = 0; m < tokens.outputCount(); m++) {
      for (int i = 0; i < width; i++) {
        int group = i / shape.queryDim();
        values[tokens.queries()[m] * width + i] =
            mixed[m * queryWidth + group * heads * shape.queryDim() + i % shape.queryDim()];
      }
    }
    return values;
  }

  private float[] readSlots(LayerPlan tokens, int which) {
    int width = shape.groupCount() * shape.queryDim();
    float[] all = new float[tokens.inputCount() * width];
    for (int n = 0; n < tokens.inputCount(); n++) {
      float[] one = read(slotBuffer(n, which), model.storage(), slotOffset(n, which), width);
      System.arraycopy(one, 0, all, n * width, width);
    }
    return all;
  }

  private void writeSlots(LayerPlan tokens, int which, float[] values) {
    int width = shape.groupCount() * shape.queryDim();
    for (int n = 0; n < tokens.inputCount(); n++) {
      write(slotBuffer(n, which), model.storage(), slotOffset(n, which), values, n * width, width);
    }
  }

  private DeviceBuffer slotBuffer(int n, int which) {
    if (image.lists(layer()).slots[n] >= 0) {
      return image.cache().buffer();
    }
    return which == 0 ? workspace.keys : workspace.values;
  }

  private long slotOffset(int n, int which) {
    int slot = image.lists(layer()).slots[n];
    long rowBytes = (long) shape.groupCount() * shape.queryDim() * model.storage().bytes();
    if (slot < 0) {
      return ~slot * rowBytes;
    }
    long timeLayer =
        plan.layers().subList(0, layer()).stream().filter(tokens -> tokens.time() != null).count();
    return ((2 * timeLayer + which) * image.cache().tokenCapacity() + slot) * rowBytes;
  }

  private float[] read(DeviceBuffer source, int count) {
    return read(source, model.storage(), 0, count);
  }

  private static float[] read(DeviceBuffer source, Storage storage, long offset, int count) {
    ByteBuffer bytes = direct(count * storage.bytes());
    source.read(offset, bytes);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = storage.next(bytes);
    }
    return values;
  }

  private static void write(
      DeviceBuffer target, Storage storage, long offset, float[] values, int from, int count) {
    ByteBuffer bytes = direct(count * storage.bytes());
    for (int i = from; i < from + count; i++) {
      storage.put(bytes, values[i]);
    }
    target.write(offset, bytes.flip());
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    boolean reusable = true;
    if (!idle) {
      // The pass was given up: what it queued must be over before its buffers serve another.
      try {
        workspace.stream.await();
      } catch (CudaException e) {
        reusable = false;
      }
    }
    if (reusable) {
      model.giveBack(workspace);
    } else {
      workspace.close();
    }
  }
}
