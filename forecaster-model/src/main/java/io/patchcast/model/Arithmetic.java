package io.patchcast.model;

import io.patchcast.backend.LayerPlan;
import io.patchcast.backend.LayerPlan.TimeSegments;
import io.patchcast.backend.LayerPlan.VariateGroups;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.PassPlan;

/** The multiply-adds of a pass: products and attention, without what is elementwise. */
final class Arithmetic {
  private final ModelWeights.Shape shape;

  Arithmetic(ModelWeights.Shape shape) {
    this.shape = shape;
  }

  /** Multiply-adds that the operations of one pass cannot do without. */
  long multiplyAdds(PassPlan plan) {
    int modelDim = shape.modelDim();
    int patchWidth = 2 * shape.patchSize();
    int outputWidth = shape.patchSize() * shape.levelCount();
    long sum = plan.tokenCount() * residualMlp(patchWidth, modelDim, modelDim);
    for (LayerPlan layer : plan.layers()) {
      sum += layer(layer);
    }
    return sum + plan.outputs().length * residualMlp(modelDim, modelDim, outputWidth);
  }

  /** Of one token; the hidden width is four times the model's. */
  private static long residualMlp(int in, int modelDim, int out) {
    long hidden = 4L * modelDim;
    return in * hidden + hidden * out + (long) in * out;
  }

  private long layer(LayerPlan plan) {
    long inputs = plan.inputCount();
    long outputs = plan.outputCount();
    long modelDim = shape.modelDim();
    long queryWidth = (long) shape.headCount() * shape.queryDim();
    long keyWidth = (long) shape.groupCount() * shape.queryDim();
    long valueWidth = (long) shape.groupCount() * shape.valueDim();
    long mixedWidth = (long) shape.headCount() * shape.valueDim();
    long projections = inputs * modelDim * valueWidth;
    if (!plan.valueOnly()) {
      projections += (outputs * queryWidth + inputs * keyWidth) * modelDim;
      projections += pairs(plan) * (queryWidth + mixedWidth);
    }
    return projections + outputs * modelDim * (mixedWidth + 3L * shape.feedForwardDim());
  }

  /** Query and key pairs that see each other; keys in a cache are not counted. */
  private static long pairs(LayerPlan plan) {
    long pairs = 0;
    if (plan.time() != null) {
      TimeSegments segments = plan.time();
      for (int s = 0; s < segments.count(); s++) {
        for (int m = 0; m < segments.queryCounts()[s]; m++) {
          pairs += plan.queries()[segments.queryStarts()[s] + m] - segments.keyStarts()[s] + 1;
        }
      }
      return pairs;
    }
    VariateGroups groups = plan.variates();
    for (int g = 0; g < groups.count(); g++) {
      long keys = (long) groups.keyOffsets()[g + 1] - groups.keyOffsets()[g];
      pairs += keys * (groups.queryOffsets()[g + 1] - groups.queryOffsets()[g]);
    }
    return pairs;
  }
}
