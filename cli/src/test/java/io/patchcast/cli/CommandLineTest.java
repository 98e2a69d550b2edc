package io.patchcast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.table.ParquetFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands as users give them, in this process. */
class CommandLineTest {
  private static final Instant START = Instant.parse("2026-11-22T00:00:00Z");
  private static final int LENGTH = 200;

  @TempDir Path folder;
  private Path csv;

  /** What a command did. */
  private record Run(int exit, String out, String err) {}

  private record Point(Instant time, String host, double cpu, double memory) {}

  private static Run run(Object... args) {
    return run(InputStream.nullInputStream(), args);
  }

  private static Run run(InputStream in, Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(in, out, new PrintStream(err, true, StandardCharsets.UTF_8), false);
    int exit =
        Patchcast.run(console, Arrays.stream(args).map(String::valueOf).toArray(String[]::new));
    return new Run(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static List<Point> points() {
    Random random = new Random(3);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < LENGTH; i++) {
      for (String host : List.of("a", "b")) {
        double noise = random.nextGaussian();
        points.add(
            new Point(
                START.plusSeconds(60L * i),
                host,
                50 + 20 * Math.sin(i / 8.0) + noise,
                1e9 + 1e6 * i + noise * 1e5));
      }
    }
    return points;
  }

  private static String csv(List<Point> points) {
    StringBuilder text = new StringBuilder("ts,host,cpu,memory_bytes\n");
    for (Point point : points) {
      text.append(point.time)
          .append(',')
          .append(point.host)
          .append(',')
          .append(point.cpu)
          .append(',')
          .append(point.memory)
          .append('\n');
    }
    return text.toString();
  }

  @BeforeEach
  void writeCsv() throws IOException {
    csv = Files.writeString(folder.resolve("cpu.csv"), csv(points()));
  }

  private Run forecast(Object... more) {
    List<Object> args =
        new ArrayList<>(List.of("forecast", csv, "--time", "ts", "--value", "cpu", "--id", "host"));
    args.addAll(List.of(more));
    return run(args.toArray());
  }

  @Test
  void printsATableOfTheFirstSteps() {
    Run run = forecast("--horizon", "1h");
    assertThat(run.exit).isZero();
    assertThat(run.out.lines().toList())
        .hasSize(1 + 2 * 3 + 1)
        .anySatisfy(line -> assertThat(line).startsWith("a     2026-11-22 03:20:00Z"));
    assertThat(run.out).contains("host", "q10", "q50", "q90").contains("114 more steps");
    assertThat(run.err).contains("2 series from 400 rows, forecast with builtin");
  }

  @Test
  void csvGzipStandardInputAndParquetGiveTheSameNumbers() throws IOException {
    Run fromCsv = forecast("--horizon", "30", "--out", "-", "-q");
    assertThat(fromCsv.exit).isZero();
    assertThat(fromCsv.err).isEmpty();
    List<String> lines = fromCsv.out.lines().toList();
    assertThat(lines).hasSize(1 + 2 * 30);
    assertThat(lines.get(0))
        .isEqualTo("host,timestamp,q10,q20,q30,q40,q50,q60,q70,q80,q90,status,message,model");
    assertThat(lines.get(1)).startsWith("a,2026-11-22T03:20:00Z,").endsWith(",ok,,builtin");

    Path gzip = folder.resolve("cpu.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzip))) {
      Files.copy(csv, out);
    }
    Path parquet =
        ParquetFiles.write(
            folder.resolve("cpu.parquet"),
            CompressionCodecName.SNAPPY,
            "message m { required binary host (STRING); required int64 ts (TIMESTAMP(MICROS,true));"
                + " required double cpu; }",
            points(),
            (point, group) ->
                group
                    .append("host", point.host)
                    .append("ts", point.time.toEpochMilli() * 1000)
                    .append("cpu", point.cpu));
    String[] options = {"--time", "ts", "--value", "cpu", "--id", "host", "--horizon", "30"};
    for (Object file : new Object[] {gzip, parquet}) {
      Run same = run(args("forecast", file, options, "--out", "-", "-q"));
      assertThat(same.out).isEqualTo(fromCsv.out);
    }
    try (InputStream in = Files.newInputStream(csv)) {
      assertThat(run(in, args("forecast", "-", options, "--out", "-", "-q")).out)
          .isEqualTo(fromCsv.out);
    }
    // Order and cut of the rows change nothing.
    List<Point> points = points();
    Path first = Files.writeString(folder.resolve("1.csv"), csv(points.subList(150, 400)));
    Path second = Files.writeString(folder.resolve("2.csv"), csv(points.subList(0, 150)));
    assertThat(run(args("forecast", first, second, options, "--out", "-", "-q")).out)
        .isEqualTo(fromCsv.out);
  }

  private static Object[] args(Object... parts) {
    return Arrays.stream(parts)
        .flatMap(part -> part instanceof String[] many ? Arrays.stream(many) : Stream.of(part))
        .toArray();
  }

  @Test
  void severalValueColumnsAreVariatesOfOneSeries() throws IOException {
    Path out = folder.resolve("f.json");
    Run run =
        run(
            "forecast",
            csv,
            "--value",
            "cpu,memory_bytes",
            "--id",
            "host",
            "--horizon",
            "4",
            "--quantiles",
            "0.5,0.1,0.25",
            "--out",
            out);
    assertThat(run.exit).isZero();
    List<String> lines = Files.readAllLines(out);
    assertThat(lines).hasSize(2 * 2 * 4);
    assertThat(lines.get(0))
        .startsWith("{\"host\":\"a\",\"variate\":\"cpu\",\"timestamp\":\"2026-11-22T03:20:00Z\"")
        .contains("\"q10\":", "\"q25\":", "\"q50\":")
        .doesNotContain("q90");
    assertThat(lines.get(4)).contains("\"variate\":\"memory_bytes\"");
  }

  @Test
  void aSeriesThatCannotBeForecastIsARowOfTheOutput() throws IOException {
    Files.writeString(csv, csv(points()) + "2026-11-22T00:00:00Z,c,,\n");
    Path out = folder.resolve("f.csv");
    Run run = forecast("--horizon", "2", "--out", out);
    assertThat(run.exit).isZero();
    assertThat(Files.readAllLines(out)).hasSize(1 + 2 * 2 + 1);
    assertThat(Files.readAllLines(out).get(5)).startsWith("c,,,,").endsWith(",builtin");
    assertThat(run.err).contains("1 of 3 series could not be forecast").contains("the first: c: ");
    assertThat(forecast("--horizon", "2", "--out", out, "--strict").exit).isEqualTo(1);
  }

  @Test
  void exitsWith1IfNoSeriesCouldBeForecast() throws IOException {
    Files.writeString(csv, "ts,host,cpu\n0,a,\n10,a,\n");
    Run run = forecast("--horizon", "2");
    assertThat(run.exit).isEqualTo(1);
    assertThat(run.out).contains("all_missing");
  }

  @Test
  void holdsBackWhatIsComparedAndPlotted() throws IOException {
    Path plot = folder.resolve("f.html");
    Run run = forecast("--holdout", "30m", "--plot", plot, "--out", "-");
    assertThat(run.exit).isZero();
    assertThat(run.out.lines().skip(1).findFirst().orElseThrow())
        .startsWith("a,2026-11-22T02:50:00Z,");
    assertThat(run.err).contains("of 60 actual values lie in the 80 % band").contains("f.html");
    assertThat(Files.readString(plot)).contains("actual", "pc-actual");
    assertThat(forecast("--holdout", "30", "--out", "-", "-q").out).isEqualTo(run.out);
  }

  @Test
  void drawsActualsOfAnotherFile() throws IOException {
    StringBuilder later = new StringBuilder("ts,host,cpu\n");
    for (int i = LENGTH - 5; i < LENGTH + 10; i++) {
      later.append(START.plusSeconds(60L * i)).append(",a,55\n");
    }
    Path actuals = Files.writeString(folder.resolve("later.csv"), later);
    Path plot = folder.resolve("f.png");
    Run run = forecast("--horizon", "10", "--plot", plot, "--actuals", actuals);
    assertThat(run.exit).isZero();
    assertThat(Files.size(plot)).isGreaterThan(10_000);
    Path html = folder.resolve("f.html");
    forecast("--horizon", "10", "--plot", html, "--actuals", actuals);
    assertThat(Files.readString(html).split("actual 55")).hasSize(1 + 10);
  }

  @Test
  void knownColumnsReachIntoTheFuture() throws IOException {
    StringBuilder text = new StringBuilder("ts,y,holiday\n");
    for (int i = 0; i < 120; i++) {
      text.append(60 * i).append(',').append(i < 110 ? "" + i % 10 : "");
      text.append(',').append(i % 7 == 0 ? 1 : 0).append('\n');
    }
    Path file = Files.writeString(folder.resolve("k.csv"), text);
    Run run =
        run(
            "forecast",
            file,
            "--value",
            "y",
            "--known",
            "holiday",
            "--horizon",
            "10",
            "--out",
            "-");
    assertThat(run.exit).isZero();
    assertThat(run.out.lines().skip(1).toList()).hasSize(10);
    assertThat(run.out).contains("1970-01-01T01:50:00Z").contains("1970-01-01T01:59:00Z,");
  }

  @Test
  void nonNegativeClamps() throws IOException {
    StringBuilder text = new StringBuilder("time,value\n");
    Random random = new Random(5);
    for (int i = 0; i < 100; i++) {
      text.append(10 * i).append(',').append(random.nextInt(10) == 0 ? 5 : 0).append('\n');
    }
    Path file = Files.writeString(folder.resolve("n.csv"), text);
    String free = run("forecast", file, "--horizon", "50", "--out", "-").out;
    String clamped = run("forecast", file, "--horizon", "50", "--out", "-", "--non-negative").out;
    assertThat(free).containsPattern(",-\\d");
    assertThat(clamped).doesNotContainPattern(",-[1-9]|,-0\\.0*[1-9]");
  }

  @Test
  void aContextLongerThanTheBufferIsForecastFromItsEnd() throws IOException {
    StringBuilder text = new StringBuilder("time,value\n");
    for (int i = 0; i < 3000; i++) {
      text.append(String.format(Locale.ROOT, "%d,%.3f%n", 10 * i, Math.sin(i / 9.0)));
    }
    List<String> lines = text.toString().lines().toList();
    Path whole = Files.writeString(folder.resolve("w.csv"), text);
    List<String> end = new ArrayList<>(List.of(lines.get(0)));
    end.addAll(lines.subList(lines.size() - 64, lines.size()));
    Path tail = Files.write(folder.resolve("t.csv"), end);
    String[] options = {"--context", "64", "--horizon", "20", "--out", "-", "-q"};
    assertThat(run(args("forecast", whole, options)).out)
        .isEqualTo(run(args("forecast", tail, options)).out);
  }

  @Test
  void outputFilesAppearWholeOrNotAtAll() throws IOException {
    Path out = Files.writeString(folder.resolve("f.csv"), "old");
    Files.writeString(csv, csv(points()) + "2026-11-22T00:00:00Z,a,fast,1\n");
    assertThat(forecast("--horizon", "2", "--out", out).exit).isEqualTo(3);
    assertThat(out).hasContent("old");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("cpu.csv", "f.csv");
    }
  }

  @Test
  void aClosedPipeEndsQuietly() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            InputStream.nullInputStream(),
            closed,
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    for (String[] more : new String[][] {{}, {"--out", "-"}}) {
      int exit =
          Patchcast.run(
              console,
              Stream.concat(
                      Stream.of(
                          "forecast",
                          csv.toString(),
                          "--value",
                          "cpu",
                          "--id",
                          "host",
                          "--horizon",
                          "2",
                          "-q"),
                      Arrays.stream(more))
                  .toArray(String[]::new));
      assertThat(exit).isEqualTo(141);
      assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }
  }

  static Stream<List<String>> badCommandLines() {
    return Stream.of(
        List.of("2", "a command is missing: forecast, serve, demo, models, doctor, verify"),
        List.of("2", "Unmatched argument", "nonsense"),
        List.of("2", "--horizon is missing", "forecast", "FILE", "--value", "cpu"),
        List.of("2", "Missing required parameter: 'FILE'", "forecast", "--horizon", "2"),
        List.of(
            "2",
            "--horizon: expected steps (96) or a duration",
            "forecast",
            "FILE",
            "--horizon",
            "1mo"),
        List.of(
            "2",
            "--horizon: horizon must be at least one step",
            "forecast",
            "FILE",
            "--horizon",
            "0"),
        List.of("2", "--horizon: expected", "forecast", "FILE", "--horizon", "-3h"),
        List.of(
            "2",
            "--step: expected a duration",
            "forecast",
            "FILE",
            "--horizon",
            "2",
            "--step",
            "often"),
        List.of(
            "2",
            "--zone: expected a time zone",
            "forecast",
            "FILE",
            "--horizon",
            "2",
            "--zone",
            "Berlin"),
        List.of(
            "2",
            "--model: model must be",
            "forecast",
            "FILE",
            "--horizon",
            "2",
            "--model",
            "nosuch"),
        List.of(
            "2",
            "backend must be auto or one of",
            "forecast",
            "FILE",
            "--value",
            "cpu",
            "--horizon",
            "2",
            "--backend",
            "gpu9"),
        List.of(
            "2",
            "between 0.1 and 0.9",
            "forecast",
            "FILE",
            "--horizon",
            "2",
            "--quantiles",
            "0.5,0.99"),
        List.of(
            "2",
            "Invalid value for option '--context'",
            "forecast",
            "FILE",
            "--horizon",
            "2",
            "--context",
            "long"),
        List.of(
            "2",
            "contextLength must be 0 or more",
            "forecast",
            "FILE",
            "--horizon",
            "2",
            "--context",
            "-1"),
        List.of(
            "2",
            "'cpu' is given twice",
            "forecast",
            "FILE",
            "--horizon",
            "2",
            "--value",
            "cpu",
            "--id",
            "cpu"),
        List.of(
            "2",
            "expected a file ending in .csv",
            "forecast",
            "FILE",
            "--value",
            "cpu",
            "--horizon",
            "2",
            "--out",
            "f.xlsx"),
        List.of(
            "2",
            "expected a plot file ending in .html or .png",
            "forecast",
            "FILE",
            "--value",
            "cpu",
            "--horizon",
            "2",
            "--plot",
            "f.svg"),
        List.of(
            "2",
            "--actuals are drawn into a plot",
            "forecast",
            "FILE",
            "--value",
            "cpu",
            "--horizon",
            "2",
            "--actuals",
            "FILE"),
        List.of("3", "nosuch.csv: no such file", "forecast", "nosuch.csv", "--horizon", "2"),
        List.of(
            "3",
            "no column 'value' (--value); its columns are: ts, host, cpu, memory_bytes",
            "forecast",
            "FILE",
            "--horizon",
            "2"),
        List.of(
            "3",
            "no column 'when' (--time)",
            "forecast",
            "FILE",
            "--value",
            "cpu",
            "--horizon",
            "2",
            "--time",
            "when"),
        List.of(
            "3",
            "there is no directory",
            "forecast",
            "FILE",
            "--value",
            "cpu",
            "--horizon",
            "2",
            "--out",
            "nosuch/f.csv"),
        List.of(
            "3",
            "config.json",
            "forecast",
            "FILE",
            "--value",
            "cpu",
            "--horizon",
            "2",
            "--model",
            "FOLDER"),
        List.of("2", "a command is missing: list, pull or info", "models"),
        List.of("3", "expected this file, found none", "models", "info", "FOLDER"),
        List.of("2", "--goldens=DIRECTORY | --model=MODEL", "verify"),
        List.of("3", "no such directory of goldens", "verify", "--goldens", "nosuch"),
        List.of("3", "no goldens: expected", "verify", "--goldens", "FOLDER"),
        List.of(
            "2",
            "backend must be auto or one of",
            "verify",
            "--model",
            "builtin",
            "--backend",
            "gpu9"));
  }

  @ParameterizedTest
  @MethodSource("badCommandLines")
  void saysInOneLineWhatIsWrong(List<String> line) {
    Object[] args =
        line.stream()
            .skip(2)
            .map(
                word ->
                    switch (word) {
                      case "FILE" -> csv.toString();
                      case "FOLDER" -> folder.toString();
                      default -> word;
                    })
            .toArray();
    Run run = run(args);
    assertThat(run.err).contains(line.get(1)).startsWith("patchcast: ");
    assertThat(run.exit).isEqualTo(Integer.parseInt(line.get(0)));
    assertThat(run.out).isEmpty();
    assertThat(run.err.lines().count()).isLessThanOrEqualTo(3);
    assertThat(run.err).doesNotContain("\tat ", "Exception");
  }

  @Test
  void verboseShowsTheStackTrace() {
    Run run = run("forecast", "nosuch.csv", "--horizon", "2", "--verbose");
    assertThat(run.exit).isEqualTo(3);
    assertThat(run.err).contains("\tat io.patchcast.table.Rows");
  }

  @Test
  void noRowsIsNoSeries() throws IOException {
    Files.writeString(csv, "ts,host,cpu\n");
    Run run = forecast("--horizon", "2");
    assertThat(run.exit).isEqualTo(3);
    assertThat(run.err).contains("no series: there are no rows after the header");
  }

  @Test
  void serveSaysWhatItCannotDo() throws IOException {
    Run open = run("serve", "--host", "0.0.0.0");
    assertThat(open.exit).isEqualTo(ExitCodes.USAGE);
    assertThat(open.err).contains("can be reached from other machines: give --token-file");
    Run span = run("serve", "--timeout", "5");
    assertThat(span.exit).isEqualTo(ExitCodes.USAGE);
    assertThat(span.err).contains("--timeout: expected a duration such as 30s, got 5");
    assertThat(run("serve", "--max-series", "0").err).contains("series must be at least 1, got 0");
    assertThat(run("serve", "--port", "70000").err).contains("port must be between 0 and 65535");
    Run missing = run("serve", "--token-file", folder.resolve("none"));
    assertThat(missing.exit).isEqualTo(ExitCodes.INPUT);
    assertThat(missing.err).contains("none: no token file that can be read");
    Path empty = Files.writeString(folder.resolve("empty"), "\n");
    Run tokenless = run("serve", "--port", "0", "--token-file", empty);
    assertThat(tokenless.exit).isEqualTo(ExitCodes.USAGE);
    assertThat(tokenless.err).contains("expected at least one token, one a line, found none");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Run busy = run("serve", "--port", taken.getLocalPort());
      assertThat(busy.exit).isEqualTo(ExitCodes.INPUT);
      assertThat(busy.err).contains("cannot listen at 127.0.0.1:" + taken.getLocalPort());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--help",
    "-h",
    "forecast --help",
    "serve --help",
    "demo --help",
    "models pull --help",
    "doctor -h",
    "verify --help",
    "--version"
  })
  void helpGoesToStandardOutput(String line) {
    Run run = run((Object[]) line.split(" "));
    assertThat(run.exit).isZero();
    assertThat(run.err).isEmpty();
    assertThat(run.out).containsIgnoringCase("patchcast");
  }

  @Test
  void theDemoForecastsItsData() throws IOException {
    Path directory = folder.resolve("demo");
    Run run = run("demo", "--dir", directory);
    assertThat(run.err).isEmpty();
    assertThat(run.exit).isZero();
    assertThat(run.out).contains("cpu_user_percent", "80 % band", "actual values lie in");
    assertThat(directory.resolve("forecast.html")).isNotEmptyFile();
    Run read =
        run(
            "forecast",
            directory.resolve("forecast.parquet"),
            "--value",
            "q50",
            "--id",
            "series",
            "--horizon",
            "3",
            "--out",
            "-",
            "-q");
    assertThat(read.exit).isZero();
    assertThat(read.out).contains("load1,");
  }

  @Test
  void theDoctorFindsTheForecastsRight() {
    Run run = run("doctor");
    assertThat(run.exit).isZero();
    assertThat(run.out).contains("Java", "processors", "scalar", "chosen", "heap", "All is well.");
  }

  @Test
  void verifiesTheBuiltInModelOnEveryBackend() {
    Run run = run("verify", "--model", "builtin");
    assertThat(run.exit).isZero();
    assertThat(run.out).contains("scalar").doesNotContain("FAILED");
  }

  @Test
  void describesTheBuiltInModel() {
    assertThat(run("models", "info", "builtin").out).contains("builtin", "32 steps");
    assertThat(run("models", "list").out).contains("builtin", "Datadog/Toto-2.0-4m");
  }
}
