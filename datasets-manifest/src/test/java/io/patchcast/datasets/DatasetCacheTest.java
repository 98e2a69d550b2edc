package io.patchcast.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.hub.HubSettings;
import io.patchcast.hub.ProgressListener;
import io.patchcast.hub.Sha256;
import io.patchcast.table.ArrowFiles;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetCacheTest {
  private static final String TEXT =
      "timestamp,x\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\n";

  @TempDir private Path folder;
  private Path source;
  private DatasetCache cache;
  private DatasetEntry entry;

  @BeforeEach
  void prepare() throws IOException {
    source = Files.createDirectories(folder.resolve("source/deep"));
    cache = new DatasetCache(HubSettings.defaults(folder.resolve("cache")));
    Path file = Files.writeString(folder.resolve("x.csv"), TEXT);
    DatasetEntry like = DatasetManifest.entry("us_births");
    entry =
        new DatasetEntry(
            "test",
            like.title(),
            like.source(),
            like.domain(),
            like.licence(),
            List.of(
                new DatasetEntry.DataFile(
                    "data/x.csv", null, Files.size(file), Sha256.of(file), "wide")),
            null,
            "1m",
            "UTC",
            new DatasetEntry.Columns(null, "timestamp", List.of("x"), List.of(), List.of()),
            1440,
            like.protocols(),
            like.citation(),
            null);
  }

  private Path kept() {
    return cache.directory(entry).resolve("data/x.csv");
  }

  @Test
  void adoptsByNameFromBelow() throws IOException {
    Files.writeString(source.resolve("x.csv"), TEXT);
    assertThat(cache.adopt(entry, folder.resolve("source"))).isEqualTo(1);
    assertThat(kept()).hasContent(TEXT);
    assertThat(cache.isHere(entry)).isTrue();
    assertThat(cache.verify(entry))
        .extracting(DatasetCache.Check::state)
        .containsExactly(DatasetCache.State.OK);
    assertThat(cache.adopt(entry, folder.resolve("source"))).as("again").isZero();
    CollectedSeries read = new CollectedSeries();
    DatasetReader.read(entry, cache.directory(entry), DatasetReader.Options.defaults(), read);
    assertThat(read.series().get(0).values()).containsExactly(1, 2);
  }

  @Test
  void unpacksWhatItsHashSaysIsNotPacked() throws IOException {
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(source.resolve("x.csv.gz")))) {
      out.write(TEXT.getBytes(StandardCharsets.UTF_8));
    }
    cache.adopt(entry, source);
    assertThat(kept()).hasContent(TEXT);
  }

  @Test
  void refusesAnotherFileOfTheNameAndLeavesNothing() throws IOException {
    Files.writeString(source.resolve("x.csv"), TEXT.replace('2', '3'));
    assertThatThrownBy(() -> cache.adopt(entry, source))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no file with the size and hash of data/x.csv");
    assertThat(kept()).doesNotExist();
    assertThat(kept().getParent()).isEmptyDirectory();
  }

  @Test
  void verifyTellsWhatIsMissingAndWhatIsWrong() throws IOException {
    assertThat(cache.verify(entry).get(0).state()).isEqualTo(DatasetCache.State.MISSING);
    Files.createDirectories(kept().getParent());
    Files.writeString(kept(), TEXT + "more");
    assertThat(cache.verify(entry).get(0).found()).contains("expected 58 bytes, found 62");
    Files.writeString(kept(), TEXT.replace(",2\n", ",3\n"));
    assertThat(cache.verify(entry).get(0).found()).startsWith("expected SHA-256 ");
  }

  @Test
  void adoptsDataSetsWithoutHashesIfTheyCanBeRead() throws IOException {
    DatasetEntry boom = DatasetManifest.entry("boom");
    assertThat(cache.isHere(boom)).isFalse();
    Files.writeString(source.resolve("x.csv"), TEXT);
    assertThatThrownBy(() -> cache.adopt(boom, folder.resolve("source")))
        .hasMessageContaining("of data set boom expected files of the layout nested")
        .hasMessageContaining("found none");
    assertThat(cache.directory(boom)).doesNotExist();
    ArrowFiles.stream(
        source.resolve("ds-0-T/data-00000-of-00001.arrow"),
        ArrowFiles.GIFT_EVAL,
        1000,
        List.of(List.of("ds-0-T", 0L, "T", new double[] {1, 2, 3})));
    Files.writeString(Files.createDirectories(source.resolve(".git")).resolve("config"), "");
    assertThat(cache.adopt(boom, source)).as("with x.csv, without .git").isEqualTo(2);
    assertThat(cache.isHere(boom)).isTrue();
    assertThat(cache.directory(boom).getParent())
        .isDirectoryNotContaining(file -> file.getFileName().toString().startsWith("."));
    CollectedSeries read = new CollectedSeries();
    DatasetReader.read(boom, cache.directory(boom), DatasetReader.Options.defaults(), read);
    assertThat(read.series().get(0).timestamps()).containsExactly(0, 60_000, 120_000);
  }

  /** A copy that ends half-way leaves nothing that looks whole, and the next one starts anew. */
  @Test
  void halfAnAdoptionIsNoneAndLinksAreFollowed() throws IOException {
    DatasetEntry boom = DatasetManifest.entry("boom");
    Path data = source.resolve("a/data-00000-of-00001.arrow");
    ArrowFiles.stream(
        data, ArrowFiles.GIFT_EVAL, 1000, List.of(List.of("s", 0L, "T", new double[] {1})));
    Path stale = cache.directory(boom).resolveSibling(".boom.part");
    Files.createDirectories(stale);
    Files.writeString(stale.resolve("stale.arrow"), "of an adoption that was interrupted");
    assertThat(cache.isHere(boom)).isFalse();
    Path link = Files.createSymbolicLink(folder.resolve("link"), source);
    assertThat(cache.adopt(boom, link)).isEqualTo(1);
    assertThat(cache.directory(boom).resolve("stale.arrow")).doesNotExist();
    assertThat(cache.directory(boom).resolve("a/data-00000-of-00001.arrow")).exists();
    assertThat(stale).doesNotExist();
  }

  @Test
  void nothingIsNoDataSet() throws IOException {
    DatasetEntry m4 = DatasetManifest.entry("m4");
    assertThatThrownBy(() -> cache.adopt(m4, source))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("of data set m4 expected files, there or below; found none");
    assertThat(cache.isHere(m4)).isFalse();
  }

  @Test
  void saysHowToGetWhatCannotBeDownloaded() {
    assertThatThrownBy(() -> cache.fetch(entry, ProgressListener.NONE))
        .hasMessageContaining("data/x.csv cannot be downloaded as it is")
        .hasMessageContaining("--from");
    assertThatThrownBy(() -> cache.fetch(DatasetManifest.entry("boom"), ProgressListener.NONE))
        .hasMessageContaining("hashes of its files are not recorded");
  }
}
