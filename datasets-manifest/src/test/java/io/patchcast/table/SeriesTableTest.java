package io.patchcast.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The files of the test resources were written by another implementation, polars (see {@code
 * polars.js} there); all others here by Arrow's and Parquet's own writers for Java.
 */
class SeriesTableTest {
  private static final long SEED = 20261125;

  @TempDir private Path folder;

  /** A row as text: cells of the columns in the order asked. */
  private static List<String> rows(Path file, String... columns) {
    List<String> rows = new ArrayList<>();
    try (SeriesTable table = SeriesTable.open(file)) {
      List<SeriesTable.Column> wanted =
          Arrays.stream(columns)
              .map(
                  name ->
                      table.columns().stream()
                          .filter(column -> column.name().equals(name))
                          .findFirst()
                          .orElseThrow())
              .toList();
      table.read(
          List.of(columns),
          part -> assertThat(part).isBetween(0.0, 1.0),
          row -> rows.add(String.join(" ", wanted.stream().map(c -> cell(row, c)).toList())));
    }
    return rows;
  }

  private static String cell(SeriesTable.Row row, SeriesTable.Column column) {
    return switch (column.kind()) {
      case TEXT ->
          column.depth() == 0
              ? String.valueOf(row.text(column.name()))
              : row.texts(column.name()).toString();
      case NUMBER -> Arrays.deepToString(row.numbers(column.name()));
      case TIME ->
          Arrays.stream(row.times(column.name()))
              .mapToObj(t -> t == SeriesTable.NO_TIME ? "-" : Instant.ofEpochMilli(t).toString())
              .toList()
              .toString();
      case OTHER -> "?";
    };
  }

  static Path resource(String name) {
    try {
      return Path.of(Objects.requireNonNull(SeriesTableTest.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gift.arrow", "gift-lz4.arrow", "gift-zstd.arrow", "gift.parquet"})
  void readsListsOfAnotherWriter(String name) {
    assertThat(rows(resource(name), "item_id", "start", "freq", "target"))
        .containsExactly(
            "T1 [2016-07-01T00:00:00Z] 15T [[1.5, NaN, 3.25]]",
            "T2 [2016-07-02T12:30:00Z] W-SUN [[]]",
            "T3 [2020-02-29T00:00:00Z] MS [[4.0, 5.0]]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"variates.arrow", "variates.parquet"})
  void readsListsOfListsOfAnotherWriter(String name) {
    assertThat(rows(resource(name), "item_id", "start", "target"))
        .containsExactly("ds-0-T 2024-01-01 00:00:00 [[1.0, 2.0, 3.0], [4.0, NaN, 6.0]]");
    try (SeriesTable table = SeriesTable.open(resource(name))) {
      assertThat(table.columns())
          .contains(
              new SeriesTable.Column("target", SeriesTable.Kind.NUMBER, 2),
              new SeriesTable.Column("freq", SeriesTable.Kind.TEXT, 0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"long-lz4.arrow", "long-zstd.arrow"})
  void unpacksManyBlocks(String name) {
    double[] expected = IntStream.range(0, 30_000).mapToDouble(i -> (i % 1000) / 8.0).toArray();
    assertThat(rows(resource(name), "target"))
        .containsExactly("[" + Arrays.toString(expected) + "]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fev.arrow", "fev.parquet"})
  void readsListsOfTimestamps(String name) {
    assertThat(rows(resource(name), "id", "timestamp", "load", "holiday", "city"))
        .containsExactly(
            "a [2024-01-01T00:00:00Z, 2024-01-02T00:00:00Z] [[1.0, NaN]] [[0.0, 1.0]] Berlin",
            "b [2024-03-31T00:00:00Z] [[7.0]] [[0.0]] null");
  }

  @Test
  void readsAllKindsOfListsAndNumbers() throws IOException {
    Schema schema =
        new Schema(
            List.of(
                ArrowFiles.column("id", new ArrowType.Int(64, true)),
                ArrowFiles.column("name", ArrowType.LargeUtf8.INSTANCE),
                ArrowFiles.nested(
                    "large",
                    ArrowType.LargeList.INSTANCE,
                    ArrowFiles.column("item", new ArrowType.Int(32, true))),
                ArrowFiles.list(
                    "fixed",
                    ArrowFiles.nested(
                        "item",
                        new ArrowType.FixedSizeList(2),
                        ArrowFiles.column("item", ArrowFiles.FLOAT64))),
                ArrowFiles.list("flags", ArrowFiles.column("item", ArrowType.Bool.INSTANCE)),
                ArrowFiles.list(
                    "times",
                    ArrowFiles.column(
                        "item", new ArrowType.Timestamp(TimeUnit.NANOSECOND, "UTC")))));
    List<List<Object>> data =
        List.of(
            Arrays.asList(
                7L,
                "a",
                Arrays.asList(1, null, 3),
                List.of(List.of(0.5, 1.5), List.of(2.5, 3.5)),
                List.of(true, false),
                Arrays.asList(-1L, null)),
            Arrays.asList(null, null, null, List.of(), null, List.of()),
            Arrays.asList(8L, "ü", List.of(4), List.of(List.of(1, 2)), List.of(true), List.of(0L)));
    List<String> expected =
        List.of(
            "[[7.0]] a [[1.0, NaN, 3.0]] [[0.5, 1.5], [2.5, 3.5]] [[1.0, 0.0]]"
                + " [1969-12-31T23:59:59.999Z, -]",
            "[[NaN]] null [[]] [] [[]] []",
            "[[8.0]] ü [[4.0]] [[1.0, 2.0]] [[1.0]] [1970-01-01T00:00:00Z]");
    String[] columns = {"id", "name", "large", "fixed", "flags", "times"};
    Path stream = ArrowFiles.stream(folder.resolve("s.arrow"), schema, 2, data);
    assertThat(rows(stream, columns)).isEqualTo(expected);
    Path file = ArrowFiles.file(folder.resolve("f.arrow"), schema, 2, data);
    assertThat(rows(file, columns)).isEqualTo(expected);
  }

  /** What is unsigned is neither a character nor negative, and both formats agree on all. */
  @Test
  void numbersThatAreIdsAndTimesAreReadAlike() throws IOException {
    Schema schema =
        new Schema(
            List.of(
                ArrowFiles.column("u8", new ArrowType.Int(8, false)),
                ArrowFiles.column("u16", new ArrowType.Int(16, false)),
                ArrowFiles.column("u32", new ArrowType.Int(32, false)),
                ArrowFiles.column("u64", new ArrowType.Int(64, false)),
                ArrowFiles.column("i16", new ArrowType.Int(16, true)),
                ArrowFiles.column("f64", ArrowFiles.FLOAT64),
                ArrowFiles.column("f32", ArrowFiles.FLOAT32)));
    Path arrow =
        ArrowFiles.stream(
            folder.resolve("n.arrow"),
            schema,
            1,
            List.of(List.of(200, 65, 3_000_000_000L, -1L, -7, 1795312410.25, 2.0f)));
    Path parquet =
        ParquetFiles.write(
            folder.resolve("n.parquet"),
            CompressionCodecName.SNAPPY,
            """
            message m {
              required int32 u8 (INTEGER(8,false)); required int32 u16 (INTEGER(16,false));
              required int32 u32 (INTEGER(32,false)); required int64 u64 (INTEGER(64,false));
              required int32 i16 (INTEGER(16,true)); required double f64; required float f32;
            }
            """,
            List.of(1),
            (one, group) ->
                group
                    .append("u8", 200)
                    .append("u16", 65)
                    .append("u32", (int) 3_000_000_000L)
                    .append("u64", -1L)
                    .append("i16", -7)
                    .append("f64", 1795312410.25)
                    .append("f32", 2.0f));
    for (Path file : List.of(arrow, parquet)) {
      assertThat(texts(file, "u8", "u16", "u32", "u64", "i16", "f32"))
          .as("%s", file)
          .containsExactly("200", "65", "3000000000", "18446744073709551615", "-7", "2.0");
      try (SeriesTable table = SeriesTable.open(file)) {
        table.read(
            List.of("f64"),
            part -> {},
            row -> assertThat(row.times("f64")).containsExactly(1795312410250L));
      }
    }
  }

  private static List<String> texts(Path file, String... columns) {
    List<String> texts = new ArrayList<>();
    try (SeriesTable table = SeriesTable.open(file)) {
      table.read(
          List.of(columns),
          part -> {},
          row -> {
            for (String column : columns) {
              texts.add(row.text(column));
            }
          });
    }
    return texts;
  }

  /** ZSTD packs a constant to next to nothing. */
  @Test
  void readsLongConstants() throws IOException {
    int length = 9_000_000;
    Path file =
        ArrowFiles.packed(
            folder.resolve("z.arrow"),
            new Schema(
                List.of(ArrowFiles.list("target", ArrowFiles.column("i", ArrowFiles.FLOAT64)))),
            List.of(List.of(Collections.nCopies(length, 0.0))));
    assertThat(file).satisfies(path -> assertThat(Files.size(path)).isLessThan(100_000));
    try (SeriesTable table = SeriesTable.open(file)) {
      table.read(
          List.of("target"),
          part -> {},
          row -> assertThat(row.numbers("target")[0]).hasSize(length).containsOnly(0.0));
    }
  }

  /** The format lets a stream end without its mark, and a file with the footer. */
  @ParameterizedTest
  @ValueSource(strings = {"stream", "file"})
  void theMarkOfTheEndMayBeMissing(String kind) throws IOException {
    Path whole = folder.resolve("whole.arrow");
    byte[] end = {-1, -1, -1, -1, 0, 0, 0, 0};
    byte[] bytes;
    int at;
    if (kind.equals("stream")) {
      bytes = Files.readAllBytes(ArrowFiles.stream(whole, ArrowFiles.GIFT_EVAL, 2, giftEval(5)));
      at = bytes.length - end.length;
    } else {
      bytes = Files.readAllBytes(ArrowFiles.file(whole, ArrowFiles.GIFT_EVAL, 2, giftEval(5)));
      int footer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 10);
      at = bytes.length - 10 - footer - end.length;
    }
    assertThat(Arrays.copyOfRange(bytes, at, at + end.length)).isEqualTo(end);
    ByteBuffer without = ByteBuffer.allocate(bytes.length - end.length);
    without.put(bytes, 0, at).put(bytes, at + end.length, bytes.length - at - end.length);
    Path file = Files.write(folder.resolve("without.arrow"), without.array());
    assertThat(rows(file, "item_id")).containsExactly("T0", "T1", "T2", "T3", "T4");
  }

  @Test
  void readsParquetListsOfAllAges() throws IOException {
    Path file =
        ParquetFiles.write(
            folder.resolve("l.parquet"),
            CompressionCodecName.ZSTD,
            """
            message m {
              required int64 id;
              optional group three (LIST) { repeated group list { optional float element; } }
              optional group two (LIST) { repeated double array; }
              repeated int32 bare;
              optional group deep (LIST) { repeated group list {
                optional group element (LIST) { repeated group list { optional int32 element; } } } }
              optional group when (LIST) {
                repeated group list { required int64 element (TIMESTAMP(MICROS,true)); } }
            }
            """,
            List.of(1, 0, 2),
            (count, group) -> {
              group.add("id", (long) count);
              if (count == 0) {
                return;
              }
              var three = group.addGroup("three");
              var two = group.addGroup("two");
              var when = group.addGroup("when");
              group.addGroup("deep").addGroup("list");
              for (int i = 0; i < count; i++) {
                var element = three.addGroup("list");
                if (i > 0) {
                  element.add("element", (float) i);
                }
                two.add("array", i + 0.5);
                group.add("bare", i);
                when.addGroup("list").add("element", i * 1_000_000L);
              }
            });
    assertThat(rows(file, "id", "three", "two", "bare", "deep", "when"))
        .containsExactly(
            "[[1.0]] [[NaN]] [[0.5]] [[0.0]] [[]] [1970-01-01T00:00:00Z]",
            "[[0.0]] [[]] [[]] [[]] [] []",
            "[[2.0]] [[NaN, 1.0]] [[0.5, 1.5]] [[0.0, 1.0]] [[]]"
                + " [1970-01-01T00:00:00Z, 1970-01-01T00:00:01Z]");
    assertThat(rows(file, "bare")).as("columns that nobody looks at are passed over").hasSize(3);
  }

  private static List<List<Object>> giftEval(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> List.<Object>of("T" + i, (long) i, "H", new double[] {i, i + 1.0, i + 2.0}))
        .toList();
  }

  /**
   * Wherever a file ends early, that is said, before the first row is handed on; but for a stream
   * that ends between two messages, which is a whole one by the format.
   */
  @Test
  void everyCutIsSeenBeforeTheFirstRow() throws IOException {
    for (String kind : List.of("stream", "file")) {
      Path whole = folder.resolve(kind + ".arrow");
      if (kind.equals("stream")) {
        ArrowFiles.stream(whole, ArrowFiles.GIFT_EVAL, 2, giftEval(5));
      } else {
        ArrowFiles.file(whole, ArrowFiles.GIFT_EVAL, 2, giftEval(5));
      }
      byte[] bytes = Files.readAllBytes(whole);
      assertThat(rows(whole, "item_id")).hasSize(5);
      for (int length = 1; length < bytes.length; length += 1 + length % 7) {
        if (kind.equals("stream") && endsBetweenMessages(bytes, length)) {
          continue;
        }
        Path cut = Files.write(folder.resolve("cut.arrow"), Arrays.copyOf(bytes, length));
        assertThatThrownBy(() -> SeriesTable.open(cut))
            .as("%s cut at %d of %d", kind, length, bytes.length)
            .isInstanceOf(InputException.class)
            .hasMessageContaining(cut.toString())
            .hasMessageContaining("expected");
      }
    }
  }

  /** Whether the next message begins there: its continuation mark stands nowhere else. */
  private static boolean endsBetweenMessages(byte[] bytes, int length) {
    return ByteBuffer.wrap(Arrays.copyOf(bytes, length + Integer.BYTES)).getInt(length) == -1;
  }

  /** Any byte may be wrong: the file is read to other values, or one error names it. */
  @ParameterizedTest
  @ValueSource(strings = {"gift.arrow", "gift-lz4.arrow", "gift-zstd.arrow", "gift.parquet"})
  void aWrongByteEndsInOneError(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(resource(name));
    Random random = new Random(SEED);
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      byte[] damaged = bytes.clone();
      damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Path file = Files.write(folder.resolve(name), damaged);
      try (SeriesTable table = SeriesTable.open(file)) {
        List<String> all = table.columns().stream().map(SeriesTable.Column::name).toList();
        table.read(
            all,
            part -> {},
            row -> {
              for (SeriesTable.Column column : table.columns()) {
                cell(row, column);
              }
            });
      } catch (InputException e) {
        assertThat(e).hasMessageContaining(file.toString());
        refused++;
      }
    }
    assertThat(refused).as("seed %d", SEED).isPositive();
  }

  @Test
  void foreignFilesAreNamed() throws IOException {
    Path text = Files.writeString(folder.resolve("x.arrow"), "a,b\n1,2\n");
    assertThatThrownBy(() -> SeriesTable.open(text))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("neither Arrow nor Parquet")
        .hasMessageContaining("found 'a,b\\x0a'");
    Path empty = Files.createFile(folder.resolve("empty.arrow"));
    assertThatThrownBy(() -> SeriesTable.open(empty)).hasMessageContaining("the file is empty");
    assertThatThrownBy(() -> SeriesTable.open(folder.resolve("none.arrow")))
        .hasMessageContaining("no such file");
  }

  @Test
  void otherReadersSayWhatToDoWithArrow() {
    for (String name : List.of("gift.arrow", "gift-lz4.arrow")) {
      assertThatThrownBy(
              () ->
                  Rows.read(
                      resource(name).toString(),
                      java.io.InputStream.nullInputStream(),
                      new Columns(
                          null, List.of(), List.of("x"), List.of(), java.time.ZoneOffset.UTC),
                      part -> {},
                      (ids, millis, values) -> {}))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(name + ": an Arrow file, expected CSV or Parquet");
    }
  }

  @Test
  void whatTheVisitorCannotWriteIsNotTheFilesFault() {
    for (String name : List.of("gift.arrow", "gift.parquet")) {
      try (SeriesTable table = SeriesTable.open(resource(name))) {
        assertThatThrownBy(
                () ->
                    table.read(
                        List.of("item_id"),
                        part -> {},
                        row -> {
                          throw new java.io.UncheckedIOException(new IOException("disk full"));
                        }))
            .isInstanceOf(java.io.UncheckedIOException.class);
      }
    }
  }
}
