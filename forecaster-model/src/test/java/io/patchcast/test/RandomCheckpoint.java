package io.patchcast.test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Writes checkpoints with random weights: the tensors of a configuration as the format's
 * description lists them, independent of the code that reads them.
 */
public final class RandomCheckpoint {
  private final Map<String, Object> config = new LinkedHashMap<>();

  /** The released shape, narrow: width 64, four layers, the last over variates. */
  public RandomCheckpoint() {
    with("patch_size", 32).with("d_model", 64).with("num_heads", 2).with("num_groups", 2);
    with("qk_dim", 32).with("v_dim", 32).with("num_layers", 4).with("layer_group_size", 4);
    with("num_variate_layers_per_group", 1).with("variate_layer_first", false).with("d_ff", 176);
    with("attn_bias", true).with("mlp_bias", false).with("norm_eps", 1e-4);
    with("norm_include_weight", false).with("qk_norm", false).with("qk_norm_include_weight", false);
    with("per_dim_scale", true).with("use_xpos", true).with("num_output_patches", 1);
    with("pre_norm", true).with("dropout_p", 0.0);
  }

  /** Sets one key of config.json. */
  public RandomCheckpoint with(String key, Object value) {
    config.put(key, value);
    return this;
  }

  /** config.json. */
  public String configJson() {
    return config.entrySet().stream()
        .map(entry -> "\"" + entry.getKey() + "\": " + entry.getValue())
        .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
  }

  /** Names and shapes of all tensors. */
  public Map<String, long[]> tensors() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    int patch = size("patch_size");
    int width = size("d_model");
    int feedForward = size("d_ff");
    int queries = size("num_heads") * size("qk_dim");
    int in = queries + size("num_groups") * (size("qk_dim") + size("v_dim"));
    residualMlp(shapes, "patch_proj", 2 * patch, 4 * width, width);
    for (int layer = 0; layer < size("num_layers"); layer++) {
      String prefix = "transformer.layers." + layer;
      shapes.put(prefix + ".attn_tau", new long[0]);
      shapes.put(prefix + ".mlp_tau", new long[0]);
      linear(shapes, prefix + ".attn.in_proj", in, width, flag("attn_bias"));
      int mixed = size("num_heads") * size("v_dim");
      linear(shapes, prefix + ".attn.out_proj", width, mixed, flag("attn_bias"));
      if (flag("per_dim_scale")) {
        shapes.put(prefix + ".attn._pds.per_dim_scale", new long[] {size("qk_dim")});
      }
      if (flag("qk_norm") && flag("qk_norm_include_weight")) {
        shapes.put(prefix + ".attn.q_norm.weight", new long[] {size("qk_dim")});
        shapes.put(prefix + ".attn.k_norm.weight", new long[] {size("qk_dim")});
      }
      linear(shapes, prefix + ".ffn.fc1", 2 * feedForward, width, flag("mlp_bias"));
      linear(shapes, prefix + ".ffn.fc2", width, feedForward, flag("mlp_bias"));
      if (flag("norm_include_weight")) {
        shapes.put(prefix + ".norm1.weight", new long[] {width});
        shapes.put(prefix + ".norm2.weight", new long[] {width});
      }
    }
    if (flag("norm_include_weight")) {
      shapes.put("transformer.out_norm.weight", new long[] {width});
    }
    residualMlp(shapes, "output_head.param_projection.proj", width, 4 * width, 9 * patch);
    return shapes;
  }

  /**
   * Writes config.json and model.safetensors with standard normal weights, positive norms and τ.
   */
  public Path write(Path directory, long seed) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("config.json"), configJson());
    Random random = new Random(seed);
    writeTensors(
        directory.resolve("model.safetensors"),
        tensors(),
        (name, count) -> {
          float[] values = new float[count];
          boolean positive = name.contains("norm") || name.endsWith("_tau");
          for (int i = 0; i < count; i++) {
            values[i] = positive ? 0.5f + random.nextFloat() : (float) random.nextGaussian();
          }
          return values;
        });
    return directory;
  }

  /** Gives the values of a tensor. */
  @FunctionalInterface
  public interface Values {
    /** {@code count} values, or null for zeros that take no room on disk. */
    float[] of(String name, int count);
  }

  /** Writes an F32 safetensors file; tensors without values become holes of a sparse file. */
  public static void writeTensors(Path file, Map<String, long[]> shapes, Values values)
      throws IOException {
    StringBuilder header = new StringBuilder("{");
    long offset = 0;
    for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
      long bytes = 4 * count(tensor.getValue());
      header.append(header.length() > 1 ? "," : "").append(entry(tensor, offset, offset + bytes));
      offset += bytes;
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
      ByteBuffer start = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
      channel.write(start.putLong(json.length).put(json).flip(), 0);
      long position = 8L + json.length;
      for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
        int count = Math.toIntExact(count(tensor.getValue()));
        float[] floats = values.of(tensor.getKey(), count);
        if (floats != null) {
          ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(floats);
          channel.write(bytes, position);
        }
        position += 4L * count;
      }
      if (channel.size() < position) {
        channel.write(ByteBuffer.allocate(1), position - 1);
      }
    }
  }

  private static String entry(Map.Entry<String, long[]> tensor, long begin, long end) {
    return "\""
        + tensor.getKey()
        + "\":{\"dtype\":\"F32\",\"shape\":"
        + java.util.Arrays.toString(tensor.getValue())
        + ",\"data_offsets\":["
        + begin
        + ","
        + end
        + "]}";
  }

  private static long count(long[] shape) {
    long count = 1;
    for (long extent : shape) {
      count *= extent;
    }
    return count;
  }

  private static void residualMlp(
      Map<String, long[]> shapes, String prefix, int in, int hidden, int out) {
    linear(shapes, prefix + ".linear1", hidden, in, true);
    linear(shapes, prefix + ".linear2", out, hidden, true);
    linear(shapes, prefix + ".skip_proj", out, in, true);
  }

  private static void linear(
      Map<String, long[]> shapes, String prefix, int out, int in, boolean bias) {
    shapes.put(prefix + ".weight", new long[] {out, in});
    if (bias) {
      shapes.put(prefix + ".bias", new long[] {out});
    }
  }

  private int size(String key) {
    return (Integer) config.get(key);
  }

  private boolean flag(String key) {
    return (Boolean) config.get(key);
  }
}
