package io.patchcast.backend.cuda;

import io.patchcast.backend.ModelWeights.Shape;
import io.patchcast.backend.cuda.PackedWeights.PackedLayer;
import io.patchcast.backend.cuda.driver.DeviceBuffer;
import io.patchcast.backend.cuda.driver.KernelImage.Kernel;
import io.patchcast.backend.cuda.driver.Launch;
import io.patchcast.backend.cuda.driver.Launch.Arguments;
import io.patchcast.backend.cuda.driver.PinnedBuffer;
import io.patchcast.backend.cuda.driver.Stream;
import java.util.ArrayList;
import java.util.List;

/**
 * What one pass of a bucket needs: a stream, buffers, and every launch ready with its arguments. A
 * pass has it to itself; the next one of the bucket finds it as it is, graph included.
 */
final class Workspace implements AutoCloseable {
  private final DeviceModel model;
  private final Bucket bucket;
  private final List<AutoCloseable> resources = new ArrayList<>();

  final Stream stream;
  final PinnedBuffer staging;
  final PinnedBuffer results;
  final DeviceBuffer plan;
  final DeviceBuffer loc;
  final DeviceBuffer scale;
  final DeviceBuffer limits;
  final DeviceBuffer patches;

  /** The residual stream before and after a layer's attention, alternating. */
  final DeviceBuffer[] hidden;

  /** The same in the precision of the kernels; the same buffers in f32. */
  final DeviceBuffer[] copies;

  final DeviceBuffer queries;
  final DeviceBuffer keys;
  final DeviceBuffer values;
  final DeviceBuffer mixed;
  final DeviceBuffer gated;
  final DeviceBuffer inner;
  final DeviceBuffer raw;
  final DeviceBuffer done;
  final DeviceBuffer quantiles;

  /** The launches of each operation, in the order of the pass. */
  private final List<List<Launch>> operations = new ArrayList<>();

  private Stream.Graph graph;

  Workspace(DeviceModel model, Bucket bucket) {
    this.model = model;
    this.bucket = bucket;
    try {
      WorkspaceLayout layout = WorkspaceLayout.of(model.shape(), model.storage(), bucket);
      stream = keep(model.device().newStream());
      staging = keep(model.device().allocatePinned(layout.plan()));
      results = keep(model.device().allocatePinned(layout.quantiles()));
      plan = allocate(layout.plan());
      loc = allocate(layout.patchScalars());
      scale = allocate(layout.patchScalars());
      limits = allocate(layout.limits());
      patches = allocate(layout.patches());
      hidden = new DeviceBuffer[] {allocate(layout.hidden()), allocate(layout.hidden())};
      copies =
          layout.copy() == 0
              ? hidden
              : new DeviceBuffer[] {allocate(layout.copy()), allocate(layout.copy())};
      queries = allocate(layout.queries());
      keys = allocate(layout.keys());
      values = allocate(layout.keys());
      mixed = allocate(layout.queries());
      gated = allocate(layout.gated());
      inner = allocate(layout.inner());
      raw = allocate(layout.raw());
      done = allocate(layout.done());
      done.clear();
      quantiles = allocate(layout.quantiles());
      prepareLaunches();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private DeviceBuffer allocate(long bytes) {
    return keep(model.device().allocate(bytes, "a workspace"));
  }

  private <T extends AutoCloseable> T keep(T resource) {
    resources.add(resource);
    return resource;
  }

  Bucket bucket() {
    return bucket;
  }

  private void prepareLaunches() {
    Shape shape = model.shape();
    KernelSet kernels = model.kernels();
    PackedWeights weights = model.packed();
    int modelDim = shape.modelDim();
    float epsilon = (float) shape.normEpsilon();
    operations.add(
        List.of(
            new Arguments()
                .pointer(plan)
                .pointer(loc)
                .pointer(scale)
                .pointer(limits)
                .pointer(patches)
                .number(shape.patchSize())
                .launch(kernels.scaleAndPatch(), bucket.rows(), 1, KernelSet.THREADS)));
    operations.add(
        List.of(
            product(
                kernels.embedPatches(),
                modelDim,
                bucket.tokens(),
                new Arguments()
                    .pointer(plan)
                    .pointer(patches)
                    .pointer(weights.embedding.linear1().weight())
                    .pointer(weights.embedding.linear1().bias())
                    .pointer(weights.embedding.linear2().weight())
                    .pointer(weights.embedding.skip())
                    .pointer(weights.embedding.linear2().bias())
                    .pointer(hidden[0])
                    .pointer(copies[0])
                    .number(2 * shape.patchSize())
                    .number(modelDim))));
    for (int layer = 0; layer < weights.layers.size(); layer++) {
      prepareLayer(layer, weights.layers.get(layer), layer % 2);
    }
    int last = weights.layers.size() % 2;
    int outputSize = shape.patchSize() * shape.levelCount();
    operations.add(
        List.of(
            product(
                kernels.headInner(),
                4 * modelDim,
                bucket.outputs(),
                new Arguments()
                    .pointer(plan)
                    .pointer(copies[last])
                    .pointer(weights.head.linear1().weight())
                    .pointer(weights.head.linear1().bias())
                    .pointer(inner)
                    .number(modelDim)
                    .number(epsilon)),
            product(
                kernels.headOutput(),
                outputSize,
                bucket.outputs(),
                new Arguments()
                    .pointer(plan)
                    .pointer(copies[last])
                    .pointer(inner)
                    .pointer(weights.head.linear2().weight())
                    .pointer(weights.head.skip())
                    .pointer(weights.head.linear2().bias())
                    .pointer(loc)
                    .pointer(scale)
                    .pointer(limits)
                    .pointer(raw)
                    .pointer(done)
                    .pointer(quantiles)
                    .number(modelDim)
                    .number(shape.patchSize())
                    .number(epsilon))));
  }

  private void prepareLayer(int layer, PackedLayer weights, int from) {
    Shape shape = model.shape();
    KernelSet kernels = model.kernels();
    int to = 1 - from;
    int modelDim = shape.modelDim();
    float epsilon = (float) shape.normEpsilon();
    boolean valueOnly = bucket.valueOnly().get(layer);
    int queryTiles = tiles(shape.headCount() * shape.queryDim());
    int keyTiles = tiles(shape.groupCount() * shape.queryDim());
    Arguments qkv =
        new Arguments()
            .pointer(plan)
            .number(layer)
            .pointer(copies[from])
            .pointer(weights.inProjection().weight())
            .pointer(weights.inProjection().bias())
            .pointer(model.packed().angles)
            .pointer(model.packed().decays)
            .pointer(queries)
            .pointer(keys)
            .pointer(values)
            .pointer(mixed)
            .structure(
                new int[] {
                  modelDim,
                  shape.headCount(),
                  shape.groupCount(),
                  shape.queryDim(),
                  model.weights().layers().get(layer).rotary() ? 1 : 0,
                  valueOnly ? 1 : 0,
                  PackedWeights.POSITION_LIMIT
                },
                epsilon);
    operations.add(
        List.of(
            qkv.launch(
                kernels.normQkvRotary(),
                valueOnly ? keyTiles : queryTiles + 2 * keyTiles,
                tiles(bucket.tokens()),
                KernelSet.THREADS)));
    operations.add(
        valueOnly
            ? List.of()
            : List.of(
                new Arguments()
                    .pointer(plan)
                    .number(layer)
                    .pointer(queries)
                    .pointer(keys)
                    .pointer(values)
                    .pointer(mixed)
                    .number(shape.headCount())
                    .number(shape.groupCount())
                    .launch(
                        kernels.attend(), bucket.tiles(), shape.headCount(), KernelSet.THREADS)));
    operations.add(
        List.of(
            product(
                kernels.projectResidual(),
                modelDim,
                bucket.tokens(),
                new Arguments()
                    .pointer(plan)
                    .number(layer)
                    .pointer(mixed)
                    .pointer(weights.outProjection().weight())
                    .pointer(weights.outProjection().bias())
                    .pointer(hidden[from])
                    .pointer(hidden[to])
                    .pointer(copies[to])
                    .number(shape.headCount() * shape.queryDim())
                    .number(modelDim)
                    .number(weights.attentionKeep()))));
    operations.add(
        List.of(
            product(
                kernels.normSwiGlu(),
                2 * shape.feedForwardDim(),
                bucket.tokens(),
                new Arguments()
                    .pointer(plan)
                    .number(layer)
                    .pointer(copies[to])
                    .pointer(weights.gateUp().weight())
                    .pointer(weights.gateUp().bias())
                    .pointer(gated)
                    .number(modelDim)
                    .number(shape.feedForwardDim())
                    .number(epsilon))));
    operations.add(
        List.of(
            product(
                kernels.outputResidual(),
                modelDim,
                bucket.tokens(),
                new Arguments()
                    .pointer(plan)
                    .number(layer)
                    .pointer(gated)
                    .pointer(weights.down().weight())
                    .pointer(weights.down().bias())
                    .pointer(hidden[to])
                    .pointer(hidden[to])
                    .pointer(copies[to])
                    .number(shape.feedForwardDim())
                    .number(modelDim)
                    .number(weights.feedForwardKeep()))));
  }

  private static Launch product(Kernel kernel, int columns, int rows, Arguments arguments) {
    return arguments.launch(kernel, tiles(columns), tiles(rows), KernelSet.THREADS);
  }

  private static int tiles(int size) {
    return (size + KernelSet.TILE - 1) / KernelSet.TILE;
  }

  /** Operations of a pass. */
  int operationCount() {
    return operations.size();
  }

  /** Queues one operation. */
  void run(int operation) {
    operations.get(operation).forEach(stream::launch);
  }

  /** Queues all of them as one graph, recorded when it is first asked for. */
  void runAll() {
    if (graph == null) {
      graph = keep(stream.record(operations.stream().flatMap(List::stream).toList()));
    }
    graph.launch();
  }

  @Override
  public void close() {
    for (int i = resources.size() - 1; i >= 0; i--) {
      try {
        resources.get(i).close();
      } catch (Exception e) {
        throw new AssertionError("freeing throws nothing", e);
      }
    }
    resources.clear();
  }
}
