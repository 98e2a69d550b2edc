package io.patchcast.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.table.AtomicFile;
import io.patchcast.table.Columns;
import io.patchcast.table.InputException;
import io.patchcast.table.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForecastFilesTest {
  private static final ModelInfo MODEL =
      new ModelInfo("tiny", "", "ab".repeat(32), 1, 32, 64, "scalar");
  private static final double[] LEVELS = {0.1, 0.125, 0.5};

  @TempDir Path folder;

  private static ForecastColumns columns() {
    return new ForecastColumns(List.of("host", "status"), true, LEVELS, "tiny");
  }

  private Path write(String name) throws IOException {
    Path file = folder.resolve(name);
    try (ForecastWriter writer =
        ForecastWriter.open(file, ForecastWriter.Format.of(file), columns(), MODEL)) {
      for (int i = 0; i < 3; i++) {
        writer.write(
            new ForecastRow(
                List.of("a,\"b\"\n", "200"),
                "cpu",
                1_795_312_410_000L + i * 250L,
                new double[] {-1e-7 * i, Math.PI * i, 1e300},
                "ok",
                ""));
      }
      writer.write(
          new ForecastRow(
              List.of("ü", ""), "", null, new double[0], "too_short", "one row, expected two"));
    }
    return file;
  }

  @Test
  void namesItsColumns() {
    assertThat(columns().names())
        .containsExactly(
            "host",
            "id_status",
            "variate",
            "timestamp",
            "q10",
            "q12_5",
            "q50",
            "status",
            "message",
            "model");
    assertThat(new ForecastColumns(List.of(), false, new double[] {0.3}, "").names())
        .containsExactly("timestamp", "q30", "status", "message", "model");
  }

  @Test
  void writesCsv() throws IOException {
    assertThat(Files.readString(write("f.csv")))
        .isEqualTo(
            """
            host,id_status,variate,timestamp,q10,q12_5,q50,status,message,model
            "a,""b""
            ",200,cpu,2026-11-22T01:53:30Z,-0.0,0.0,1.0E300,ok,,tiny
            "a,""b""
            ",200,cpu,2026-11-22T01:53:30.250Z,-1.0E-7,3.141592653589793,1.0E300,ok,,tiny
            "a,""b""
            ",200,cpu,2026-11-22T01:53:30.500Z,-2.0E-7,6.283185307179586,1.0E300,ok,,tiny
            ü,,,,,,,too_short,"one row, expected two",tiny
            """);
  }

  @Test
  void writesOneJsonObjectPerRow() throws IOException {
    List<String> lines = Files.readAllLines(write("f.json"));
    assertThat(lines).hasSize(4);
    JsonObject row = JsonParser.parseString(lines.get(1)).getAsJsonObject();
    assertThat(row.keySet()).containsExactlyElementsOf(columns().names());
    assertThat(row.get("q12_5").getAsDouble()).isEqualTo(Math.PI);
    assertThat(row.get("timestamp").getAsString()).isEqualTo("2026-11-22T01:53:30.250Z");
    JsonObject failed = JsonParser.parseString(lines.get(3)).getAsJsonObject();
    assertThat(failed.get("q50").isJsonNull()).isTrue();
    assertThat(failed.get("timestamp").isJsonNull()).isTrue();
    assertThat(failed.get("status").getAsString()).isEqualTo("too_short");
  }

  /** What is written can be read, by this program and with the library's own codecs. */
  @Test
  void writesParquetThatCanBeRead() throws IOException {
    Path file = write("f.parquet");
    Columns q =
        new Columns(
            "timestamp",
            List.of("host", "id_status", "variate", "status", "message", "model"),
            List.of("q10", "q12_5", "q50"),
            List.of(),
            ZoneId.of("UTC"));
    List<String> rows = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Rows.read(
                    file.toString(),
                    InputStream.nullInputStream(),
                    q,
                    part -> {},
                    (ids, millis, values) ->
                        rows.add(String.join("|", ids) + " " + millis + Arrays.toString(values))))
        .hasMessageContaining("row 4: column 'timestamp': expected a timestamp, found null");
    assertThat(rows)
        .containsExactly(
            "a,\"b\"\n|200|cpu|ok||tiny 1795312410000[-0.0, 0.0, 1.0E300]",
            "a,\"b\"\n|200|cpu|ok||tiny 1795312410250[-1.0E-7, 3.141592653589793, 1.0E300]",
            "a,\"b\"\n|200|cpu|ok||tiny 1795312410500[-2.0E-7, 6.283185307179586, 1.0E300]");
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      assertThat(reader.readNextRowGroup().getRowCount()).isEqualTo(4);
      assertThat(reader.getFileMetaData().getKeyValueMetaData())
          .containsEntry("patchcast.model", "tiny")
          .containsEntry("patchcast.weights.sha256", "ab".repeat(32))
          .containsEntry("patchcast.backend", "scalar");
    }
  }

  @ParameterizedTest
  @CsvSource({"f.txt", "f", "csv", "f.parquet.gz"})
  void refusesOtherEndings(String name) {
    assertThatThrownBy(() -> ForecastWriter.Format.of(Path.of(name)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @Test
  void aFileAppearsWholeOrNotAtAll() throws IOException {
    Path target = Files.writeString(folder.resolve("f.csv"), "old");
    try (AtomicFile file = AtomicFile.at(target)) {
      Files.writeString(file.partial(), "half");
      assertThat(target).hasContent("old");
    }
    assertThat(target).hasContent("old");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
    try (AtomicFile file = AtomicFile.at(target)) {
      Files.writeString(file.partial(), "new");
      file.commit();
    }
    assertThat(target).hasContent("new");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void saysAtOnceWhereNothingCanBeWritten() {
    assertThatThrownBy(() -> AtomicFile.at(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is a directory");
    assertThatThrownBy(() -> AtomicFile.at(folder.resolve("no/f.csv")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("there is no directory");
  }

  @Test
  void alignsTables() {
    assertThat(new TextTable("name", ">n").row("a", "1").row("bcd", "10.5"))
        .hasToString("name     n\na        1\nbcd   10.5\n");
  }
}
