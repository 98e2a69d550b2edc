package io.patchcast.datasets;

import static io.patchcast.table.ArrowFiles.GIFT_EVAL;
import static io.patchcast.table.ArrowFiles.column;
import static io.patchcast.table.ArrowFiles.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.Step;
import io.patchcast.table.ArrowFiles;
import io.patchcast.table.InputException;
import io.patchcast.table.ParquetFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Directories and files in the shape of their layouts' specifications, written by the test. */
class NestedDatasetTest {
  private static final long START = Instant.parse("2016-07-01T00:00:00Z").getEpochSecond();

  private static final Schema VARIATES =
      new Schema(
          List.of(
              column("item_id", ArrowFiles.TEXT),
              column("start", ArrowFiles.TEXT),
              column("freq", ArrowFiles.TEXT),
              list("target", list("item", column("item", ArrowFiles.FLOAT32))),
              list("past_feat_dynamic_real", list("item", column("item", ArrowFiles.FLOAT32))),
              list("variate_names", column("item", ArrowFiles.TEXT))));

  private static final String FEV =
      """
      message m {
        required binary id (STRING);
        optional group timestamp (LIST) { repeated group list {
          optional int64 element (TIMESTAMP(MILLIS,false)); } }
        optional group load (LIST) { repeated group list { optional float element; } }
        optional group price (LIST) { repeated group list { optional double element; } }
        optional binary city (STRING);
      }
      """;

  /** More than the schema of GIFT-Eval's columns takes, less than a batch beside it. */
  private static final int SCHEMA_BYTES = 700;

  @TempDir private Path folder;

  private static List<Object> row(String id, String freq, double... values) {
    return Arrays.asList(id, START, freq, values);
  }

  /** What {@code save_to_disk} leaves. */
  private static void state(Path directory, String... files) throws IOException {
    Files.writeString(
        directory.resolve("state.json"),
        "{\"_data_files\": ["
            + String.join(
                ", ", Arrays.stream(files).map(f -> "{\"filename\": \"" + f + "\"}").toList())
            + "], \"_fingerprint\": \"0\", \"_split\": null}");
    Files.writeString(directory.resolve("dataset_info.json"), "{}");
  }

  private static CollectedSeries read(Path directory, String... columns) {
    CollectedSeries read = new CollectedSeries();
    DatasetReader.readDirectory(
        directory, new DatasetReader.Options(List.of(columns), null, part -> {}), read);
    return read;
  }

  @Test
  void readsASavedDirectoryShardByShard() throws IOException {
    ArrowFiles.stream(
        folder.resolve("data-00000-of-00002.arrow"),
        GIFT_EVAL,
        2,
        List.of(row("T1", "15T", 1, 2, 3), row("T2", "15min", 4, Double.NaN), row("T3", "15T", 5)));
    ArrowFiles.stream(
        folder.resolve("data-00001-of-00002.arrow"), GIFT_EVAL, 1000, List.of(row("T4", "H", 6)));
    // Left behind by another program; the state does not name it.
    ArrowFiles.stream(folder.resolve("cache-1.arrow"), GIFT_EVAL, 1000, List.of(row("no", "H", 6)));
    state(folder, "data-00000-of-00002.arrow", "data-00001-of-00002.arrow");
    CollectedSeries read = read(folder);
    assertThat(read.faults()).isEmpty();
    assertThat(read.series()).extracting(TimedSeries::id).containsExactly("T1", "T2", "T3", "T4");
    assertThat(read.series().get(0).timestamps())
        .containsExactly(START * 1000, (START + 900) * 1000, (START + 1800) * 1000);
    assertThat(read.series().get(1).values()).containsExactly(4, Double.NaN);
    assertThat(read.series()).extracting(TimedSeries::variate).containsOnly("");
  }

  @Test
  void keepsTheVariatesOfASeriesTogether() throws IOException {
    ArrowFiles.stream(
        folder.resolve("data-00000-of-00001.arrow"),
        VARIATES,
        1000,
        List.of(
            Arrays.asList(
                "b",
                "2024-01-01 00:00:00",
                "T",
                List.of(List.of(1, 2), List.of(3, 4)),
                List.of(List.of(7, 8)),
                null),
            Arrays.asList(
                "a",
                "2024-01-01",
                "T",
                List.of(List.of(5), List.of(6)),
                null,
                List.of("cpu", "memory"))));
    assertThat(read(folder).series())
        .extracting(one -> one.id() + " " + one.variate() + " " + Arrays.toString(one.values()))
        .containsExactly("b dim0 [1.0, 2.0]", "b dim1 [3.0, 4.0]", "a cpu [5.0]", "a memory [6.0]");
    assertThat(read(folder, "target", "past_feat_dynamic_real").series())
        .extracting(TimedSeries::variate)
        .containsExactly(
            "target_dim0",
            "target_dim1",
            "past_feat_dynamic_real_dim0",
            "target_dim0",
            "target_dim1");
  }

  @Test
  void aFaultySeriesDoesNotFailTheOthers() throws IOException {
    ArrowFiles.stream(
        folder.resolve("x.arrow"),
        GIFT_EVAL,
        1000,
        List.of(
            Arrays.asList("null start", null, "H", new double[] {1}),
            row("frequency", "fortnight", 1),
            row("null frequency", null, 1),
            row("empty", "H"),
            Arrays.asList("null", START, "H", null),
            Arrays.asList(null, START, "H", new double[] {7}),
            row("good", "H", 8)));
    CollectedSeries read = read(folder);
    assertThat(read.series()).extracting(TimedSeries::id).containsExactly("row 6", "good");
    assertThat(read.faults())
        .satisfiesExactly(
            one -> assertThat(one).isEqualTo("null start: x.arrow: expected a start, found null"),
            one -> assertThat(one).contains("frequency: ").contains("got 'fortnight'"),
            one -> assertThat(one).contains("expected a frequency, found null"),
            one -> assertThat(one).contains("empty: x.arrow: expected at least one value"),
            one -> assertThat(one).contains("null: x.arrow: expected at least one value"));
  }

  private record Fev(String id, long[] days, Float[] load, double[] price, String city) {}

  private Path fev(String name, Fev... rows) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    return ParquetFiles.write(
        folder.resolve(name),
        CompressionCodecName.SNAPPY,
        FEV,
        List.of(rows),
        (row, group) -> {
          group.add("id", row.id);
          var timestamps = group.addGroup("timestamp");
          for (long day : row.days) {
            var element = timestamps.addGroup("list");
            if (day >= 0) {
              element.add("element", day * 86_400_000);
            }
          }
          var load = group.addGroup("load");
          for (Float value : row.load) {
            var element = load.addGroup("list");
            if (value != null) {
              element.add("element", value);
            }
          }
          var price = group.addGroup("price");
          for (double value : row.price) {
            price.addGroup("list").add("element", value);
          }
          if (row.city != null) {
            group.add("city", row.city);
          }
        });
  }

  @Test
  void readsListsWithTimestamps() throws IOException {
    fev(
        "train-00000-of-00001.parquet",
        new Fev("b", new long[] {3, 1}, new Float[] {3f, null}, new double[] {30, 10}, "Bonn"),
        new Fev("short", new long[] {1, 2}, new Float[] {1f}, new double[] {1, 2}, null),
        new Fev("hole", new long[] {1, -1}, new Float[] {1f, 2f}, new double[] {1, 2}, null),
        new Fev("a", new long[] {5}, new Float[] {5f}, new double[] {50}, null));
    CollectedSeries read = read(folder);
    assertThat(read.series())
        .extracting(
            one ->
                one.id()
                    + " "
                    + one.variate()
                    + Arrays.toString(one.timestamps())
                    + Arrays.toString(one.values()))
        .containsExactly(
            "b load[86400000, 259200000][NaN, 3.0]",
            "b price[86400000, 259200000][10.0, 30.0]",
            "a load[432000000][5.0]",
            "a price[432000000][50.0]");
    assertThat(read.faults())
        .containsExactly(
            "short: train-00000-of-00001.parquet: expected 2 values as there are timestamps, found"
                + " 1 of 'load'",
            "hole: train-00000-of-00001.parquet: expected a timestamp with each value, found null"
                + " at 2");
    CollectedSeries chosen = new CollectedSeries();
    assertThat(
            DatasetReader.readDirectory(
                folder, new DatasetReader.Options(List.of("load"), null, part -> {}), chosen))
        .containsExactly("price");
    assertThat(chosen.series()).extracting(TimedSeries::variate).containsOnly("");
    assertThatThrownBy(() -> read(folder, "nosuch"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("expected a column 'nosuch' that is a list of numbers")
        .hasMessageContaining("'city' (text)");
  }

  @Test
  void readsGiftEvalsColumnsInParquet() throws IOException {
    Path file =
        ParquetFiles.write(
            folder.resolve("g.parquet"),
            CompressionCodecName.ZSTD,
            """
            message m {
              required binary item_id (STRING);
              required int64 start (TIMESTAMP(MICROS,false));
              required binary freq (STRING);
              required group target (LIST) { repeated group list {
                required group element (LIST) { repeated group list { optional float element; } } } }
            }
            """,
            List.of("x"),
            (id, group) -> {
              group.add("item_id", id);
              group.add("start", START * 1_000_000);
              group.add("freq", "QS-DEC");
              var target = group.addGroup("target");
              for (int variate = 0; variate < 2; variate++) {
                var values = target.addGroup("list").addGroup("element");
                values.addGroup("list").add("element", variate + 0.5f);
                values.addGroup("list");
              }
            });
    assertThat(DatasetReader.detect(file)).isEqualTo(DatasetReader.Format.NESTED);
    assertThat(read(folder).series())
        .extracting(one -> one.variate() + Arrays.toString(one.values()))
        .containsExactly("dim0[0.5, NaN]", "dim1[1.5, NaN]");
    assertThat(read(folder).series().get(0).timestamps())
        .containsExactly(START * 1000, Instant.parse("2016-10-01T00:00:00Z").toEpochMilli());
  }

  /** What one row of a Parquet file lacks must not shift the rows after it. */
  @Test
  void aFaultyRowOfParquetDoesNotFailTheOthers() throws IOException {
    ParquetFiles.write(
        folder.resolve("g.parquet"),
        CompressionCodecName.ZSTD,
        """
        message m {
          required binary item_id (STRING);
          optional binary start (STRING);
          required binary freq (STRING);
          optional group target (LIST) { repeated group list {
            required group element (LIST) { repeated group list { optional float element; } } } }
        }
        """,
        List.of("yesterday", "null", "2024-01-01", "2024-01-02"),
        (start, group) -> {
          group.add("item_id", "of " + start);
          group.add("start", start.equals("null") ? "2024-01-01" : start);
          group.add("freq", "D");
          if (!start.equals("null")) {
            group
                .addGroup("target")
                .addGroup("list")
                .addGroup("element")
                .addGroup("list")
                .add("element", (float) start.length());
          }
        });
    CollectedSeries read = read(folder);
    assertThat(read.series())
        .extracting(one -> one.id() + Arrays.toString(one.timestamps()))
        .containsExactly("of 2024-01-01[1704067200000]", "of 2024-01-02[1704153600000]");
    assertThat(read.faults()).hasSize(2);
    assertThat(read.faults().get(0)).startsWith("of yesterday: g.parquet: ");
    assertThat(read.faults().get(1))
        .isEqualTo("of null: g.parquet: expected at least one value, found none");
  }

  /** What is converted is read again as it is. */
  @Test
  void convertOfConvertEqualsConvert() throws IOException {
    ArrowFiles.stream(
        folder.resolve("x.arrow"),
        VARIATES,
        1000,
        List.of(
            Arrays.asList("b", "2024-01-01", "T", List.of(List.of(1, 2), List.of(3)), null, null),
            Arrays.asList("a", "2024-01-01", "T", List.of(List.of(5, 6)), null, null),
            Arrays.asList("a", "2024-01-01", "T", List.of(List.of(7), List.of(8)), null, null)));
    Path first = convert(folder.resolve("x.arrow"), "1.parquet");
    assertThat(DatasetReader.detect(first)).isEqualTo(DatasetReader.Format.LONG);
    Path second = convert(first, "2.parquet");
    assertThat(shown(second))
        .isEqualTo(shown(first))
        .containsExactly(
            "a[5.0, 6.0]", "a#2 dim0[7.0]", "a#2 dim1[8.0]", "b dim0[1.0, 2.0]", "b dim1[3.0]");
  }

  private Path convert(Path from, String name) throws IOException {
    Path file = folder.resolve(name);
    try (CanonicalParquet parquet = CanonicalParquet.at(file)) {
      CollectedSeries faults = new CollectedSeries();
      DatasetReader.read(
          from,
          DatasetReader.detect(from),
          DatasetReader.Options.defaults(),
          new SeriesVisitor() {
            @Override
            public void series(List<TimedSeries> variates) {
              try {
                parquet.add(variates);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }

            @Override
            public void fault(String series, String reason) {
              faults.fault(series, reason);
            }
          });
      assertThat(faults.faults()).isEmpty();
      parquet.commit(Map.of());
    }
    return file;
  }

  private static List<String> shown(Path file) {
    CollectedSeries read = new CollectedSeries();
    DatasetReader.read(file, DatasetReader.detect(file), DatasetReader.Options.defaults(), read);
    return read.series().stream()
        .map(one -> (one.id() + " " + one.variate()).strip() + Arrays.toString(one.values()))
        .toList();
  }

  /** Each of these fails by itself. */
  @Test
  void aDamagedDataSetDoesNotFailTheOthers() throws IOException {
    ArrowFiles.stream(folder.resolve("a/x.arrow"), GIFT_EVAL, 1, List.of(row("s", "H", 1)));
    Path cut =
        ArrowFiles.stream(folder.resolve("b/x.arrow"), GIFT_EVAL, 1, List.of(row("s", "H", 1)));
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 300));
    Files.writeString(Files.createDirectory(folder.resolve("c")).resolve("x.parquet"), "PAR1");
    ArrowFiles.stream(folder.resolve("root.arrow"), GIFT_EVAL, 1, List.of(row("r", "H", 2)));
    CollectedSeries read = read(folder);
    assertThat(read.series())
        .extracting(TimedSeries::id)
        .as("of the directory itself without a prefix")
        .containsExactly("r", "a/s");
    assertThat(read.faults())
        .satisfiesExactly(
            one -> assertThat(one).startsWith("b: ").contains("damaged Arrow file: expected"),
            one -> assertThat(one).startsWith("c: ").contains("damaged Parquet file"));
    assertThatThrownBy(() -> read(folder.resolve("b"))).isInstanceOf(InputException.class);
  }

  @Test
  void aStartThatHasNoInstantsFailsNoOther() throws IOException {
    ArrowFiles.stream(
        folder.resolve("x.arrow"),
        new Schema(
            List.of(
                column("item_id", ArrowFiles.TEXT),
                column("start", new ArrowType.Timestamp(TimeUnit.MILLISECOND, null)),
                column("freq", ArrowFiles.TEXT),
                list("target", column("item", ArrowFiles.FLOAT32)))),
        10,
        List.of(
            List.of("far", Long.MAX_VALUE, "H", new double[] {1, 2}),
            List.of("near", 0L, "H", new double[] {3})));
    CollectedSeries read = read(folder);
    assertThat(read.series()).extracting(TimedSeries::id).containsExactly("near");
    assertThat(read.faults())
        .singleElement()
        .asString()
        .startsWith("far: expected a start whose instants milliseconds can tell");
  }

  @Test
  void startAndFrequencyStandBeforeOtherListsOfTimes() throws IOException {
    ArrowFiles.stream(
        folder.resolve("x.arrow"),
        new Schema(
            List.of(
                column("item_id", ArrowFiles.TEXT),
                list("seen", column("item", ArrowFiles.SECONDS)),
                column("start", ArrowFiles.SECONDS),
                column("freq", ArrowFiles.TEXT),
                list("target", column("item", ArrowFiles.FLOAT32)))),
        10,
        List.of(List.of("a", List.of(77L, 78L), 0L, "H", new double[] {1, 2})));
    assertThat(read(folder).series().get(0).timestamps()).containsExactly(0, 3_600_000);
  }

  @Test
  void aLongTableMayHaveAColumnOfLists() throws IOException {
    Path file =
        ParquetFiles.write(
            folder.resolve("l.parquet"),
            CompressionCodecName.SNAPPY,
            """
            message m {
              required binary series (STRING); required int64 timestamp; required double value;
              optional group percentiles (LIST) { repeated group list { optional double element; } }
            }
            """,
            List.of(1L, 2L),
            (time, group) -> {
              group.append("series", "a").append("timestamp", time).append("value", 0.5 * time);
              group.addGroup("percentiles").addGroup("list").add("element", 9.0);
            });
    assertThat(DatasetReader.detect(file)).isEqualTo(DatasetReader.Format.LONG);
    assertThat(shown(file)).containsExactly("a[0.5, 1.0]");
  }

  @Test
  void linksAreFollowedAndHiddenFilesPassedOver() throws IOException {
    Path data = folder.resolve("data");
    ArrowFiles.stream(data.resolve("x.arrow"), GIFT_EVAL, 1, List.of(row("a", "H", 1)));
    Files.writeString(data.resolve("._m1.tsf"), "made by another system");
    Path links = Files.createDirectory(folder.resolve("links"));
    Path link = Files.createSymbolicLink(links.resolve("link"), data);
    Files.createSymbolicLink(data.resolve("circle"), data);
    assertThat(read(link).series()).extracting(TimedSeries::id).containsExactly("a");
    assertThat(NestedDataset.below(links)).extracting(NestedDataset::name).containsExactly("link");
  }

  @Test
  void whatIsWithinADirectoryDoesNotDependOnHowItIsCalled() {
    assertThat(NestedDataset.isWithin(Path.of("."), "x.arrow")).isTrue();
    assertThat(NestedDataset.isWithin(Path.of(""), "x.arrow")).isTrue();
    assertThat(NestedDataset.isWithin(Path.of("a/.."), "b/../x.arrow")).isTrue();
    assertThat(NestedDataset.isWithin(Path.of(".."), "../x.arrow")).isFalse();
    assertThat(NestedDataset.isWithin(Path.of("a"), "/x.arrow")).isFalse();
  }

  @Test
  void findsTheDataSetsOfADirectory() throws IOException {
    for (String name : List.of("ett1/15T", "ett1/H", ".cache/old")) {
      Path directory = folder.resolve(name);
      ArrowFiles.stream(
          directory.resolve("data-00000-of-00001.arrow"),
          GIFT_EVAL,
          1000,
          List.of(row("T1", "H", 1)));
      state(directory, "data-00000-of-00001.arrow");
    }
    fev(
        "m4/test-00000-of-00001.parquet",
        new Fev("a", new long[] {1}, new Float[] {1f}, new double[] {1}, null));
    fev(
        "m4/train-00000-of-00001.parquet",
        new Fev("a", new long[] {1}, new Float[] {1f}, new double[] {1}, null));
    assertThat(NestedDataset.below(folder))
        .extracting(NestedDataset::name)
        .containsExactly("ett1/15T", "ett1/H", "m4/test", "m4/train");
    assertThat(read(folder.resolve("ett1")).series())
        .extracting(TimedSeries::id)
        .containsExactly("15T/T1", "H/T1");
    Path nothing = Files.createDirectory(folder.resolve("nothing"));
    assertThatThrownBy(() -> read(nothing)).hasMessageContaining("found none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"_data_files\": [{\"filename\": \"../x.arrow\"}]} | leads out of the directory",
        "{\"_data_files\": [{\"filename\": \"x.arrow\"}]} | names the file 'x.arrow', which is not",
        "{\"_data_files\": [ | expected {\"_data_files\"",
        "{\"files\": []} | expected {\"_data_files\"",
        "[] | expected {\"_data_files\"",
        "{\"_data_files\": [], \"_indices_data_files\": [{\"filename\": \"i.arrow\"}]} | flatten"
      })
  void aStateThatCannotBeSaysWhy(String state, String message) throws IOException {
    Files.writeString(folder.resolve("state.json"), state);
    assertThatThrownBy(() -> NestedDataset.below(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder.resolve("state.json").toString())
        .hasMessageContaining(message);
  }

  @Test
  void columnsThatCannotBeSayWhatIsThere() throws IOException {
    Schema without =
        new Schema(
            List.of(
                column("item_id", ArrowFiles.TEXT), list("y", column("i", ArrowFiles.FLOAT64))));
    ArrowFiles.stream(folder.resolve("x.arrow"), without, 10, List.of(List.of("a", List.of(1, 2))));
    assertThatThrownBy(() -> read(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("x.arrow: expected a column 'target'")
        .hasMessageContaining("'item_id' (text), 'y' (list of number)");
    assertThatThrownBy(() -> read(folder, "y")).hasMessageContaining("expected a column 'freq'");
    CollectedSeries read = new CollectedSeries();
    DatasetReader.readDirectory(
        folder,
        new DatasetReader.Options(List.of("y"), Step.of(Duration.ofMinutes(1)), part -> {}),
        read);
    assertThat(read.series().get(0).timestamps()).containsExactly(0, 60_000);
  }

  @Test
  void numbersMayBeIntegersAndBatchesEmpty() throws IOException {
    Schema integers =
        new Schema(
            List.of(
                column("item_id", ArrowFiles.TEXT),
                column("start", new ArrowType.Timestamp(TimeUnit.MICROSECOND, null)),
                column("freq", ArrowFiles.TEXT),
                list("target", column("item", new ArrowType.Int(64, true)))));
    ArrowFiles.file(
        folder.resolve("a.feather"),
        integers,
        1,
        List.of(List.of("i", START * 1_000_000, "D", List.of(1L << 40, 2L))));
    Path empty = ArrowFiles.stream(folder.resolve("b.arrow"), GIFT_EVAL, 1, List.of());
    assertThat(Files.size(empty)).as("a batch of its own").isGreaterThan(SCHEMA_BYTES);
    CollectedSeries read = read(folder);
    assertThat(read.series()).hasSize(1);
    assertThat(read.series().get(0).values()).containsExactly(1L << 40, 2);
  }
}
