package io.patchcast.forecast;

import java.nio.file.Path;

/** Where a checkpoint comes from. */
public sealed interface ModelSource {
  /** The small checkpoint inside this library: no download, no network. */
  static ModelSource builtIn() {
    return new BuiltIn();
  }

  /**
   * A directory with {@code config.json} and {@code model.safetensors} (or shards and an index).
   */
  static ModelSource directory(Path directory) {
    return new Directory(directory);
  }

  /**
   * A released checkpoint by its hub name, such as {@code Datadog/Toto-2.0-4m}; may download it.
   */
  static ModelSource hub(String name) {
    return new Hub(name);
  }

  /**
   * What a user writes after {@code --model}: {@code builtin}, a directory that exists, or a hub
   * name.
   */
  static ModelSource parse(String text) {
    if (text.equals(BuiltIn.NAME)) {
      return builtIn();
    }
    if (java.nio.file.Files.isDirectory(Path.of(text))) {
      return directory(Path.of(text));
    }
    if (text.matches("[\\w.-]+/[\\w.-]+(@[\\w.-]+)?")) {
      return hub(text);
    }
    throw new IllegalArgumentException(
        "model must be 'builtin', an existing directory or a hub name like Datadog/Toto-2.0-4m, got '"
            + text
            + "'");
  }

  /** The checkpoint inside this library. */
  record BuiltIn() implements ModelSource {
    static final String NAME = "builtin";
  }

  /** A checkpoint directory. */
  record Directory(Path path) implements ModelSource {}

  /** A released checkpoint. */
  record Hub(String name) implements ModelSource {}
}
