package io.patchcast.weights;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A checkpoint: {@code config.json} and {@code model.safetensors}, or shards of it with {@code
 * model.safetensors.index.json} (its {@code weight_map} maps tensor names to shard files).
 *
 * <p>Headers are read and checked when it is opened; tensors are mapped when they are asked for.
 * The whole list of tensors is held against the configuration by {@link #requireOnly}: a missing or
 * an extra one is an error.
 */
public final class Checkpoint {
  private static final String CONFIG = "config.json";
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final long MAX_JSON_BYTES = 100_000_000;

  private final String name;
  private final ModelConfig config;
  private final Map<String, SafetensorsFile> files;
  private final Map<String, Tensor> tensors;

  private Checkpoint(String name, ModelConfig config, Map<String, SafetensorsFile> files) {
    this.name = name;
    this.config = config;
    this.files = files;
    this.tensors = new LinkedHashMap<>();
    for (SafetensorsFile file : files.values()) {
      for (Tensor tensor : file.tensors()) {
        if (tensors.put(tensor.name(), tensor) != null) {
          throw new CheckpointFormatException(
              file.name(), -1, "tensor " + tensor.name() + ": expected in one shard, found in two");
        }
        if (!tensor.type().isWeightType()) {
          throw new CheckpointFormatException(
              file.name(),
              -1,
              "tensor " + tensor.name() + ": expected F32, BF16 or F16, found " + tensor.type());
        }
      }
    }
  }

  /** Opens a checkpoint directory. */
  public static Checkpoint open(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new CheckpointFormatException(
          directory.toString(), -1, "expected a checkpoint directory, found none");
    }
    Path configFile = directory.resolve(CONFIG);
    ModelConfig config = ModelConfig.parse(configFile.toString(), text(configFile));
    Map<String, SafetensorsFile> files = new TreeMap<>();
    if (Files.exists(directory.resolve(SINGLE))) {
      files.put(SINGLE, SafetensorsFile.open(directory.resolve(SINGLE)));
      return new Checkpoint(directory.toString(), config, files);
    }
    Path indexFile = directory.resolve(INDEX);
    if (!Files.exists(indexFile)) {
      throw new CheckpointFormatException(
          directory.toString(), -1, "expected " + SINGLE + " or " + INDEX + ", found neither");
    }
    Map<String, String> shardOfTensor = weightMap(indexFile);
    for (String shard : new TreeSet<>(shardOfTensor.values())) {
      if (!Files.exists(directory.resolve(shard))) {
        throw new CheckpointFormatException(
            indexFile.toString(), -1, "expected shard " + shard + " beside it, found none");
      }
      files.put(shard, SafetensorsFile.open(directory.resolve(shard)));
    }
    shardOfTensor.forEach(
        (tensor, shard) -> {
          if (files.get(shard).tensor(tensor) == null) {
            throw new CheckpointFormatException(
                directory.resolve(shard).toString(),
                -1,
                "tensor " + tensor + ": expected here by the index, found none");
          }
        });
    return new Checkpoint(directory.toString(), config, files);
  }

  /**
   * Reads a checkpoint that travels inside a jar.
   *
   * @param name what to call it in messages
   * @param anchor class beside whose package the resources lie
   * @param folder resource folder with {@code config.json} and {@code model.safetensors}
   */
  public static Checkpoint ofResources(String name, Class<?> anchor, String folder) {
    String config = new String(resource(anchor, folder + "/" + CONFIG), StandardCharsets.UTF_8);
    ByteSource weights =
        ByteSource.of(name + "/" + SINGLE, resource(anchor, folder + "/" + SINGLE));
    return new Checkpoint(
        name,
        ModelConfig.parse(name + "/" + CONFIG, config),
        Map.of(SINGLE, SafetensorsFile.read(weights)));
  }

  /** Where it was opened. */
  public String name() {
    return name;
  }

  /** Its sizes and switches. */
  public ModelConfig config() {
    return config;
  }

  /** Learnt numbers in all tensors together: the scalars τ follow from the configuration. */
  public long parameterCount() {
    return tensors.values().stream()
        .filter(tensor -> tensor.shape().length > 0)
        .mapToLong(Tensor::size)
        .sum();
  }

  /** The tensor of this name; its stored shape must be {@code shape}. */
  public Tensor tensor(String tensorName, long... shape) {
    Tensor tensor = tensors.get(tensorName);
    if (tensor == null) {
      throw new CheckpointFormatException(
          name,
          -1,
          "tensor " + tensorName + ": expected shape " + Arrays.toString(shape) + ", found none");
    }
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new CheckpointFormatException(
          name,
          -1,
          String.format(
              Locale.ROOT,
              "tensor %s: expected shape %s, found %s",
              tensorName,
              Arrays.toString(shape),
              Arrays.toString(tensor.shape())));
    }
    return tensor;
  }

  /** Fails if there is a tensor that is not in {@code expected}: it would be silently ignored. */
  public void requireOnly(Set<String> expected) {
    Set<String> extra = new TreeSet<>(tensors.keySet());
    extra.removeAll(expected);
    if (!extra.isEmpty()) {
      throw new CheckpointFormatException(
          name,
          -1,
          "expected "
              + expected.size()
              + " tensors, found "
              + extra.size()
              + " more: "
              + extra.stream().limit(5).toList());
    }
  }

  /**
   * SHA-256 of the weights, hexadecimal: of {@code model.safetensors}, or of the lines "hash, two
   * spaces, file name" of all shards in the order of their names. Reads every byte.
   */
  public String sha256() {
    if (files.size() == 1) {
      return sha256(files.values().iterator().next().source());
    }
    MessageDigest list = newDigest();
    files.forEach(
        (shard, file) ->
            list.update(
                (sha256(file.source()) + "  " + shard + "\n").getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(list.digest());
  }

  private static String sha256(ByteSource source) {
    MessageDigest digest = newDigest();
    source.digest(digest);
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static Map<String, String> weightMap(Path indexFile) {
    try {
      JsonElement root = JsonParser.parseString(text(indexFile));
      JsonElement map = root instanceof JsonObject object ? object.get("weight_map") : null;
      if (!(map instanceof JsonObject entries) || entries.isEmpty()) {
        throw new CheckpointFormatException(
            indexFile.toString(), -1, "expected an object weight_map, found " + map);
      }
      Map<String, String> shards = new LinkedHashMap<>();
      Set<String> safe = new HashSet<>();
      for (Map.Entry<String, JsonElement> entry : entries.entrySet()) {
        String shard = entry.getValue().getAsString();
        if (!safe.contains(shard) && !shard.matches("[\\w][\\w.-]*\\.safetensors")) {
          throw new CheckpointFormatException(
              indexFile.toString(),
              -1,
              "weight_map: expected names of .safetensors files in this directory, found " + shard);
        }
        safe.add(shard);
        shards.put(entry.getKey(), shard);
      }
      return shards;
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
      throw new CheckpointFormatException(
          indexFile.toString(), -1, "expected a JSON object with weight_map: " + e.getMessage());
    }
  }

  private static String text(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_JSON_BYTES) {
        throw new CheckpointFormatException(
            file.toString(), -1, "expected at most " + MAX_JSON_BYTES + " bytes, found " + size);
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new CheckpointFormatException(file.toString(), -1, "expected this file, found none");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] resource(Class<?> anchor, String path) {
    try (InputStream in = anchor.getResourceAsStream(path)) {
      if (in == null) {
        throw new CheckpointFormatException(path, -1, "expected this resource, found none");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
