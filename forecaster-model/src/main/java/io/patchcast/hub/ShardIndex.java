package io.patchcast.hub;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import io.patchcast.hub.ModelHubException.Reason;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The shards that {@code model.safetensors.index.json} names: an object whose {@code weight_map}
 * gives each tensor's file. The names become paths in the cache, so they are held to plain names.
 */
final class ShardIndex {
  static final String FILE_NAME = "model.safetensors.index.json";

  private static final Pattern SHARD = Pattern.compile("[A-Za-z0-9][\\w.-]{0,180}\\.safetensors");
  private static final int MAX_SHARDS = 1000;
  private static final Gson GSON = new GsonBuilder().setStrictness(Strictness.STRICT).create();

  private ShardIndex() {}

  /** The distinct shard names, in order. */
  static List<String> shardNames(String json) throws ModelHubException {
    JsonElement map = parseObject(FILE_NAME, json).get("weight_map");
    if (map == null || !map.isJsonObject() || map.getAsJsonObject().isEmpty()) {
      throw refused("expected an object weight_map with tensors, got " + abbreviated(map));
    }
    TreeSet<String> names = new TreeSet<>();
    for (var entry : map.getAsJsonObject().entrySet()) {
      if (!(entry.getValue() instanceof JsonPrimitive value && value.isString())
          || !SHARD.matcher(value.getAsString()).matches()
          || value.getAsString().contains("..")) {
        throw refused(
            String.format(
                Locale.ROOT,
                "expected the plain name of a .safetensors file for tensor %s, got %s",
                abbreviated(new JsonPrimitive(entry.getKey())),
                abbreviated(entry.getValue())));
      }
      names.add(value.getAsString());
    }
    if (names.size() > MAX_SHARDS) {
      throw refused(
          String.format(
              Locale.ROOT, "expected at most %d shards, got %d", MAX_SHARDS, names.size()));
    }
    return List.copyOf(names);
  }

  /** Parses a small file that must be a JSON object; a login page of a proxy, say, is none. */
  static JsonObject parseObject(String file, String json) throws ModelHubException {
    try {
      JsonObject object = GSON.fromJson(json, JsonObject.class);
      if (object != null) {
        return object;
      }
    } catch (JsonParseException e) {
      // falls through: what was found says more than where the parser stopped
    }
    throw new ModelHubException(
        Reason.WRONG_CONTENT,
        String.format(
            Locale.ROOT,
            "expected a JSON object in %s, it begins with %s",
            file,
            abbreviated(new JsonPrimitive(json))));
  }

  private static ModelHubException refused(String problem) {
    return new ModelHubException(Reason.BAD_ANSWER, FILE_NAME + ": " + problem);
  }

  private static String abbreviated(JsonElement element) {
    String text = String.valueOf(element);
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
