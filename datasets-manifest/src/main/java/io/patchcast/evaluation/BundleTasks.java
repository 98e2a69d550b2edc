package io.patchcast.evaluation;

import io.patchcast.datasets.Bundle;
import io.patchcast.datasets.BundleFile;
import io.patchcast.datasets.DatasetEntry;
import io.patchcast.datasets.DatasetManifest;
import io.patchcast.datasets.DatasetSeries;
import io.patchcast.datasets.Frequency;
import io.patchcast.table.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * The tasks of a bundle: those it lists; where it lists none, GIFT-Eval's rule, term short, on each
 * data set; and the protocols that follow from the names of its data sets, the long-sequence
 * protocol and M4.
 */
public final class BundleTasks {
  /** Name of the long-sequence protocol. */
  public static final String LONG_SEQUENCE = "LSF";

  private static final String OWN = "own (GIFT-Eval rule)";
  private static final List<DatasetEntry> ENTRIES = DatasetManifest.entries();

  /**
   * Hours of the long-sequence protocol: twelve months of training, four of validation and test.
   */
  private static final int LSF_TRAIN_HOURS = 8640;

  private static final int LSF_TEST_HOURS = 2880;
  private static final int LSF_END_HOURS = 14_400;
  private static final int[] LSF_HORIZONS = {96, 192, 336, 720};

  private BundleTasks() {}

  /**
   * A task and where its series come from.
   *
   * @param task what to forecast
   * @param series reads them
   */
  public record Loadable(EvaluationTask task, Supplier<List<DatasetSeries>> series) {}

  /** What the bundle lists, or GIFT-Eval's rule where it lists nothing. */
  public static List<Loadable> of(Bundle bundle) {
    List<Loadable> tasks = new ArrayList<>();
    for (Bundle.Configuration configuration : bundle.configurations()) {
      try {
        tasks.add(new Loadable(task(configuration), () -> bundle.series(configuration)));
      } catch (IllegalArgumentException e) {
        tasks.add(
            unreadable(
                configuration.benchmark(),
                configuration.name(),
                new InputException(e.getMessage(), e)));
      }
    }
    if (tasks.isEmpty()) {
      for (BundleFile file : bundle.files()) {
        tasks.add(own(bundle, file.dataset()));
      }
    }
    return tasks;
  }

  /** The task of a configuration, each series alone. */
  public static EvaluationTask task(Bundle.Configuration configuration) {
    return EvaluationTask.rolling(
            configuration.benchmark(),
            configuration.name(),
            configuration.horizon(),
            configuration.season(),
            configuration.windowCount())
        .withDomain(domain(configuration.benchmark(), configuration.name()))
        .endingBefore(configuration.endOffset());
  }

  /** The domain of the data set whose entry in the manifest names a task; else nothing. */
  private static String domain(String benchmark, String task) {
    return ENTRIES.stream()
        .filter(
            entry ->
                entry.protocols().stream()
                    .anyMatch(
                        protocol ->
                            protocol.benchmark().equals(benchmark)
                                && protocol.tasks().contains(task)))
        .map(DatasetEntry::domain)
        .findFirst()
        .orElse("");
  }

  /** Told when the task is run, so that it fails no other. */
  private static Loadable unreadable(String benchmark, String name, InputException reason) {
    return new Loadable(
        EvaluationTask.rolling(benchmark, name, 1, 1, 1),
        () -> {
          throw reason;
        });
  }

  private static Loadable own(Bundle bundle, String dataset) {
    List<DatasetSeries> series;
    try {
      series = bundle.series(dataset);
    } catch (InputException e) {
      return unreadable(OWN, dataset, e);
    }
    Frequency frequency = Frequency.of(series.get(0).step());
    int shortest = series.stream().mapToInt(one -> one.values().length).min().orElseThrow();
    int horizon = frequency.shortHorizon();
    return new Loadable(
        EvaluationTask.rolling(
            OWN,
            dataset + "/" + frequency + "/short",
            horizon,
            frequency.season(),
            EvaluationTask.giftEvalWindows(shortest, horizon)),
        () -> bundle.series(dataset));
  }

  /**
   * The long-sequence protocol on the transformer data sets: values standardised with mean and
   * standard deviation of the first twelve months, every origin of the last four of twenty, and of
   * the metrics MSE and MAE.
   *
   * @param stride steps from one window to the next; the published numbers have 1
   */
  public static List<Loadable> longSequence(Bundle bundle, int stride) {
    List<Loadable> tasks = new ArrayList<>();
    for (String dataset : List.of("ETTh1", "ETTh2", "ETTm1", "ETTm2")) {
      if (bundle.file(dataset).isEmpty()) {
        continue;
      }
      int perHour = dataset.startsWith("ETTm") ? 4 : 1;
      for (int horizon : LSF_HORIZONS) {
        int windows = (LSF_TEST_HOURS * perHour - horizon) / stride + 1;
        tasks.add(
            new Loadable(
                new EvaluationTask(
                    LONG_SEQUENCE,
                    dataset + "/" + horizon,
                    domain(LONG_SEQUENCE, dataset + "/" + horizon),
                    horizon,
                    24 * perHour,
                    windows,
                    stride,
                    0),
                () ->
                    bundle.series(dataset).stream()
                        .map(series -> standardised(series, perHour))
                        .toList()));
      }
    }
    return tasks;
  }

  private static DatasetSeries standardised(DatasetSeries series, int perHour) {
    int length = LSF_END_HOURS * perHour;
    if (series.values().length < length) {
      throw new InputException(
          "series "
              + series.id()
              + ": expected at least "
              + length
              + " rows, for twenty months, found "
              + series.values().length);
    }
    double[] values = series.truncated(length).values();
    int train = LSF_TRAIN_HOURS * perHour;
    double[] observed =
        Arrays.stream(values, 0, train).filter(value -> !Double.isNaN(value)).toArray();
    double mean = 0;
    for (double value : observed) {
      mean += value / observed.length;
    }
    double variance = 0;
    for (double value : observed) {
      variance += (value - mean) * (value - mean) / observed.length;
    }
    // A constant has none; like scikit-learn's scaler this leaves the others as far off as they
    // are.
    boolean isConstant = Arrays.stream(observed).distinct().count() <= 1;
    double deviation = isConstant ? 1 : Math.sqrt(variance);
    for (int t = 0; t < values.length; t++) {
      values[t] = (values[t] - mean) / deviation;
    }
    return series.with(values);
  }

  /** The M4 competition on the frequencies that the bundle holds. */
  public static List<Loadable> m4(Bundle bundle) {
    List<Loadable> tasks = new ArrayList<>();
    if (bundle.file("m4_hourly").isPresent()) {
      tasks.add(
          new Loadable(
              EvaluationTask.rolling("M4", "Hourly", 48, 24, 1).withDomain(domain("M4", "Hourly")),
              () -> bundle.series("m4_hourly")));
    }
    if (bundle.file("m4_weekly").isPresent()) {
      tasks.add(
          new Loadable(
              EvaluationTask.rolling("M4", "Weekly", 13, 1, 1).withDomain(domain("M4", "Weekly")),
              () -> bundle.series("m4_weekly")));
    }
    return tasks;
  }
}
