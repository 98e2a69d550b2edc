package io.patchcast.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What is in the jar for Spark, and that nothing in it is in Spark's way. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackagedJarIT {
  private List<JarEntry> entries;

  @BeforeAll
  void read() throws IOException {
    entries = entries(Packaged.jar());
  }

  private static List<JarEntry> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().filter(entry -> !entry.isDirectory()).toList();
    }
  }

  private static Set<String> packages(List<JarEntry> entries) {
    Set<String> packages = new TreeSet<>();
    for (JarEntry entry : entries) {
      String name = entry.getName();
      if (name.endsWith(".class") && name.contains("/") && !name.startsWith("META-INF/")) {
        packages.add(name.substring(0, name.lastIndexOf('/')).replace('/', '.'));
      }
    }
    return packages;
  }

  private String text(String name) throws IOException {
    try (JarFile file = new JarFile(Packaged.jar().toFile())) {
      return new String(file.getInputStream(file.getEntry(name)).readAllBytes(), UTF_8);
    }
  }

  @Test
  void holdsOurOwnPackagesOnly() {
    assertThat(entries)
        .extracting(JarEntry::getName)
        .allMatch(name -> name.startsWith("io/patchcast/") || name.startsWith("META-INF/"))
        .doesNotHaveDuplicates();
    assertThat(packages(entries))
        .contains("io.patchcast.spark", "io.patchcast.forecast", "io.patchcast.spark.shaded.gson");
  }

  @Test
  void hasNoPackageOfSparksClassPath() throws IOException {
    Set<String> ofSpark = packagesOfSpark();
    assertThat(ofSpark)
        .contains("org.apache.spark.sql", "org.apache.arrow.vector", "io.netty.buffer");
    assertThat(packages(entries)).doesNotContainAnyElementsOf(ofSpark);
  }

  private static Set<String> packagesOfSpark() throws IOException {
    Set<String> packages = new TreeSet<>();
    for (Path jar : Packaged.sparkJars()) {
      packages.addAll(packages(entries(jar)));
    }
    return packages;
  }

  @Test
  void findsItsBackendsAndKeepsTheLicences() throws IOException {
    assertThat(text("META-INF/services/io.patchcast.backend.BackendProvider").lines())
        .contains(
            "io.patchcast.backend.cpu.ScalarBackendProvider",
            "io.patchcast.backend.cpu.simd.VectorBackendProvider");
    assertThat(text("META-INF/LICENSE")).contains("Apache License");
    assertThat(text("META-INF/NOTICE")).contains("Gson (Apache-2.0)");
  }

  @Test
  void isReported() throws IOException {
    TreeMap<String, long[]> sizes = new TreeMap<>();
    for (JarEntry entry : entries) {
      String directory =
          entry.getName().contains("/")
              ? entry.getName().substring(0, entry.getName().lastIndexOf('/'))
              : "";
      long[] countAndBytes = sizes.computeIfAbsent(directory, any -> new long[2]);
      countAndBytes[0]++;
      countAndBytes[1] += entry.getCompressedSize();
    }
    StringBuilder report = new StringBuilder();
    report.append(
        String.format(
            Locale.ROOT,
            "%s: %,d bytes, %d files%n",
            Packaged.jar().getFileName(),
            Files.size(Packaged.jar()),
            entries.size()));
    sizes.forEach(
        (directory, sums) ->
            report.append(
                String.format(
                    Locale.ROOT, "  %-45s %4d files %,12d bytes%n", directory, sums[0], sums[1])));
    Set<String> shared = packages(entries);
    shared.retainAll(packagesOfSpark());
    report.append(
        String.format(
            Locale.ROOT,
            "licences: Apache-2.0 (Patchcast, Gson)%npackages shared with Spark's %d jars: %d%n",
            Packaged.sparkJars().size(),
            shared.size()));
    Files.writeString(Packaged.jar().resolveSibling("patchcast-spark-report.txt"), report);
    System.out.print(report);
    assertThat(Files.size(Packaged.jar())).isLessThan(8_000_000);
  }
}
