package io.patchcast.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.table.Columns;
import io.patchcast.table.InputException;
import io.patchcast.table.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CanonicalParquetTest {
  private static final long SEED = 42;

  @TempDir private Path folder;

  private static List<String> rows(Path file, String... ids) {
    List<String> rows = new ArrayList<>();
    Rows.read(
        file.toString(),
        InputStream.nullInputStream(),
        new Columns("timestamp", List.of(ids), List.of("value"), List.of(), ZoneOffset.UTC),
        part -> {},
        (names, millis, values) ->
            rows.add(String.join("/", names) + " " + millis + " " + values[0]));
    return rows;
  }

  @Test
  void variatesStayWithTheirSeries() throws IOException {
    Path file = folder.resolve("v.parquet");
    try (CanonicalParquet parquet = CanonicalParquet.at(file)) {
      parquet.add(
          List.of(
              new TimedSeries("b", "dim0", new long[] {0, 1}, new double[] {1, 2}),
              new TimedSeries("b", "dim1", new long[] {0, 1}, new double[] {3, Double.NaN})));
      parquet.add(List.of(new TimedSeries("a", new long[] {5}, new double[] {6})));
      parquet.commit(Map.of());
    }
    assertThat(rows(file, "series", "variate"))
        .containsExactly(
            "a/ 5 6.0", "b/dim0 0 1.0", "b/dim0 1 2.0", "b/dim1 0 3.0", "b/dim1 1 NaN");
  }

  @Test
  void aNameThatIsTakenGetsANumber() throws IOException {
    Path file = folder.resolve("n.parquet");
    try (CanonicalParquet parquet = CanonicalParquet.at(file)) {
      assertThat(parquet.add(List.of(new TimedSeries("a", new long[] {0}, new double[] {1}))))
          .isEqualTo("a");
      assertThat(parquet.add(List.of(new TimedSeries("a", new long[] {0}, new double[] {2}))))
          .isEqualTo("a#2");
      assertThat(parquet.add(List.of(new TimedSeries("a", new long[] {0}, new double[] {3}))))
          .isEqualTo("a#3");
      parquet.commit(Map.of());
    }
    assertThat(rows(file, "series")).containsExactly("a 0 1.0", "a#2 0 2.0", "a#3 0 3.0");
  }

  private static List<TimedSeries> row(String id, String... variates) {
    return Arrays.stream(variates)
        .map(
            variate ->
                new TimedSeries(id, variate, new long[] {0}, new double[] {variate.length()}))
        .toList();
  }

  /** Two rows of one name, whose variates are called the same only in part, are not mixed. */
  @Test
  void aSeriesGetsOneNumberWithAllItsVariates() throws IOException {
    Path file = folder.resolve("n.parquet");
    try (CanonicalParquet parquet = CanonicalParquet.at(file)) {
      parquet.add(row("a", "cpu", "mem"));
      parquet.add(row("a", "mem", "disk"));
      parquet.add(row("a", "net"));
      parquet.commit(Map.of());
    }
    assertThat(rows(file, "series", "variate"))
        .containsExactly(
            "a/cpu 0 3.0", "a/mem 0 3.0", "a#2/mem 0 3.0", "a#2/disk 0 4.0", "a#3/net 0 3.0");
  }

  /** Series of many lengths, some longer than what is held of one at a time. */
  @Test
  void whatIsPutAsideComesBackUnchanged() throws IOException {
    Random random = new Random(SEED);
    List<String> expected = new ArrayList<>();
    Path file = folder.resolve("r.parquet");
    try (CanonicalParquet parquet = CanonicalParquet.at(file)) {
      for (int s = 30; s >= 10; s--) {
        int length = 1 + random.nextInt(10_000);
        long[] times = new long[length];
        double[] values = new double[length];
        List<String> lines = new ArrayList<>();
        for (int t = 0; t < length; t++) {
          times[t] = t;
          values[t] = random.nextGaussian();
          lines.add(s + " " + times[t] + " " + values[t]);
        }
        parquet.add(List.of(new TimedSeries(String.valueOf(s), times, values)));
        expected.addAll(0, lines);
      }
      assertThat(parquet.commit(Map.of())).isEqualTo(expected.size());
    }
    assertThat(rows(file, "series")).as("seed %d", SEED).isEqualTo(expected);
  }

  @Test
  void withoutACommitNothingIsLeft() throws IOException {
    try (CanonicalParquet parquet = CanonicalParquet.at(folder.resolve("x.parquet"))) {
      // More than is kept in memory before it goes to the disk.
      parquet.add(List.of(new TimedSeries("a", new long[10_000], new double[10_000])));
      assertThat(folder).as("nothing to leave behind, however it ends").isEmptyDirectory();
    }
    assertThat(folder).isEmptyDirectory();
    assertThatThrownBy(() -> CanonicalParquet.at(folder.resolve("no/x.parquet")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("there is no directory");
  }
}
