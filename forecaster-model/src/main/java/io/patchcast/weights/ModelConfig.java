package io.patchcast.weights;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

/**
 * Sizes and switches of one checkpoint, read once from its {@code config.json}.
 *
 * <p>Keys are those of the released checkpoints ({@code d_model} is {@link #modelDim}, and so on).
 * Unknown keys are ignored; a key that the checkpoint has is never replaced by a default; a value
 * that this implementation does not compute is refused by name.
 *
 * @param patchSize P, {@code patch_size}: steps per patch
 * @param modelDim D, {@code d_model}: width of the residual stream
 * @param headCount H, {@code num_heads}: query heads
 * @param groupCount {@code num_groups}: key/value heads; query head h uses group h / (H / groups)
 * @param queryDim d, {@code qk_dim}: width of a head's q and k
 * @param valueDim {@code v_dim}: width of a head's v
 * @param layerCount {@code num_layers}
 * @param layerGroupSize {@code layer_group_size}: layers in a repeating group
 * @param variateLayersPerGroup {@code num_variate_layers_per_group}: how many of them attend over
 *     variates
 * @param variateLayerFirst {@code variate_layer_first}: the first ones of the group, else the last
 * @param feedForwardDim F, {@code d_ff}
 * @param attentionBias {@code attn_bias}
 * @param feedForwardBias {@code mlp_bias}
 * @param normEpsilon {@code norm_eps}: added to the mean square before the root
 * @param normWeight {@code norm_include_weight}
 * @param queryKeyNorm {@code qk_norm}
 * @param queryKeyNormWeight {@code qk_norm_include_weight}
 * @param perDimScale {@code per_dim_scale}: a learned scale per query dimension
 * @param xpos {@code use_xpos}: exponential decay on top of the rotary positions
 */
public record ModelConfig(
    int patchSize,
    int modelDim,
    int headCount,
    int groupCount,
    int queryDim,
    int valueDim,
    int layerCount,
    int layerGroupSize,
    int variateLayersPerGroup,
    boolean variateLayerFirst,
    int feedForwardDim,
    boolean attentionBias,
    boolean feedForwardBias,
    double normEpsilon,
    boolean normWeight,
    boolean queryKeyNorm,
    boolean queryKeyNormWeight,
    boolean perDimScale,
    boolean xpos) {

  /** Q, the quantile levels 0.1 … 0.9 of every checkpoint. */
  public static final int LEVEL_COUNT = 9;

  /** The reference's rotary tables end here: most patches of context and horizon together. */
  public static final int MAX_PATCHES = 8192;

  /** An upper bound on every size, far above any release: keeps products of sizes in a long. */
  private static final int MAX_SIZE = 1 << 20;

  public ModelConfig {
    require(modelDim % 2 == 0, "d_model", "an even number", modelDim);
    require(
        headCount % groupCount == 0,
        "num_groups",
        "a divisor of num_heads " + headCount,
        groupCount);
    require(queryDim % 4 == 0, "qk_dim", "a multiple of 4 (rotary pairs)", queryDim);
    require(
        layerCount % layerGroupSize == 0,
        "layer_group_size",
        "a divisor of num_layers " + layerCount,
        layerGroupSize);
    require(
        variateLayersPerGroup >= 0 && variateLayersPerGroup <= layerGroupSize,
        "num_variate_layers_per_group",
        "0 to layer_group_size " + layerGroupSize,
        variateLayersPerGroup);
    require(normEpsilon >= 0 && normEpsilon < 1, "norm_eps", "0 to 1", normEpsilon);
  }

  /**
   * The configuration of a released checkpoint, which needs no download.
   *
   * @param size {@code 4m}, {@code 22m}, {@code 313m}, {@code 1B} or {@code 2.5B}
   */
  public static ModelConfig released(String size) {
    return switch (size) {
      case "4m" -> released(256, 4, 688, 1e-4);
      case "22m" -> released(512, 6, 1368, 1e-4);
      case "313m" -> released(1024, 24, 2736, 1e-4);
      case "1B" -> released(1536, 36, 4096, 5e-4);
      case "2.5B" -> released(2048, 48, 5464, 5e-4);
      default ->
          throw new IllegalArgumentException(
              "expected a released size, 4m, 22m, 313m, 1B or 2.5B, got '" + size + "'");
    };
  }

  /** What the releases differ in; heads are 64 wide, and the last layer attends over variates. */
  private static ModelConfig released(
      int modelDim, int layerCount, int feedForwardDim, double normEpsilon) {
    int headDim = 64;
    int heads = modelDim / headDim;
    return new ModelConfig(
        32,
        modelDim,
        heads,
        heads,
        headDim,
        headDim,
        layerCount,
        layerCount,
        1,
        false,
        feedForwardDim,
        true,
        false,
        normEpsilon,
        false,
        false,
        false,
        true,
        true);
  }

  /** Whether {@code layer} (from 0) attends over variates; the others attend over time. */
  public boolean isVariateLayer(int layer) {
    int inGroup = layer % layerGroupSize;
    return variateLayerFirst
        ? inGroup < variateLayersPerGroup
        : inGroup >= layerGroupSize - variateLayersPerGroup;
  }

  /**
   * Reads a {@code config.json}.
   *
   * @param file its name, for messages
   */
  static ModelConfig parse(String file, String json) {
    JsonObject object;
    try {
      JsonElement root = JsonParser.parseString(json);
      if (!root.isJsonObject()) {
        throw new CheckpointFormatException(file, -1, "expected a JSON object, found " + root);
      }
      object = root.getAsJsonObject();
    } catch (JsonParseException e) {
      throw new CheckpointFormatException(file, -1, "expected a JSON object: " + e.getMessage());
    }
    try {
      return new Keys(file, object).config();
    } catch (IllegalArgumentException e) {
      throw new CheckpointFormatException(file, -1, e.getMessage());
    }
  }

  private static void require(boolean holds, String key, String expected, Object found) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": expected " + expected + ", found " + found);
    }
  }

  /** Typed access to the keys of one file. */
  private record Keys(String file, JsonObject object) {

    ModelConfig config() {
      requireValue("num_output_patches", 1);
      requireTrue("pre_norm");
      requireValue("dropout_p", 0);
      int modelDim = size("d_model");
      int headCount = size("num_heads");
      require(
          object.has("qk_dim") || modelDim % headCount == 0,
          "num_heads",
          "a divisor of d_model " + modelDim + " where qk_dim is absent",
          headCount);
      int groupCount = groupCount(headCount);
      int queryDim = size("qk_dim", modelDim / headCount);
      int layerCount = size("num_layers");
      return new ModelConfig(
          size("patch_size"),
          modelDim,
          headCount,
          groupCount,
          queryDim,
          size("v_dim", queryDim),
          layerCount,
          size("layer_group_size", layerCount),
          (int) number("num_variate_layers_per_group", 1, true),
          flag("variate_layer_first", false),
          size("d_ff", (int) ((4L * modelDim * 2 / 3 + 7) / 8 * 8)),
          flag("attn_bias", true),
          flag("mlp_bias", false),
          number("norm_eps", 5e-5, false),
          flag("norm_include_weight", false),
          flag("qk_norm", false),
          flag("qk_norm_include_weight", false),
          flag("per_dim_scale", true),
          flag("use_xpos", true));
    }

    /** {@code num_groups} and {@code heads_per_group} say the same thing; either may be absent. */
    private int groupCount(int headCount) {
      if (!object.has("heads_per_group")) {
        return size("num_groups", headCount);
      }
      int headsPerGroup = size("heads_per_group");
      require(
          headCount % headsPerGroup == 0,
          "heads_per_group",
          "a divisor of num_heads " + headCount,
          headsPerGroup);
      int groupCount = size("num_groups", headCount / headsPerGroup);
      require(
          groupCount * headsPerGroup == headCount,
          "num_groups",
          "num_heads / heads_per_group = " + headCount / headsPerGroup,
          groupCount);
      return groupCount;
    }

    private int size(String key) {
      if (!object.has(key)) {
        throw new IllegalArgumentException(key + ": expected a number, found no such key");
      }
      return size(key, 0);
    }

    private int size(String key, int absent) {
      double value = number(key, absent, true);
      require(value >= 1 && value <= MAX_SIZE, key, "1 to " + MAX_SIZE, value);
      return (int) value;
    }

    private double number(String key, double absent, boolean whole) {
      if (!object.has(key)) {
        return absent;
      }
      JsonElement element = object.get(key);
      if (!(element instanceof JsonPrimitive primitive) || !primitive.isNumber()) {
        throw new IllegalArgumentException(key + ": expected a number, found " + element);
      }
      double value = primitive.getAsDouble();
      require(
          Double.isFinite(value) && (!whole || value == Math.rint(value)),
          key,
          whole ? "a whole number" : "a finite number",
          element);
      return value;
    }

    private boolean flag(String key, boolean absent) {
      if (!object.has(key)) {
        return absent;
      }
      JsonElement element = object.get(key);
      if (!(element instanceof JsonPrimitive primitive) || !primitive.isBoolean()) {
        throw new IllegalArgumentException(key + ": expected true or false, found " + element);
      }
      return primitive.getAsBoolean();
    }

    private void requireValue(String key, double only) {
      double value = number(key, only, false);
      require(value == only, key, only + " (others are not supported)", value);
    }

    private void requireTrue(String key) {
      require(flag(key, true), key, "true (others are not supported)", false);
    }
  }
}
