package io.patchcast.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.Step;
import io.patchcast.table.Columns;
import io.patchcast.table.InputException;
import io.patchcast.table.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadersTest {
  private static final Step MINUTE = Step.of(Duration.ofMinutes(1));

  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<DatasetSeries> wide(Path file) {
    return WideCsv.read(file, null, WideCsv.Spacing.EVEN);
  }

  @Test
  void readsWideFiles() throws IOException {
    List<DatasetSeries> series =
        wide(
            file(
                "w.csv",
                "timestamp,\"a, b\",c\n2026-01-01T00:00:00Z,1,\n2026-01-01T00:01:00Z,,4\n"));
    assertThat(series).extracting(DatasetSeries::id).containsExactly("a, b", "c");
    assertThat(series.get(0).step()).isEqualTo(MINUTE);
    assertThat(series.get(0).startMillis())
        .isEqualTo(Instant.parse("2026-01-01T00:00:00Z").toEpochMilli());
    assertThat(series.get(0).values()).containsExactly(1, Double.NaN);
    assertThat(series.get(1).values()).containsExactly(Double.NaN, 4);
  }

  @Test
  void readsFilesWithoutAClock() throws IOException {
    Path file = file("s.csv", "step,x\n0,1\n1,2\n2,3\n");
    assertThat(WideCsv.read(file, MINUTE, WideCsv.Spacing.EVEN).get(0).values())
        .containsExactly(1, 2, 3);
    assertThatThrownBy(() -> wide(file)).hasMessageContaining("no step was given");
  }

  @ParameterizedTest
  @CsvSource({
    "'2026-01-01T00:03:00Z,3', 'line 4: expected ''2026-01-01T00:03:00Z'' to be 60000 ms after'",
    "'2026-01-01T00:02:00Z,x', 'line 4: column ''x'': expected a number, found ''x'''",
    "'2026-01-01T00:02:00Z', 'line 4: expected 2 fields as in the header, found 1'",
    "'yesterday,3', 'line 4: expected a timestamp, found ''yesterday'''"
  })
  void aDamagedWideFileSaysWhere(String line, String message) throws IOException {
    Path file =
        file(
            "w.csv", "timestamp,x\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\n" + line + "\n");
    assertThatThrownBy(() -> wide(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void aTruncatedGzipFileSaysSo() throws IOException {
    Path whole = folder.resolve("whole.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(whole))) {
      StringBuilder text = new StringBuilder("step,x\n");
      for (int i = 0; i < 20_000; i++) {
        text.append(i).append(',').append(i * 31 % 1009).append('\n');
      }
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = folder.resolve("cut.csv.gz");
    Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(WideCsv.read(whole, MINUTE, WideCsv.Spacing.EVEN).get(0).values()).hasSize(20_000);
    assertThatThrownBy(() -> WideCsv.read(cut, MINUTE, WideCsv.Spacing.EVEN))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("damaged or truncated");
  }

  @Test
  void readsRaggedFiles() throws IOException {
    List<DatasetSeries> series =
        RaggedCsv.read(
            file(
                "r.csv",
                "series_id,period,start,horizon,values\na,monthly,1998-01,2,1 NaN 3\nb,yearly,,1,4\n"),
            null);
    assertThat(series.get(0).values()).containsExactly(1, Double.NaN, 3);
    assertThat(series.get(0).instantOf(1))
        .isEqualTo(Instant.parse("1998-02-01T00:00:00Z").toEpochMilli());
    assertThat(series.get(1).labels()).containsEntry("period", "yearly");
    Path bad = file("bad.csv", "series_id,values\na,1 2 three\n");
    assertThatThrownBy(() -> RaggedCsv.read(bad, MINUTE))
        .hasMessageContaining("line 2: value 3: expected a number or NaN, found 'three'");
  }

  private static final String TSF =
      """
      # a comment
      @relation test
      @attribute series_name string
      @attribute start_timestamp date
      @frequency 10_minutes
      @horizon 2
      @missing true
      @equallength false
      @data
      T1:1979-01-01 00-00-00:1.5,?,3
      T2:1980-01-01 00-00-00:4
      """;

  @Test
  void readsTsfFiles() throws IOException {
    List<DatasetSeries> series = TsfFile.read(file("t.tsf", TSF));
    assertThat(series).extracting(DatasetSeries::id).containsExactly("T1", "T2");
    assertThat(series.get(0).values()).containsExactly(1.5, Double.NaN, 3);
    assertThat(series.get(0).step()).isEqualTo(Step.of(Duration.ofMinutes(10)));
    assertThat(series.get(1).startMillis())
        .isEqualTo(Instant.parse("1980-01-01T00:00:00Z").toEpochMilli());
  }

  @ParameterizedTest
  @CsvSource({
    "T2:1980-01-01 00-00-00:4, T2:1980-01-01 00, line 11: expected 2 attributes",
    "'1.5,?', '1.5,', 'line 10: value 2: expected a number or ?, found'",
    "1979-01-01 00-00-00, January, 'line 10: expected a date'",
    "10_minutes, now_and_then, 'line 5: expected a frequency'",
    "@data, @dat, 'line 9: expected a line of the header or @data'",
    "date, day, 'line 4: expected ''@attribute'"
  })
  void aDamagedTsfFileSaysWhere(String from, String to, String message) throws IOException {
    Path file = file("t.tsf", TSF.replaceFirst(from.replace("?", "\\?"), to));
    assertThatThrownBy(() -> TsfFile.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void resamplesBlocksAndMonthsAndDropsTheLastIncompleteOne() {
    DatasetSeries days =
        new DatasetSeries(
            "d",
            Map.of(),
            Instant.parse("2026-01-30T00:00:00Z").toEpochMilli(),
            Frequency.parse("D").step(),
            new double[] {1, 2, 3, 4, Double.NaN});
    assertThat(resampled(days, "2D", Resampling.Aggregation.SUM)).containsExactly(3, 7);
    assertThat(resampled(days, "M", Resampling.Aggregation.SUM)).containsExactly(3);
    DatasetSeries gap = days.with(new double[] {1, Double.NaN, 3, 5});
    assertThat(resampled(gap, "2D", Resampling.Aggregation.SUM)).containsExactly(Double.NaN, 8);
    assertThat(resampled(gap, "2D", Resampling.Aggregation.MEAN)).containsExactly(1, 4);
    assertThatThrownBy(() -> resampled(days, "36H", Resampling.Aggregation.SUM))
        .hasMessageContaining("is no multiple");
  }

  private static double[] resampled(
      DatasetSeries series, String frequency, Resampling.Aggregation aggregation) {
    return new Resampling(Frequency.parse(frequency).step(), aggregation)
        .apply(List.of(series))
        .get(0)
        .values();
  }

  @ParameterizedTest
  @CsvSource({
    "10S, 360, 60",
    "5T, 288, 48",
    "15T, 96, 48",
    "H, 24, 48",
    "D, 1, 30",
    "W, 1, 8",
    "M, 12, 12",
    "Q, 4, 8",
    "A, 1, 6",
    "7T, 1, 48",
    "B, 5, 30"
  })
  void frequenciesKnowSeasonAndHorizon(String text, int season, int horizon) {
    Frequency frequency = Frequency.parse(text);
    assertThat(frequency.season()).isEqualTo(season);
    assertThat(frequency.shortHorizon()).isEqualTo(horizon);
    assertThat(Frequency.of(frequency.step()).toString())
        .as("a business day is a day, as a step")
        .isEqualTo(text.replace("B", "D"));
    assertThat(frequency).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "min, T",
    "5min, 5T",
    "h, H",
    "2h, 2H",
    "s, S",
    "10s, 10S",
    "d, D",
    "W-SUN, W",
    "2W-MON, 2W",
    "ME, M",
    "MS, M",
    "3M, 3M",
    "Q-DEC, Q",
    "QS, Q",
    "QS-OCT, Q",
    "QE-DEC, Q",
    "A-DEC, A",
    "Y, A",
    "YE-DEC, A",
    "AS-JAN, A",
    "YS, A",
    "BQ-DEC, Q",
    "60T, 60T"
  })
  void frequenciesAreReadInAllOfPandasWords(String alias, String text) {
    assertThat(Frequency.parse(alias)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0D", "m", "ms", "us", "W-DEC", "Q-SUN", "D-SUN", "5", "fortnight"})
  void whatIsNoFrequencyIsRefused(String text) {
    assertThatThrownBy(() -> Frequency.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got '" + text + "'");
    assertThat(Frequency.isFrequency(text)).isFalse();
  }

  @Test
  void businessDaysPassOverTheWeekend() {
    long friday = Instant.parse("2026-11-20T00:00:00Z").toEpochMilli();
    assertThat(Frequency.parse("B").instants(friday, 3))
        .containsExactly(friday, friday + 3 * 86_400_000L, friday + 4 * 86_400_000L);
    long end = Instant.parse("2026-01-31T00:00:00Z").toEpochMilli();
    assertThat(Frequency.parse("M").instants(end, 3))
        .as("from the start, so that a short month shifts no later one")
        .containsExactly(
            end,
            Instant.parse("2026-02-28T00:00:00Z").toEpochMilli(),
            Instant.parse("2026-03-31T00:00:00Z").toEpochMilli());
  }

  /** As pandas has them: {@code pd.period_range(start, periods=4, freq=…)} and date offsets. */
  @ParameterizedTest
  @CsvSource({
    "M, 2020-02-29, 2020-03-31 2020-04-30 2020-05-31",
    "ME, 2019-11-30, 2019-12-31 2020-01-31 2020-02-29",
    "2M, 2020-04-30, 2020-06-30 2020-08-31 2020-10-31",
    "M, 2020-02-28, 2020-03-28 2020-04-28 2020-05-28",
    "MS, 2020-02-01, 2020-03-01 2020-04-01 2020-05-01",
    "MS, 2020-02-29, 2020-03-29 2020-04-29 2020-05-29",
    "Q-DEC, 2020-06-30, 2020-09-30 2020-12-31 2021-03-31",
    "QE, 2020-09-30, 2020-12-31 2021-03-31 2021-06-30",
    "A-FEB, 2019-02-28, 2020-02-29 2021-02-28 2022-02-28",
    "YE-FEB, 2020-02-29, 2021-02-28 2022-02-28 2023-02-28",
    "BM, 2020-01-31, 2020-02-28 2020-03-31 2020-04-30",
    "BME, 2020-05-29, 2020-06-30 2020-07-31 2020-08-31",
    "BQ, 2020-06-30, 2020-09-30 2020-12-31 2021-03-31",
    "BMS, 2020-02-03, 2020-03-02 2020-04-01 2020-05-01",
    "B, 2026-11-21, 2026-11-24 2026-11-25 2026-11-26"
  })
  void monthsKeepToTheirFirstAndLastDays(String frequency, String start, String following) {
    long[] instants =
        Frequency.parse(frequency).instants(Instant.parse(start + "T06:00:00Z").toEpochMilli(), 4);
    String first = frequency.equals("B") ? "2026-11-23" : start;
    assertThat(instants)
        .containsExactly(
            Stream.of((first + " " + following).split(" ", -1))
                .mapToLong(day -> Instant.parse(day + "T06:00:00Z").toEpochMilli())
                .toArray());
  }

  /** A long table, in any order, whose series have variates. */
  @ParameterizedTest
  @ValueSource(strings = {",", ";"})
  void variatesOfALongTableStayApart(String separator) throws IOException {
    String text =
        """
        series,variate,timestamp,value
        b,mem,1970-01-01T00:01:00Z,4
        b,cpu,1970-01-01T00:00:00Z,1
        a,,1970-01-01T00:00:00Z,5
        b,mem,1970-01-01T00:00:00Z,3
        b,cpu,1970-01-01T00:01:00Z,2
        """
            .replace(",", separator);
    CollectedSeries read = new CollectedSeries();
    DatasetReader.read(
        file("v.csv", text), DatasetReader.Format.LONG, DatasetReader.Options.defaults(), read);
    assertThat(read.series())
        .extracting(one -> one.id() + "/" + one.variate() + Arrays.toString(one.values()))
        .containsExactly("b/mem[3.0, 4.0]", "b/cpu[1.0, 2.0]", "a/[5.0]");
  }

  @Test
  void canonicalParquetIsSortedAndTellsItsOrigin() throws IOException {
    Path out = folder.resolve("c.parquet");
    long rows;
    try (CanonicalParquet parquet = CanonicalParquet.at(out)) {
      parquet.add(
          List.of(
              new TimedSeries("b", new long[] {60_000, 120_000}, new double[] {1, Double.NaN})));
      parquet.add(List.of(new TimedSeries("a", new long[] {0}, new double[] {3})));
      rows = parquet.commit(Map.of("patchcast.dataset.licence", "CC-BY-4.0"));
    }
    assertThat(rows).isEqualTo(3);
    List<String> read = new ArrayList<>();
    Rows.read(
        out.toString(),
        InputStream.nullInputStream(),
        new Columns("timestamp", List.of("series"), List.of("value"), List.of(), ZoneOffset.UTC),
        part -> {},
        (ids, millis, values) -> read.add(ids[0] + " " + millis + " " + values[0]));
    assertThat(read).containsExactly("a 0 3.0", "b 60000 1.0", "b 120000 NaN");
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(out))) {
      assertThat(reader.getFileMetaData().getKeyValueMetaData())
          .containsEntry("patchcast.dataset.licence", "CC-BY-4.0");
    }
  }

  @Test
  void aBundleSaysWhatIsWrongWithIt() throws IOException {
    assertThatThrownBy(() -> Bundle.open(folder))
        .hasMessageContaining(
            "manifest.csv, or with data sets in GIFT-Eval's layout, found neither");
    file("manifest.csv", "dataset,file,format,interval_s\nx,x.csv,wide,60\n");
    file("x.csv", "step,a,b\n0,1,2\n1,3,4\n");
    file(
        "expected_seasonal_naive.csv",
        "benchmark,config,series,horizon,season,windows\nG,y/T/short,1,1,1,1\nG,x/T/short,3,1,1,1\n");
    Bundle bundle = Bundle.open(folder);
    assertThatThrownBy(() -> bundle.series(bundle.configurations().get(0)))
        .hasMessageContaining("no data set for the configuration y/T/short; there are x");
    assertThatThrownBy(() -> bundle.series(bundle.configurations().get(1)))
        .hasMessageContaining("expected 3 series, found 2");
    file(
        "expected_seasonal_naive.csv",
        "benchmark,config,series,horizon,season,windows\nG,x,1,0,1,1\n");
    assertThatThrownBy(bundle::configurations)
        .hasMessageContaining(
            "line 2: column 'horizon': expected a whole number above 0, found '0'");
  }
}
