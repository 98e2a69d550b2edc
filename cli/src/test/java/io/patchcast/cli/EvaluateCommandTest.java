package io.patchcast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.table.ArrowFiles;
import io.patchcast.test.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evaluate} and {@code datasets} as a user runs them. */
class EvaluateCommandTest {
  private static final int LENGTH = 600;

  @TempDir private Path folder;
  private Path csv;

  private record Run(int exit, String out, String err) {}

  private static Run run(Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            InputStream.nullInputStream(),
            out,
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    int exit =
        Patchcast.run(console, Arrays.stream(args).map(String::valueOf).toArray(String[]::new));
    return new Run(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @BeforeEach
  void writeCsv() throws IOException {
    Random random = new Random(5);
    StringBuilder text = new StringBuilder("ts,host,cpu\n");
    for (int i = 0; i < LENGTH; i++) {
      Instant time = Instant.parse("2026-11-01T00:00:00Z").plusSeconds(3600L * i);
      for (String host : List.of("a", "b")) {
        double value = 50 + 20 * Math.sin(2 * Math.PI * i / 24) + random.nextGaussian();
        text.append(time).append(',').append(host).append(',').append(value).append('\n');
      }
    }
    // One row does not make a series.
    text.append("2026-11-01T00:00:00Z,lonely,1\n");
    csv = Files.writeString(folder.resolve("own.csv"), text.toString());
  }

  private Run own(Object... more) {
    Object[] args =
        List.of("evaluate", "--data", csv, "--time", "ts", "--value", "cpu", "--id", "host")
            .toArray();
    Object[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return run(all);
  }

  @Test
  void evaluatesOwnDataInOneCommand() throws IOException {
    Path out = folder.resolve("scores");
    Run run = own("--horizon", "24h", "--windows", "4", "--out", out);
    assertThat(run.exit).as(run.err).isEqualTo(ExitCodes.FAILED);
    assertThat(run.err).contains("series lonely: too_short: expected at least two different");
    assertThat(run.out).contains("own.csv/1h/24").contains("seasonal_naive").contains("builtin");
    JsonObject summary =
        JsonParser.parseString(Files.readString(out.resolve("summary.json"))).getAsJsonObject();
    JsonObject header = summary.getAsJsonObject("header");
    assertThat(header.get("backend").getAsString()).isNotEmpty();
    assertThat(header.get("weightsSha256").getAsString()).matches("[0-9a-f]{64}");
    assertThat(header.get("command").getAsString()).startsWith("patchcast evaluate --data ");
    summary
        .getAsJsonArray("scores")
        .forEach(
            score -> {
              assertThat(score.getAsJsonObject().get("windows").getAsInt()).isEqualTo(8);
              assertThat(score.getAsJsonObject().get("failures").getAsInt()).isZero();
            });
    List<String> table = Files.readAllLines(out.resolve("scores.csv"));
    assertThat(table).hasSize(1 + 6);
    assertThat(table.get(0).split(",", -1)).hasSize(15);
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("Worst windows")
        .contains("Calibration")
        .contains("lonely")
        .doesNotContain("http://www.w3.org/1999")
        .doesNotContain("<script");
    assertThat(Files.readAllLines(out.resolve("results.jsonl"))).hasSize(6);

    Run again = own("--horizon", "24h", "--windows", "4", "--out", out);
    assertThat(again.out).isEqualTo(run.out);
    assertThat(Files.readAllLines(out.resolve("results.jsonl"))).as("nothing anew").hasSize(6);
  }

  @Test
  void contextsAreScoredSideBySide() {
    Run run =
        own("--horizon", "6", "--windows", "2", "--context", "64,128", "--baselines", "naive");
    assertThat(run.out).contains("builtin, context 64").contains("builtin, context 128");
  }

  @Test
  void variatesAreScoredApartAndTogether() throws IOException {
    Path two = twoVariates();
    Run run = twoVariates(two, "--variates", "separate,joint");
    assertThat(run.exit).as(run.err).isZero();
    assertThat(run.out)
        .containsPattern("builtin, separate +6 ")
        .containsPattern("builtin, joint +6 ");
    assertThat(own("--variates", "both").err).contains("--variates").contains("'both'");
  }

  private Path twoVariates() throws IOException {
    StringBuilder text = new StringBuilder("ts,cpu,load\n");
    for (int i = 0; i < LENGTH; i++) {
      double value = 50 + 20 * Math.sin(2 * Math.PI * i / 24);
      text.append(1_700_000_000L + 3600L * i).append(',').append(value).append(',');
      text.append(value + i % 5).append('\n');
    }
    return Files.writeString(folder.resolve("two.csv"), text.toString());
  }

  private static Run twoVariates(Path file, Object... more) {
    List<Object> args = new ArrayList<>(List.of("evaluate", "--data", file, "--value", "cpu,load"));
    args.addAll(List.of("--horizon", "12", "--windows", "3", "--baselines", "seasonal_naive"));
    args.addAll(List.of(more));
    return run(args.toArray());
  }

  /** What each run calls its variants is its own affair, whatever wrote the log. */
  @Test
  void variantsKeepTheirNamesOverRunsOfOneDirectory() throws IOException {
    Path two = twoVariates();
    Path out = folder.resolve("scores");
    for (String how : List.of("separate", "joint")) {
      assertThat(twoVariates(two, "--variates", how, "--out", out).out).contains(" builtin  ");
    }
    Run both = twoVariates(two, "--variates", "separate,joint", "--out", out);
    assertThat(both.exit).as(both.err).isZero();
    assertThat(Files.readAllLines(out.resolve("results.jsonl"))).as("nothing anew").hasSize(3);
    assertThat(both.out)
        .containsPattern("builtin, separate +6 ")
        .containsPattern("builtin, joint +6 ")
        .doesNotContain(" builtin  ");
    assertThat(Files.readString(out.resolve("summary.md")))
        .contains("| **builtin, separate** |")
        .contains("| **builtin, joint** |");
    for (String[] twice :
        new String[][] {
          {"--variates", "joint,joint"},
          {"--context", "512,512"},
          {"--context", "0,2048"},
          {"--baselines", "naive,naive"}
        }) {
      Run refused = own(twice[0], twice[1]);
      assertThat(refused.exit).isEqualTo(ExitCodes.USAGE);
      assertThat(refused.err).contains("expected each forecaster once, got '");
    }
  }

  @Test
  void optionsThatHaveNoSayAreRefused() {
    assertThat(own("--stride", "0").err).contains("--stride must be at least 1, got 0");
    assertThat(own("--stride", "2").err).contains("--stride is for --benchmark LSF only");
    assertThat(own("--benchmark", "LSF").err).contains("--benchmark is for --bundle only");
    assertThat(own("--compare-models", "x").err).contains("--compare-models needs --compare");
    for (String option : List.of("--context=64", "--variates=joint", "--precision=f32")) {
      assertThat(own("--model", "none", option).err)
          .contains(option.substring(0, option.indexOf('=')) + " needs a model, got --model none");
    }
    assertThat(run("evaluate", "--bundle", folder, "--horizon", "3").err)
        .contains("--horizon is for --data only");
    for (String option : List.of("--tasks=x", "--variates=separate,joint", "--compare=x")) {
      assertThat(run("evaluate", "--anomalies", folder, option).err)
          .contains(option.substring(0, option.indexOf('=')) + " is not for --anomalies");
    }
    assertThat(own("--horizon", "6", "--windows", "1", "--variates", "joint").err)
        .contains("no task has several variates, so nothing is joined");
  }

  @Test
  void publishedScoresThatSayNothingAreRefused() throws IOException {
    Path other = folder.resolve("lsf.csv");
    Files.writeString(other, "dataset,horizon,method,MSE\nETTh1,96,naive,1.3\n");
    assertThat(own("--model", "none", "--compare", other).err)
        .contains("lsf.csv: no column model; its columns are: dataset, horizon, method, MSE");
    Path published = folder.resolve("published.csv");
    Files.writeString(published, "config,model,MASE,CRPS\na,first,1,1\na,second,1,1\n");
    Run typo = own("--model", "none", "--compare", published, "--compare-models", "first,secnod");
    assertThat(typo.exit).isEqualTo(ExitCodes.USAGE);
    assertThat(typo.err).contains("expected published models of [first, second], got 'secnod'");
  }

  @Test
  void withoutTheSeasonalNaiveTasksAreListedAsTheyAre() throws IOException {
    Path out = folder.resolve("scores");
    Run run =
        own(
            "--horizon",
            "6",
            "--windows",
            "2",
            "--model",
            "none",
            "--baselines",
            "naive",
            "--out",
            out);
    assertThat(run.out).contains("MSE").contains("MAE");
    assertThat(Files.readString(out.resolve("summary.md")))
        .contains("MASE / CRPS.")
        .contains("| task | windows | naive |")
        .containsPattern("own.csv/1h/6 \\| 4 \\| \\d");
    assertThat(Files.readString(out.resolve("report.html"))).doesNotContain("of LSF");
  }

  /** No label at all: any threshold is as good, and the band is what is told. */
  @Test
  void anomaliesOfFilesWithoutLabels() throws IOException {
    StringBuilder text = new StringBuilder("timestamp,value\n");
    for (int i = 0; i < 400; i++) {
      text.append(Instant.ofEpochSecond(300L * i)).append(',').append(i % 12).append('\n');
    }
    Files.writeString(folder.resolve("a.csv"), text.toString());
    Files.writeString(folder.resolve("combined_windows.json"), "{\"a.csv\": []}");
    Run run = run("evaluate", "--anomalies", folder, "--model", "none", "--baselines", "naive");
    assertThat(run.exit).as(run.err).isZero();
    assertThat(run.out).containsPattern("(?m)^naive +1.000 .*\\R^naive +1.000 .* - +- +- +0$");
  }

  @Test
  void wrongUseIsToldInOneLine() {
    assertThat(run("evaluate").err).contains("--bundle");
    assertThat(own("--baselines", "prophet").err)
        .contains("expected a baseline of [naive, seasonal_naive")
        .contains("got 'prophet'");
    assertThat(own("--backend", "vector", "--precision", "bf16").err)
        .contains("vector computes in f32, got precision bf16");
    assertThat(own("--horizon", "soon").err).contains("got 'soon'");
    assertThat(own("--tasks", "nothing*").err).contains("no task is called nothing*");
    assertThat(run("evaluate", "--bundle", folder).err)
        .contains("manifest.csv, or with data sets in GIFT-Eval's layout, found neither");
    assertThat(run("evaluate", "--anomalies", folder).err).contains("combined_windows.json");
    assertThat(own("--horizon", "2000d").err).contains("expected series of more than 48000 values");
  }

  @Test
  void evaluatesABundle() {
    Path bundle = SharedData.path("data/dev_eval");
    Run run =
        run(
            "evaluate",
            "--bundle",
            bundle,
            "--benchmark",
            "GIFT-Eval",
            "--tasks",
            "us_births/{D,M}/short",
            "--baselines",
            "seasonal_naive",
            "--compare",
            bundle.resolve("published/gift_eval.csv"),
            "--compare-models",
            "Toto-2.0-4m");
    assertThat(run.exit).as(run.err).isZero();
    assertThat(run.out)
        .contains("GIFT-Eval, 2 tasks")
        .containsPattern("us_births/D/short +seasonal_naive +20 +1.865 +0.1195")
        .contains("Toto-2.0-4m (published)");
    assertThat(run("evaluate", "--bundle", bundle, "--benchmark", "gift").err)
        .contains("--benchmark: expected some of [GIFT-Eval");
  }

  @Test
  void convertsAFileForSpark() {
    Path wide = folder.resolve("wide.parquet");
    Run run = run("datasets", "convert", csv.resolveSibling("nosuch"), "--out", wide);
    assertThat(run.exit).isEqualTo(ExitCodes.INPUT);
    assertThat(run("datasets", "list").out).contains("bizitobs_l2c").contains("CDLA-Sharing-1.0");
    assertThat(run("datasets", "info", "ETTh1").out)
        .contains("CC-BY-ND-4.0")
        .contains("f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066");
    assertThat(run("datasets", "info", "nosuch").err).contains("no data set 'nosuch'");
  }

  @Test
  void convertedFilesAreReadAgain() throws IOException {
    Path ragged = folder.resolve("r.csv");
    Files.writeString(ragged, "series_id,start,values\nb,2026-01,1 NaN 3\na,2026-01,4 5\n");
    Path out = folder.resolve("r.parquet");
    Run run = run("datasets", "convert", ragged, "--out", out, "--step", "1h");
    assertThat(run.exit).as(run.err).isZero();
    assertThat(run.err).contains("2 series, 5 rows");
    Run evaluated =
        run(
            "evaluate",
            "--data",
            out,
            "--id",
            "series",
            "--horizon",
            "1",
            "--windows",
            "1",
            "--baselines",
            "naive",
            "--model",
            "none");
    assertThat(evaluated.exit).as(evaluated.err).isZero();
    assertThat(evaluated.out).contains("r.parquet/1h/1");
    Path broken = folder.resolve("broken.csv");
    Files.writeString(broken, "series_id,values\na,1 x\n");
    Path never = folder.resolve("never.parquet");
    assertThat(run("datasets", "convert", broken, "--out", never).err)
        .contains("line 2: value 2: expected a number or NaN, found 'x'");
    assertThat(never).doesNotExist();
  }

  private static List<Object> day(String id, long start, int length) {
    double[] values = new double[length];
    Arrays.setAll(values, t -> 10 + (t % 24) + 0.01 * t);
    return List.of(id, start, "H", values);
  }

  /** A directory as GIFT-Eval's users have it: converted, read again, and scored as it is. */
  @Test
  void directoriesOfGiftEvalAreConvertedAndScored() throws IOException {
    Path data = folder.resolve("gift");
    ArrowFiles.stream(
        data.resolve("ett1/H/data-00000-of-00001.arrow"),
        ArrowFiles.GIFT_EVAL,
        1000,
        List.of(day("b", 0, 600), day("a", 3600, 500)));
    Files.writeString(
        data.resolve("ett1/H/state.json"),
        "{\"_data_files\": [{\"filename\": \"data-00000-of-00001.arrow\"}]}");
    Path out = folder.resolve("gift.parquet");
    Run converted = run("datasets", "convert", data, "--out", out);
    assertThat(converted.exit).as(converted.err).isZero();
    assertThat(converted.err).contains("2 series, 1,100 rows in " + out);
    Run own =
        run(
            "evaluate",
            "--data",
            out,
            "--id",
            "series",
            "--horizon",
            "48",
            "--windows",
            "2",
            "--baselines",
            "seasonal_naive",
            "--model",
            "none");
    assertThat(own.exit).as(own.err).isZero();
    Run gift =
        run(
            "evaluate",
            "--bundle",
            data,
            "--tasks",
            "ett1/H/{short,medium}",
            "--baselines",
            "seasonal_naive",
            "--model",
            "none");
    assertThat(gift.exit).as(gift.err).isZero();
    assertThat(gift.out)
        .containsPattern("ett1/H/short +seasonal_naive +4 ")
        .containsPattern("ett1/H/medium +seasonal_naive +2 ")
        .doesNotContain("ett1/H/long ");
    // What both ways have in common is the same to the digits shown.
    assertThat(scores(gift.out, "ett1/H/short")).isEqualTo(scores(own.out, "gift.parquet/1h/48"));
  }

  private static List<String> scores(String out, String task) {
    return out.lines()
        .filter(line -> line.startsWith(task + " "))
        .map(line -> line.substring(task.length()).strip())
        .toList();
  }

  @Test
  void damagedArrowFilesLeaveNothingAndFaultySeriesAreTold() throws IOException {
    Path good = folder.resolve("good.arrow");
    ArrowFiles.stream(
        good,
        ArrowFiles.GIFT_EVAL,
        1,
        List.of(
            day("a", 0, 30), List.of("bad", 0L, "fortnight", new double[] {1}), day("c", 0, 30)));
    Path out = folder.resolve("good.parquet");
    Run partly = run("datasets", "convert", good, "--out", out);
    assertThat(partly.exit).isEqualTo(ExitCodes.FAILED);
    assertThat(partly.err)
        .contains("patchcast: series 'bad' left out: good.arrow: frequency must be")
        .contains("2 series, 60 rows");
    byte[] bytes = Files.readAllBytes(good);
    Path cut = folder.resolve("cut.arrow");
    Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
    Path never = folder.resolve("never.parquet");
    Run broken = run("datasets", "convert", cut, "--out", never);
    assertThat(broken.exit).isEqualTo(ExitCodes.INPUT);
    assertThat(broken.err).contains(cut + ": damaged Arrow file: expected").contains("cut short");
    Path empty = folder.resolve("empty.arrow");
    ArrowFiles.stream(empty, ArrowFiles.GIFT_EVAL, 1, List.of());
    assertThat(run("datasets", "convert", empty, "--out", never).err)
        .contains("empty.arrow: expected at least one series, found none");
    Path bad = folder.resolve("bad.arrow");
    ArrowFiles.stream(
        bad, ArrowFiles.GIFT_EVAL, 1, List.of(List.of("b", 0L, "fortnight", new double[] {1})));
    assertThat(run("datasets", "convert", bad, "--out", never).err)
        .contains("patchcast: series 'b' left out: bad.arrow: frequency must be")
        .contains("bad.arrow: expected at least one series, found none");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files)
          .extracting(file -> file.getFileName().toString())
          .containsExactlyInAnyOrder(
              "good.arrow",
              "bad.arrow",
              "good.parquet",
              "cut.arrow",
              "empty.arrow",
              csv.getFileName().toString());
    }
  }

  @Test
  void aDamagedDataSetFailsNoOtherAndIsTold() throws IOException {
    Path data = folder.resolve("sets");
    ArrowFiles.stream(
        data.resolve("a/x.arrow"), ArrowFiles.GIFT_EVAL, 1, List.of(day("s", 0, 600)));
    Files.writeString(Files.createDirectories(data.resolve("ett1/H")).resolve("x.arrow"), "ARROW1");
    Path out = folder.resolve("sets.parquet");
    Run converted = run("datasets", "convert", data, "--out", out);
    assertThat(converted.exit).isEqualTo(ExitCodes.FAILED);
    assertThat(converted.err)
        .contains("patchcast: series 'ett1/H' left out: data set not read to its end: ")
        .contains("x.arrow: damaged Arrow file")
        .contains("1 series, 600 rows");
    Run scored =
        run(
            "evaluate",
            "--bundle",
            data,
            "--tasks",
            "{a/**,ett1/H/short}",
            "--baselines",
            "naive",
            "--model",
            "none");
    assertThat(scored.exit).isEqualTo(ExitCodes.FAILED);
    assertThat(scored.out + scored.err).contains("x.arrow: damaged Arrow file");
  }

  @Test
  void aFormatIsOfAFileOnly() throws IOException {
    Path never = folder.resolve("never.parquet");
    for (String what : List.of(folder.toString(), "us_births")) {
      Run run = run("datasets", "convert", what, "--format", "long", "--out", never);
      assertThat(run.exit).isEqualTo(ExitCodes.USAGE);
      assertThat(run.err).contains("--format: expected a file, got the").contains(what);
    }
    assertThat(run("datasets", "convert", "nosuch", "--format", "long", "--out", never).err)
        .contains("no data set 'nosuch'");
    assertThat(never).doesNotExist();
  }
}
