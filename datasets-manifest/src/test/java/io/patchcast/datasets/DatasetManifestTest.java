package io.patchcast.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.patchcast.hub.Sha256;
import io.patchcast.table.InputException;
import io.patchcast.test.SharedData;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DatasetManifestTest {
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(resource("dataset.schema.json"));

  private static InputStream resource(String name) {
    return Objects.requireNonNull(DatasetManifest.class.getResourceAsStream(name), name);
  }

  private static String text(String name) throws IOException {
    try (InputStream in = resource("entries/" + name + ".json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static Stream<String> names() {
    return DatasetManifest.entries().stream().map(DatasetEntry::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyEntryIsValid(String name) throws IOException {
    assertThat(SCHEMA.validate(text(name), InputFormat.JSON)).isEmpty();
    assertThat(DatasetManifest.entry(name).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "'\"sha256\": \"', '\"sha256\": \"x', sha256",
    "'\"season\": ', '\"season\": -', season",
    "'https://github', 'http://github', source",
    "'\"path\": \"', '\"path\": \"../', path",
    "'\"spdx\"', '\"license\"', spdx"
  })
  void anEntryWithAFaultIsNot(String from, String to, String where) throws IOException {
    List<Error> errors =
        SCHEMA.validate(text("us_births").replaceFirst(from, to), InputFormat.JSON);
    assertThat(errors).isNotEmpty();
    assertThat(errors.toString()).contains(where);
  }

  @Test
  void theIndexNamesEveryEntry() throws IOException {
    Path entries = Path.of("src/main/resources/io/patchcast/datasets/entries");
    try (Stream<Path> files = Files.list(entries)) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString().replace(".json", ""))
                  .filter(name -> !name.equals("index")))
          .containsExactlyInAnyOrderElementsOf(names().toList());
    }
    assertThat(names()).contains("boom", "boomlet", "gift_eval", "time", "fev_bench", "monash");
  }

  @Test
  void anUnknownNameIsToldTheKnownOnes() {
    assertThatThrownBy(() -> DatasetManifest.entry("nosuch"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no data set 'nosuch'; there are bizitobs_application");
  }

  /** Whatever the bundle lists has an entry, and its files the hashes of the entry. */
  @Test
  void entriesAreOfTheFilesOfTheBundle() throws IOException {
    Path directory = SharedData.path("data/dev_eval");
    for (BundleFile file : Bundle.open(directory).files()) {
      DatasetEntry entry =
          DatasetManifest.entry(file.dataset().equals("nab_real") ? "nab" : file.dataset());
      for (Path path : file.paths(directory)) {
        if (!path.toString().endsWith(".gz")) {
          String hash = Sha256.of(path);
          assertThat(entry.files()).as(path.toString()).anyMatch(one -> one.sha256().equals(hash));
        }
      }
    }
  }
}
