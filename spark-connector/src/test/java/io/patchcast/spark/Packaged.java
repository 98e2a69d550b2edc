package io.patchcast.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What the build has made, and the Spark it is made for. */
final class Packaged {
  private Packaged() {}

  /** The root of the repository. */
  static Path root() {
    return Path.of(System.getProperty("patchcast.root", "..")).toAbsolutePath().normalize();
  }

  /** The jar for Spark. */
  static Path jar() {
    return Path.of(System.getProperty("patchcast.spark.jar"));
  }

  /** The jars of Spark and what it needs: this JVM's class path without ours and the tests'. */
  static List<Path> sparkJars() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith(".jar"))
        .filter(
            entry ->
                !entry.matches(
                    ".*/(forecaster-model|spark-connector|junit|assertj|archunit|gson|error_prone|opentest4j|apiguardian"
                        + "|jspecify|byte-buddy|surefire|failsafe)[^/]*\\.jar"))
        .map(Path::of)
        .toList();
  }

  /** A directory as an installation of Spark has it, with links in the place of the jars. */
  static Path sparkHome(Path folder) throws IOException {
    Path jars = Files.createDirectories(folder.resolve("spark-home/jars"));
    for (Path jar : sparkJars()) {
      Path link = jars.resolve(jar.getFileName());
      if (!Files.exists(link)) {
        Files.createSymbolicLink(link, jar);
      }
    }
    return jars.getParent();
  }

  /** Deletes what {@link #sparkHome} has made. */
  static void unlink(Path sparkHome) throws IOException {
    try (DirectoryStream<Path> links = Files.newDirectoryStream(sparkHome.resolve("jars"))) {
      for (Path link : links) {
        Files.delete(link);
      }
    }
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
