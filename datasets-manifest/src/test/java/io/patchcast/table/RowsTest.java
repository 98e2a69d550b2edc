package io.patchcast.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowsTest {
  private static final Columns CPU = columns("ts", List.of("host"), List.of("cpu"));
  private static final long START = Instant.parse("2026-11-22T00:00:00Z").toEpochMilli();

  @TempDir Path folder;

  private static Columns columns(String time, List<String> ids, List<String> values) {
    return new Columns(time, ids, values, List.of(), ZoneId.of("UTC"));
  }

  private static List<String> read(Path file, Columns columns) {
    return read(file.toString(), columns, InputStream.nullInputStream());
  }

  private static List<String> read(String file, Columns columns, InputStream in) {
    List<String> rows = new ArrayList<>();
    Rows.read(
        file,
        in,
        columns,
        part -> assertThat(part).isBetween(0.0, 1.0),
        (ids, millis, values) ->
            rows.add(
                String.join("+", ids)
                    + " "
                    + Instant.ofEpochMilli(millis)
                    + " "
                    + Arrays.toString(values)));
    return rows;
  }

  private Path text(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void readsCsvAndGzipAlike() throws IOException {
    String csv = "ts,host,cpu\n2026-11-22T00:00:00Z,a,1.5\n2026-11-22T00:00:10Z,b,\n";
    Path zipped = folder.resolve("x.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
      out.write(csv.getBytes(StandardCharsets.UTF_8));
    }
    List<String> rows = read(text("x.csv", csv), CPU);

    assertThat(rows)
        .containsExactly("a 2026-11-22T00:00:00Z [1.5]", "b 2026-11-22T00:00:10Z [NaN]");
    assertThat(read(zipped, CPU)).isEqualTo(rows);
    assertThat(read("-", CPU, new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(rows);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ts;host;cpu\n0;a;1\n",
        "ts\thost\tcpu\n0\ta\t1\n",
        "\uFEFFts,host,cpu\r\n0,a,1\r\n",
        "cpu,other,host,ts\n1,\"x, \"\"y\"\"\n z\",a,0\n",
        " ts , host , cpu \n0,a,1",
        "ts,host,cpu\n\n0,a,1\n\n"
      })
  void readsCsvInItsDialects(String csv) throws IOException {
    assertThat(read(text("x.csv", csv), CPU)).containsExactly("a 1970-01-01T00:00:00Z [1.0]");
  }

  @Test
  void findsTheTimeColumnByItsName() throws IOException {
    Path file = text("x.csv", "cpu,timestamp\n1,60\n");
    assertThat(read(file, columns(null, List.of(), List.of("cpu"))))
        .containsExactly(" 1970-01-01T00:01:00Z [1.0]");
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW"})
  void readsParquetOfEveryCodec(CompressionCodecName codec) throws IOException {
    List<Integer> numbers = IntStream.range(0, 5000).boxed().toList();
    Path file =
        ParquetFiles.write(
            folder.resolve("x.parquet"),
            codec,
            "message m { required int64 ts (TIMESTAMP(MILLIS,true)); optional binary host (STRING);"
                + " optional double cpu; optional binary unread (STRING); }",
            numbers,
            (i, group) -> {
              group.append("ts", START + i * 10_000L);
              if (i % 7 != 0) {
                group.append("host", "h" + i % 3);
              }
              if (i % 5 != 0) {
                group.append("cpu", Math.sin(i));
              }
              group.append("unread", "x".repeat(i % 50));
            });

    List<String> expected = new ArrayList<>();
    for (int i : numbers) {
      expected.add(
          (i % 7 == 0 ? "" : "h" + i % 3)
              + " "
              + Instant.ofEpochMilli(START + i * 10_000L)
              + " ["
              + (i % 5 == 0 ? Double.NaN : Math.sin(i))
              + "]");
    }
    assertThat(read(file, CPU)).isEqualTo(expected);
  }

  /** Each type of a time column, a value and the instant it means, in a zone one hour ahead. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int64 ts (TIMESTAMP(MILLIS,true)) | 1795312410250 | 2026-11-22T01:53:30.250Z",
        "int64 ts (TIMESTAMP(MICROS,true)) | 1795312410250999 | 2026-11-22T01:53:30.250Z",
        "int64 ts (TIMESTAMP(NANOS,true)) | 1795312410250999999 | 2026-11-22T01:53:30.250Z",
        "int64 ts (TIMESTAMP(MICROS,true)) | -1 | 1969-12-31T23:59:59.999Z",
        "int64 ts (TIMESTAMP(MILLIS,false)) | 1795312410250 | 2026-11-22T00:53:30.250Z",
        "int64 ts (TIMESTAMP(MICROS,false)) | 1795312410250999 | 2026-11-22T00:53:30.250Z",
        "int64 ts | 1795312410 | 2026-11-22T01:53:30Z",
        "int64 ts | 1795312410250 | 2026-11-22T01:53:30.250Z",
        "int32 ts | 1795312410 | 2026-11-22T01:53:30Z",
        "int32 ts (DATE) | 20779 | 2026-11-21T23:00:00Z",
        "double ts | 1795312410.25 | 2026-11-22T01:53:30.250Z",
        "binary ts (STRING) | 2026-11-22 02:53:30 | 2026-11-22T01:53:30Z",
        "binary ts | 2026-11-22T02:53:30Z | 2026-11-22T02:53:30Z",
        "int96 ts | 1795312410250 | 2026-11-22T01:53:30.250Z"
      })
  void readsEveryKindOfTimestampInParquet(String type, String value, String expected)
      throws IOException {
    Path file =
        ParquetFiles.write(
            folder.resolve("x.parquet"),
            CompressionCodecName.UNCOMPRESSED,
            "message m { required " + type + "; required double cpu; }",
            List.of(value),
            (text, group) -> {
              append(group, type, "ts", text);
              group.append("cpu", 1.0);
            });
    Columns columns =
        new Columns("ts", List.of(), List.of("cpu"), List.of(), ZoneId.of("Europe/Berlin"));
    assertThat(read(file, columns)).containsExactly(" " + expected + " [1.0]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int32 v | -5 | -5.0",
        "int32 v (INTEGER(8,true)) | -5 | -5.0",
        "int32 v (INTEGER(32,false)) | -1 | 4.294967295E9",
        "int64 v | 9007199254740993 | 9.007199254740992E15",
        "int64 v (INTEGER(64,false)) | -1 | 1.8446744073709552E19",
        "float v | 0.5 | 0.5",
        "double v | 0.1 | 0.1",
        "boolean v | true | 1.0",
        "int32 v (DECIMAL(9,2)) | 12345 | 123.45",
        "int64 v (DECIMAL(18,4)) | -12345 | -1.2345"
      })
  void readsEveryKindOfNumberInParquet(String type, String value, String expected)
      throws IOException {
    Path file =
        ParquetFiles.write(
            folder.resolve("x.parquet"),
            CompressionCodecName.UNCOMPRESSED,
            "message m { required int64 ts; optional " + type + "; }",
            List.of(value),
            (text, group) -> {
              group.append("ts", 0L);
              append(group, type, "v", text);
            });
    assertThat(read(file, columns("ts", List.of(), List.of("v"))))
        .containsExactly(" 1970-01-01T00:00:00Z [" + expected + "]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"binary v (DECIMAL(20,3))", "fixed_len_byte_array(9) v (DECIMAL(20,3))"})
  void readsDecimalsInBytes(String type) throws IOException {
    byte[] unscaled = new BigDecimal("-12345.678").unscaledValue().toByteArray();
    byte[] bytes = new byte[9];
    Arrays.fill(bytes, (byte) -1);
    System.arraycopy(unscaled, 0, bytes, bytes.length - unscaled.length, unscaled.length);
    Path file =
        ParquetFiles.write(
            folder.resolve("x.parquet"),
            CompressionCodecName.UNCOMPRESSED,
            "message m { required int64 ts; optional " + type + "; }",
            List.of(bytes),
            (value, group) -> {
              group.append("ts", 0L);
              group.append("v", Binary.fromConstantByteArray(value));
            });
    assertThat(read(file, columns("ts", List.of(), List.of("v"))))
        .containsExactly(" 1970-01-01T00:00:00Z [-12345.678]");
  }

  @Test
  void readsIdsOfManyTypes() throws IOException {
    Path file =
        ParquetFiles.write(
            folder.resolve("x.parquet"),
            CompressionCodecName.UNCOMPRESSED,
            "message m { required int64 ts; required double v; required int32 i; required int64 l;"
                + " required boolean b; required int32 d (DATE);"
                + " required int64 t (TIMESTAMP(MILLIS,true)); required binary e (ENUM); }",
            List.of(0),
            (i, group) ->
                group
                    .append("ts", 0L)
                    .append("v", 1.0)
                    .append("i", 7)
                    .append("l", 8L)
                    .append("b", true)
                    .append("d", (int) LocalDate.of(2026, 11, 22).toEpochDay())
                    .append("t", START)
                    .append("e", "RED"));
    assertThat(read(file, columns("ts", List.of("i", "l", "b", "d", "t", "e"), List.of("v"))))
        .containsExactly("7+8+true+2026-11-22+2026-11-22T00:00:00Z+RED 1970-01-01T00:00:00Z [1.0]");
  }

  private static void append(Group group, String type, String name, String text) {
    switch (type.substring(0, type.indexOf(' '))) {
      case "int32" -> group.append(name, Integer.parseInt(text));
      case "int64" -> group.append(name, Long.parseLong(text));
      case "float" -> group.append(name, Float.parseFloat(text));
      case "double" -> group.append(name, Double.parseDouble(text));
      case "boolean" -> group.append(name, Boolean.parseBoolean(text));
      case "int96" -> {
        long millis = Long.parseLong(text);
        ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(Math.floorMod(millis, 86_400_000L) * 1_000_000);
        bytes.putInt((int) (Math.floorDiv(millis, 86_400_000L) + 2_440_588));
        group.append(name, Binary.fromConstantByteArray(bytes.array()));
      }
      default -> group.append(name, Binary.fromString(text));
    }
  }

  @Test
  void saysWhereAValueCannotBeRead() throws IOException {
    assertRefused(
        text("x.csv", "ts,host,cpu\n0,a,1\n10,a,fast\n"),
        "x.csv line 3: column 'cpu': expected a number, found 'fast'");
    assertRefused(
        text("x.csv", "ts,host,cpu\n0,a,1\nsoon,a,1\n"),
        "x.csv line 3: column 'ts': expected a timestamp",
        "found 'soon'");
    assertRefused(
        text("x.csv", "ts,host,cpu\n0,\"a\nb\",1\n,a,1\n"),
        "x.csv line 4: column 'ts': expected a timestamp",
        "found ''");
    assertRefused(
        text("x.csv", "ts,host,cpu\n0,a\n"),
        "x.csv line 2: expected 3 fields as in the header, found 2");
    assertRefused(text("x.csv", "ts,host\n"), "no column 'cpu' (--value)", "columns are: ts, host");
    assertRefused(text("x.csv", ""), "the file is empty");
    assertRefused(text("x.csv", "\n\n"), "no header line");
    assertRefused(folder.resolve("none.csv"), "none.csv: no such file");
    assertRefused(folder, "is a directory");
    assertRefused(
        Files.write(folder.resolve("x.bin"), new byte[] {'a', 'b', 0, 1}),
        "neither CSV nor Parquet: byte 0x00 at offset 2");
    assertRefused(text("x.parquet", "ts,cpu\n"), "not a Parquet file", "'PAR1'", "'ts,c'");
    assertRefused(text("y.parquet", "PAR1 and no more"), "y.parquet", "Parquet");
    assertThatThrownBy(
            () -> read("-", CPU, new ByteArrayInputStream("PAR1".getBytes(StandardCharsets.UTF_8))))
        .hasMessageContaining("must be a file");
    assertThatThrownBy(() -> read(text("z.csv", "a,b\n"), columns(null, List.of(), List.of("b"))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("(use --time)");
  }

  @Test
  void saysWhyAParquetColumnCannotBeRead() throws IOException {
    String schema =
        "message m { optional binary ts (STRING); required binary host (JSON);"
            + " optional binary cpu (STRING); optional group nested { optional double x; }"
            + " repeated double many; }";
    Path file =
        ParquetFiles.write(
            folder.resolve("x.parquet"),
            CompressionCodecName.SNAPPY,
            schema,
            List.of("2026-11-22", "tomorrow"),
            (time, group) -> group.append("ts", time).append("host", "a").append("cpu", "1"));
    assertRefused(file, "column 'cpu': expected a number, found optional binary cpu (STRING)");
    assertRefused(file, columns("ts", List.of(), List.of("nested")), "'nested' is nested");
    assertRefused(file, columns("ts", List.of(), List.of("many")), "'many' is nested or repeated");
    assertRefused(file, columns("ts", List.of(), List.of("gone")), "columns are: ts, host, cpu");

    Path unparsable =
        ParquetFiles.write(
            folder.resolve("y.parquet"),
            CompressionCodecName.SNAPPY,
            "message m { optional binary ts (STRING); required double cpu; }",
            Arrays.asList("2026-11-22", "tomorrow"),
            (time, group) -> group.append("ts", time).append("cpu", 1.0));
    assertRefused(
        unparsable, columns("ts", List.of(), List.of("cpu")), "row 2: column 'ts'", "tomorrow");

    Path withoutTime =
        ParquetFiles.write(
            folder.resolve("z.parquet"),
            CompressionCodecName.SNAPPY,
            "message m { optional int64 ts; required double cpu; }",
            List.of(1),
            (one, group) -> group.append("cpu", 1.0));
    assertRefused(
        withoutTime,
        columns("ts", List.of(), List.of("cpu")),
        "row 1: column 'ts': expected a timestamp, found null");
  }

  /** Damaged bytes give a message, never another exception and never an endless loop. */
  @ParameterizedTest
  @ValueSource(strings = {"SNAPPY", "ZSTD", "GZIP"})
  void everyDamagedByteGivesAMessageOrRows(String codec) throws IOException {
    Path file =
        ParquetFiles.write(
            folder.resolve("x.parquet"),
            CompressionCodecName.valueOf(codec),
            "message m { required int64 ts; required binary host (STRING); required double cpu; }",
            IntStream.range(0, 50).boxed().toList(),
            (i, group) -> group.append("ts", (long) i).append("host", "a").append("cpu", 1.0 * i));
    byte[] whole = Files.readAllBytes(file);
    int refused = 0;
    for (int at = 4; at < whole.length; at += 11) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x55;
      Files.write(file, damaged);
      refused += outcome(file);
    }
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThat(outcome(file)).isEqualTo(1);
    assertThat(refused).isPositive();
  }

  private static int outcome(Path file) {
    try {
      read(file, CPU);
      return 0;
    } catch (InputException e) {
      assertThat(e).hasMessageContaining("x.parquet");
      return 1;
    }
  }

  private static void assertRefused(Path file, String... parts) {
    assertRefused(file, CPU, parts);
  }

  private static void assertRefused(Path file, Columns columns, String... parts) {
    Consumer<Throwable> says = e -> assertThat(e.getMessage()).contains(parts);
    assertThatThrownBy(() -> read(file, columns))
        .isInstanceOf(InputException.class)
        .satisfies(says);
  }
}
