package io.patchcast.cli;

import io.patchcast.cli.data.TextTable;
import io.patchcast.cli.report.EvaluationPage;
import io.patchcast.datasets.Bundle;
import io.patchcast.datasets.NabFiles;
import io.patchcast.evaluation.AnomalyBacktest;
import io.patchcast.evaluation.Baseline;
import io.patchcast.evaluation.BundleTasks;
import io.patchcast.evaluation.CompetitionTable;
import io.patchcast.evaluation.EvaluationRun;
import io.patchcast.evaluation.GiftEvalCsv;
import io.patchcast.evaluation.MarkdownReport;
import io.patchcast.evaluation.ModelForecaster;
import io.patchcast.evaluation.PublishedScores;
import io.patchcast.evaluation.ResultLog;
import io.patchcast.evaluation.RunHeader;
import io.patchcast.evaluation.Summary;
import io.patchcast.evaluation.TaskScore;
import io.patchcast.evaluation.Variates;
import io.patchcast.evaluation.WindowForecaster;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.table.AtomicFile;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code patchcast evaluate}. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Scores a model and the baselines: on a bundle of benchmark data by its protocols, or on your",
      "own data with rolling windows. Exit status 1 if a task could not be scored."
    },
    footer = {
      "",
      "Examples:",
      "  patchcast evaluate --bundle dev_eval --benchmark GIFT-Eval \\",
      "      --compare dev_eval/published/gift_eval.csv --out scores",
      "  patchcast evaluate --data my.parquet --time ts --value cpu --id host \\",
      "      --horizon 24h --windows 20",
      "",
      "An evaluation that was broken off goes on where it stopped: scores are kept in",
      "results.jsonl in the directory of --out."
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final String ALL = "*";
  private static final String NO_MODEL = "none";
  private static final int SHOWN_ROWS = 30;

  @ParentCommand private Patchcast patchcast;
  @Spec private CommandSpec spec;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private What what;

  @Mixin private OwnData ownData;

  @Option(
      names = "--benchmark",
      paramLabel = "NAME",
      split = ",",
      description = {
        "Of a bundle, only these protocols: the names that it lists, and M4 and LSF where it holds",
        "their data (default: all that it lists)."
      })
  private List<String> benchmarks = List.of();

  @Option(
      names = "--tasks",
      paramLabel = "GLOB",
      defaultValue = ALL,
      description = "Only tasks of this name, such as 'ett1/*/short' (default: all).")
  private String taskGlob;

  @Option(
      names = "--stride",
      paramLabel = "STEPS",
      defaultValue = "1",
      description = "Of LSF, steps from window to window; published scores have ${DEFAULT-VALUE}.")
  private int stride;

  @Mixin private ModelOptions model;

  @Option(
      names = "--context",
      paramLabel = "STEPS",
      split = ",",
      description = {
        "Most steps of history the model sees; several lengths are scored side by side",
        "(default: what suits the model)."
      })
  private int[] contexts = {0};

  @Option(
      names = "--variates",
      paramLabel = "HOW",
      split = ",",
      defaultValue = "separate",
      description = {
        "separate: the model forecasts each variate from its own history; joint: the variates of a",
        "file together, from the history of all. Both are scored side by side",
        "(default: ${DEFAULT-VALUE})."
      })
  private List<Variates> variates;

  @Option(
      names = "--baselines",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "naive,seasonal_naive,drift,theta,ets",
      description = {
        "naive, seasonal_naive, drift, theta, ets, naive2, ses, holt, damped, comb; relative scores",
        "need seasonal_naive, M4's OWA naive2; with --model none they alone are scored. ets is slow:",
        "six models are fitted to each window",
        "(default: ${DEFAULT-VALUE})."
      })
  private List<String> baselines;

  @Option(
      names = "--compare",
      paramLabel = "FILE",
      description = {
        "Published scores: CSV with columns config (or task_name, dataset_config), model, MASE and",
        "CRPS (or WQL), or the tables of M4."
      })
  private List<Path> compared = List.of();

  @Option(
      names = "--compare-models",
      paramLabel = "NAME",
      split = ",",
      description = "Only these of the published models (default: all).")
  private List<String> comparedModels = List.of();

  @Option(
      names = "--leakage",
      paramLabel = "TEXT",
      description = "Whether the model was trained on these data, for the header of the results.")
  private String leakage;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = {
        "Writes results.jsonl, scores.csv (GIFT-Eval's fifteen columns), summary.json, summary.md",
        "and report.html into this directory."
      })
  private Path out;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress; errors are still told.")
  private boolean quiet;

  /** What to evaluate on; one of the three. */
  private static final class What {
    @Option(
        names = "--bundle",
        paramLabel = "DIR",
        required = true,
        description = {
          "A directory with manifest.csv and the files it lists, or a directory of data sets as",
          "GIFT-Eval has them."
        })
    private Path bundle;

    @Option(
        names = "--data",
        paramLabel = "FILE",
        required = true,
        description = "Your own CSV or Parquet: long format, one row per series and timestamp.")
    private String data;

    @Option(
        names = "--anomalies",
        paramLabel = "DIR",
        required = true,
        description = {
          "NAB's labelled files with combined_windows.json: flags what lies outside of the band, tells",
          "precision, recall and NAB's score."
        })
    private Path anomalies;
  }

  /** What has no say in an evaluation is refused: whoever gave it expects something of it. */
  private void requireSense() {
    if (stride < 1) {
      throw usage("--stride must be at least 1, got " + stride);
    }
    if (model.model().equals(NO_MODEL)) {
      refuse(
          "needs a model, got --model none",
          "--context",
          "--variates",
          "--backend",
          "--precision",
          "--leakage");
    }
    if (what.anomalies != null) {
      refuse(
          "is not for --anomalies",
          "--benchmark",
          "--tasks",
          "--stride",
          "--variates",
          "--compare",
          "--compare-models",
          "--leakage");
    }
    if (what.data == null) {
      refuse(
          "is for --data only",
          "--time",
          "--value",
          "--id",
          "--horizon",
          "--windows",
          "--season",
          "--step",
          "--zone");
    } else {
      refuse("is for --bundle only", "--benchmark");
    }
    if (!benchmarks.contains(BundleTasks.LONG_SEQUENCE)) {
      refuse("is for --benchmark " + BundleTasks.LONG_SEQUENCE + " only", "--stride");
    }
    if (compared.isEmpty()) {
      refuse("needs --compare", "--compare-models");
    }
  }

  private void refuse(String reason, String... options) {
    for (String option : options) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw usage(option + " " + reason);
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    requireSense();
    List<Baseline> wanted = new ArrayList<>();
    for (String name : baselines) {
      wanted.add(option(() -> Baseline.of(name)));
    }
    if (what.anomalies != null) {
      return anomalies(wanted);
    }
    OwnData.Tasks own =
        what.data == null ? null : ownData.read(what.data, patchcast.console(), spec, !quiet);
    List<BundleTasks.Loadable> tasks =
        (own == null ? bundleTasks() : own.tasks())
            .stream().filter(task -> matcher().matches(Path.of(task.task().name()))).toList();
    if (tasks.isEmpty()) {
      throw new InputException(
          (own == null ? what.bundle.toString() : what.data)
              + ": no task is called "
              + taskGlob
              + (own == null ? "" : "; " + String.join("; ", own.faults().values())));
    }
    PublishedScores published = PublishedScores.none();
    for (Path file : compared) {
      List<PublishedScores.Row> rows = new ArrayList<>(published.scores());
      rows.addAll(PublishedScores.read(file).scores());
      published = new PublishedScores(rows);
    }
    if (!comparedModels.isEmpty()) {
      PublishedScores all = published;
      published = option(() -> all.of(comparedModels));
    }
    if (out != null) {
      Files.createDirectories(out);
    }
    Path kept = out == null ? Files.createTempDirectory("patchcast") : out;
    try {
      return evaluate(tasks, wanted, published, kept, own);
    } finally {
      if (out == null) {
        Files.deleteIfExists(kept.resolve("results.jsonl"));
        Files.delete(kept);
      }
    }
  }

  private Integer anomalies(List<Baseline> wanted) throws IOException {
    AnomalyBacktest backtest = new AnomalyBacktest(NabFiles.read(what.anomalies));
    if (out != null) {
      Files.createDirectories(out);
    }
    int count = backtest.files().size();
    List<AnomalyBacktest.Result> results = new ArrayList<>();
    try (Forecaster forecaster = forecaster();
        ProgressBar bar = new ProgressBar(patchcast.console(), !quiet)) {
      List<EvaluationRun.Contestant> contestants = contestants(forecaster, wanted);
      for (int i = 0; i < contestants.size(); i++) {
        WindowForecaster one = contestants.get(i).forecaster();
        double before = (double) i / contestants.size();
        results.addAll(
            backtest.run(
                one,
                done ->
                    bar.update(
                        "anomalies: " + one.label(),
                        before + (double) done / count / contestants.size())));
      }
    }
    TextTable table =
        new TextTable(
            "forecaster",
            ">outside of 80 % band \u00d7",
            ">rows",
            ">flagged",
            ">precision",
            ">recall",
            ">NAB score",
            ">low FP",
            ">low FN",
            ">failed");
    results.add(backtest.windowedGaussian());
    for (AnomalyBacktest.Result result : results) {
      table.row(
          result.forecaster(),
          number(result.factor()),
          String.valueOf(result.rows()),
          String.valueOf(result.flagged()),
          number(result.precision()),
          number(result.recall()),
          tenths(result.nab()),
          tenths(result.nabLowFalsePositives()),
          tenths(result.nabLowFalseNegatives()),
          String.valueOf(result.failures()));
    }
    patchcast
        .console()
        .print(
            table
                + "\n"
                + count
                + " labelled files, "
                + (results.isEmpty() ? 0 : results.get(0).windows())
                + " labelled windows. Each forecaster twice: at its 80 % band, and at the multiple"
                + " of it that NAB's score is best for; windowed_gaussian is a detector of NAB's."
                + " Scores by NAB's profiles: standard, few false positives, few false negatives."
                + " failed: forecasts of 64 rows that could not be made.\n");
    if (out != null) {
      write("anomalies.json", ResultLog.json(results));
    }
    List<String> silent =
        results.stream()
            .filter(result -> result.rows() == 0)
            .map(AnomalyBacktest.Result::forecaster)
            .distinct()
            .toList();
    silent.forEach(name -> patchcast.console().say("patchcast: " + name + ": made no forecast"));
    return silent.isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private Forecaster forecaster() throws IOException {
    if (model.model().equals(NO_MODEL)) {
      return null;
    }
    option(model::source);
    return model.open(new HubDownloads(patchcast.console(), !quiet));
  }

  private PathMatcher matcher() {
    // One star means any name, slashes included.
    return FileSystems.getDefault()
        .getPathMatcher("glob:" + (taskGlob.equals(ALL) ? "**" : taskGlob));
  }

  private List<BundleTasks.Loadable> bundleTasks() {
    Bundle bundle = Bundle.open(what.bundle);
    List<BundleTasks.Loadable> listed = BundleTasks.of(bundle);
    if (benchmarks.isEmpty()) {
      return listed;
    }
    List<BundleTasks.Loadable> all = new ArrayList<>(listed);
    all.addAll(BundleTasks.m4(bundle));
    all.addAll(BundleTasks.longSequence(bundle, stride));
    Set<String> names = new LinkedHashSet<>();
    all.forEach(task -> names.add(task.task().benchmark()));
    for (String benchmark : benchmarks) {
      if (!names.contains(benchmark)) {
        throw usage("--benchmark: expected some of " + names + ", got '" + benchmark + "'");
      }
    }
    return all.stream().filter(task -> benchmarks.contains(task.task().benchmark())).toList();
  }

  private Integer evaluate(
      List<BundleTasks.Loadable> tasks,
      List<Baseline> wanted,
      PublishedScores published,
      Path kept,
      OwnData.Tasks own)
      throws IOException {
    long start = System.nanoTime();
    try (Forecaster forecaster = forecaster();
        ProgressBar bar = new ProgressBar(patchcast.console(), !quiet)) {
      List<EvaluationRun.Contestant> contestants = contestants(forecaster, wanted);
      EvaluationRun run =
          new EvaluationRun(
              ResultLog.open(kept.resolve("results.jsonl")),
              (task, name, done) -> bar.update(task + ": " + name, done));
      if (own != null) {
        own.faults().forEach(run::addFault);
      }
      run.run(tasks, contestants);
      bar.close();
      double seconds = (System.nanoTime() - start) / 1e9;
      RunHeader header = header(forecaster, tasks, run, seconds);
      List<Summary> summaries = Summary.of(run.scores(), published);
      List<CompetitionTable> competition = CompetitionTable.of(run.scores(), published);
      print(run.scores(), summaries, competition);
      if (variates.contains(Variates.JOINT)
          && run.scores().stream().allMatch(score -> score.variateCount() == 1)) {
        patchcast
            .console()
            .say("patchcast: --variates joint: no task has several variates, so nothing is joined");
      }
      run.faults()
          .forEach((task, reason) -> patchcast.console().say("patchcast: " + task + ": " + reason));
      if (out != null) {
        write(header, run, summaries, competition);
      }
      if (!quiet) {
        patchcast
            .console()
            .say(
                String.format(
                    Locale.ROOT,
                    "%,d windows of %d tasks scored in %.1f s%s",
                    header.windows(),
                    tasks.size(),
                    seconds,
                    out == null ? "" : "; results in " + out));
      }
      return run.faults().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
    }
  }

  private List<EvaluationRun.Contestant> contestants(Forecaster forecaster, List<Baseline> wanted) {
    List<EvaluationRun.Contestant> contestants = new ArrayList<>();
    String program = Commit.identify();
    for (Baseline baseline : wanted) {
      contestants.add(
          new EvaluationRun.Contestant(baseline, baseline.label() + " " + program, false));
    }
    if (forecaster == null) {
      return different(contestants);
    }
    ModelInfo info = forecaster.model();
    for (int context : contexts) {
      for (Variates together : variates) {
        ForecastOptions options =
            option(() -> ForecastOptions.defaults().withContextLength(context));
        int length = context == 0 ? info.contextLength() : context;
        String name =
            info.name()
                + (contexts.length > 1 ? ", context " + length : "")
                + (variates.size() > 1 ? ", " + together : "");
        ModelForecaster one = new ModelForecaster(forecaster, options, together, name);
        String key =
            String.join(
                " ",
                info.name(),
                info.weightsSha256(),
                info.backend(),
                precision(info),
                String.valueOf(length),
                together.toString(),
                program);
        // Of the first variant the best and worst windows are shown.
        boolean shown = context == contexts[0] && together == variates.get(0);
        contestants.add(new EvaluationRun.Contestant(one, key, shown));
      }
    }
    return different(contestants);
  }

  private List<EvaluationRun.Contestant> different(List<EvaluationRun.Contestant> contestants) {
    return option(
        () -> {
          EvaluationRun.requireDifferent(contestants);
          return contestants;
        });
  }

  /** In what the model computes: its backend's name says it, where that is not f32. */
  private static String precision(ModelInfo info) {
    int colon = info.backend().indexOf(':');
    return colon < 0 ? "f32" : info.backend().substring(colon + 1);
  }

  private RunHeader header(
      Forecaster forecaster, List<BundleTasks.Loadable> tasks, EvaluationRun run, double seconds) {
    ModelInfo info = forecaster == null ? null : forecaster.model();
    Set<String> protocols = new LinkedHashSet<>();
    tasks.forEach(task -> protocols.add(task.task().benchmark()));
    return new RunHeader(
        info == null ? "" : info.name(),
        info == null ? "" : info.weightsSha256(),
        leakage != null
            ? leakage
            : model.model().equals("builtin")
                ? "no: pretrained on synthetic series only"
                : "not stated (--leakage)",
        info == null ? "" : info.backend(),
        info == null ? "" : precision(info),
        Runtime.getRuntime().availableProcessors(),
        Arrays.stream(contexts)
            .mapToObj(context -> context == 0 && info != null ? info.contextLength() : context)
            .toList(),
        variates,
        Runtime.version().toString(),
        Commit.describe(),
        List.copyOf(protocols),
        run.dataFingerprint(),
        run.scores().stream().mapToLong(TaskScore::windows).sum(),
        seconds,
        ResidentMemory.peakBytes(),
        command());
  }

  /** The command line, to be pasted into a shell. */
  private String command() {
    List<String> words = new ArrayList<>(List.of("patchcast"));
    for (String word : spec.commandLine().getParent().getParseResult().originalArgs()) {
      words.add(word.matches("[\\w./,:=@+-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
    }
    return String.join(" ", words);
  }

  private void print(
      List<TaskScore> scores, List<Summary> summaries, List<CompetitionTable> competition) {
    TextTable table =
        new TextTable(
            "task",
            "forecaster",
            ">windows",
            ">MASE",
            ">CRPS",
            ">ND",
            ">coverage",
            ">failed",
            ">MSE",
            ">MAE");
    for (TaskScore score : scores) {
      table.row(
          score.task(),
          score.forecaster(),
          String.valueOf(score.windows()),
          number(score.mase()),
          number(score.crps()),
          number(score.nd()),
          String.format(Locale.ROOT, "%.2f", score.coverage()),
          String.valueOf(score.failures() + score.tooShort()),
          number(score.mse()),
          number(score.mae()));
    }
    patchcast.console().print(table.toString());
    for (CompetitionTable one : competition) {
      TextTable rows =
          new TextTable("M4 " + one.task(), ">sMAPE %", ">MASE", ">OWA", ">MSIS", ">MSIS80");
      one.rows().stream()
          .limit(SHOWN_ROWS)
          .forEach(
              row ->
                  rows.row(
                      row.forecaster(),
                      number(row.smape()),
                      number(row.mase()),
                      number(row.owa()),
                      number(row.msis95()),
                      number(row.msis80())));
      patchcast.console().print("\n" + rows);
    }
    for (Summary summary : summaries) {
      TextTable rows =
          new TextTable(
              "forecaster",
              ">rel. MASE",
              ">rel. " + summary.metric(),
              ">95 % interval",
              ">rank",
              ">win %");
      summary.rows().stream()
          .limit(SHOWN_ROWS)
          .forEach(
              row ->
                  rows.row(
                      row.forecaster(),
                      number(row.mase()),
                      number(row.crps()),
                      String.format(
                          Locale.ROOT, "%.3f–%.3f", row.crpsInterval()[0], row.crpsInterval()[1]),
                      String.format(Locale.ROOT, "%.1f", row.meanRank()),
                      String.format(Locale.ROOT, "%.0f", 100 * row.winRate())));
      patchcast
          .console()
          .print(
              "\n"
                  + summary.benchmark()
                  + ", "
                  + summary.taskCount()
                  + " tasks, relative to the seasonal naive\n"
                  + rows);
    }
  }

  private static String tenths(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4g", value);
  }

  private void write(
      RunHeader header,
      EvaluationRun run,
      List<Summary> summaries,
      List<CompetitionTable> competition)
      throws IOException {
    try (AtomicFile file = AtomicFile.at(out.resolve("scores.csv"))) {
      GiftEvalCsv.write(file.partial(), run.scores());
      file.commit();
    }
    MarkdownReport markdown =
        new MarkdownReport(header, run.scores(), summaries, competition, run.faults());
    write("summary.json", ResultLog.json(new Report(header, summaries, competition, run.scores())));
    write("summary.md", "# Evaluation\n\n" + markdown.text());
    write("report.html", new EvaluationPage(header, run, summaries, competition).html());
  }

  /** What {@code summary.json} holds. */
  private record Report(
      RunHeader header,
      List<Summary> summaries,
      List<CompetitionTable> competition,
      List<TaskScore> scores) {}

  private void write(String name, String text) throws IOException {
    try (AtomicFile file = AtomicFile.at(out.resolve(name))) {
      Files.writeString(file.partial(), text);
      file.commit();
    }
  }

  private interface Parsing<T> {
    T parse();
  }

  private <T> T option(Parsing<T> parsing) {
    try {
      return parsing.parse();
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
