package io.patchcast.backend;

import java.util.List;

/**
 * The numbers of one model as they are stored, with every constant beside the weight it belongs to.
 * A backend may fold constants into packed weights; the scalar twin uses them as they stand here.
 *
 * @param shape sizes
 * @param patchEmbedding [2P] -> [D]
 * @param layers one per layer
 * @param outNorm [D] weight of the final norm, or null
 * @param head [D] -> [P, Q]
 */
public record ModelWeights(
    Shape shape,
    ResidualMlp patchEmbedding,
    List<Layer> layers,
    float[] outNorm,
    ResidualMlp head) {

  /**
   * Sizes of a model.
   *
   * @param patchSize P
   * @param modelDim D
   * @param headCount H, query heads
   * @param groupCount G, key/value heads; query head h uses group h / (H / G)
   * @param queryDim d, width of q and k
   * @param valueDim e, width of v
   * @param feedForwardDim F
   * @param levelCount Q
   * @param normEpsilon added to the mean square before the root
   * @param xpos whether rotary positions carry xPos's decay
   */
  public record Shape(
      int patchSize,
      int modelDim,
      int headCount,
      int groupCount,
      int queryDim,
      int valueDim,
      int feedForwardDim,
      int levelCount,
      double normEpsilon,
      boolean xpos) {}

  /** A matrix [rows, columns] that is read when a backend packs it. */
  public interface Matrix {
    /** Outputs of the product. */
    int rows();

    /** Inputs of the product. */
    int columns();

    /** Copies {@code rowCount} rows from {@code firstRow} on. */
    void read(int firstRow, int rowCount, float[] target, int offset);
  }

  /**
   * y = (W x + b) · scale.
   *
   * @param weight W [out, in]
   * @param bias b [out], or null
   * @param scale 1 / √in, or 1 / in for read-out layers
   */
  public record Linear(Matrix weight, float[] bias, double scale) {}

  /**
   * y = (linear2(c · silu(linear1(x))) + skip(x)) / √2.
   *
   * @param linear1 [in] -> [hidden]
   * @param linear2 [hidden] -> [out]
   * @param skip [in] -> [out]
   * @param siluGain c
   */
  public record ResidualMlp(Linear linear1, Linear linear2, Linear skip, double siluGain) {}

  /**
   * One layer.
   *
   * @param attentionNorm [D] weight of the norm before attention, or null
   * @param inProjection [D] -> q [H, d], k [G, d], v [G, e]
   * @param queryNorm [d] weight of the norm of q; empty = norm without weight; null = no norm
   * @param keyNorm [d] as queryNorm, for k
   * @param queryScale [d] softplus(per_dim_scale) / ln 2, or null
   * @param rotary whether positions are rotated in (time layers)
   * @param outProjection [H, e] -> [D]
   * @param attentionTau τ of the attention branch
   * @param feedForwardNorm [D] weight of the norm before the feed-forward, or null
   * @param gateUp [D] -> gate [F], up [F]
   * @param down [F] -> [D]
   * @param feedForwardTau τ of the feed-forward branch
   */
  public record Layer(
      float[] attentionNorm,
      Linear inProjection,
      float[] queryNorm,
      float[] keyNorm,
      float[] queryScale,
      boolean rotary,
      Linear outProjection,
      double attentionTau,
      float[] feedForwardNorm,
      Linear gateUp,
      Linear down,
      double feedForwardTau) {}
}
