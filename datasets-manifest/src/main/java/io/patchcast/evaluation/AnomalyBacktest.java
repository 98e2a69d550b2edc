package io.patchcast.evaluation;

import io.patchcast.datasets.NabFiles;
import io.patchcast.evaluation.NabScore.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Detects anomalies as values outside of the band of a forecast, on labelled files, and scores the
 * detections.
 *
 * <p>Every 64 rows the next 64 are forecast from those before. The anomaly score of a row is its
 * distance from the median over the distance of the edge of the 80 % band on its side: above 1 the
 * value lies outside of the band. Rows before the end of NAB's probation are not looked at.
 *
 * @param files with their labels
 */
public record AnomalyBacktest(List<NabFiles.Labelled> files) {
  private static final int BLOCK = 64;
  private static final int CANDIDATES = 400;

  /** A band this narrow, relative to the value, is one of a constant: anything else is far away. */
  private static final double NARROWEST = 1e-9;

  /** Outside of the band means beyond its edge, not on it. */
  private static final double BAND = Math.nextUp(1.0);

  /** Far beyond every threshold. */
  private static final double FARTHEST = 1e6;

  public AnomalyBacktest {
    files = List.copyOf(files);
  }

  /**
   * What came out.
   *
   * @param forecaster whose bands they are, or the name of a detector
   * @param rows rows looked at
   * @param failures forecasts that could not be made; their rows are not looked at
   * @param windows labelled windows
   * @param factor the band, as a multiple of the 80 % band, outside of which a value was flagged;
   *     NaN for a detector without bands
   * @param flagged rows flagged
   * @param precision share of the flagged rows that lie in a labelled window
   * @param recall share of the labelled windows with a flagged row
   * @param nab NAB's score, profile standard
   * @param nabLowFalsePositives of its profile that rewards few false positives
   * @param nabLowFalseNegatives of its profile that rewards few false negatives
   */
  public record Result(
      String forecaster,
      long rows,
      int failures,
      int windows,
      double factor,
      long flagged,
      double precision,
      double recall,
      double nab,
      double nabLowFalsePositives,
      double nabLowFalseNegatives) {}

  /** NAB's own windowed Gaussian, at its threshold, for comparison. */
  public Result windowedGaussian() {
    List<NabScore.Detections> detections = windowedGaussianDetections();
    return result(
        "windowed_gaussian",
        detections,
        0,
        Double.NaN,
        thresholds(profile -> WindowedGaussian.THRESHOLD));
  }

  List<NabScore.Detections> windowedGaussianDetections() {
    List<NabScore.Detections> detections = new ArrayList<>();
    for (NabFiles.Labelled file : files) {
      double[] scores = WindowedGaussian.scores(file.series().values());
      Arrays.fill(scores, 0, NabScore.probation(scores.length), Double.NaN);
      detections.add(new NabScore.Detections(scores, labels(file)));
    }
    return detections;
  }

  /**
   * Scores a forecaster twice: flagging what lies outside of its 80 % band, and with the multiple
   * of the band that NAB's score is best for over all files, which is how NAB chooses thresholds;
   * for each profile another one, that of the standard profile being told.
   */
  public List<Result> run(WindowForecaster forecaster, java.util.function.IntConsumer progress) {
    List<NabScore.Detections> detections = new ArrayList<>();
    int failures = 0;
    for (int i = 0; i < files.size(); i++) {
      double[] scores = new double[files.get(i).series().values().length];
      failures += forecast(files.get(i), forecaster, scores);
      detections.add(new NabScore.Detections(scores, labels(files.get(i))));
      progress.accept(i + 1);
    }
    Map<Profile, Double> band = thresholds(profile -> BAND);
    double[] scores =
        detections.stream()
            .flatMapToDouble(file -> DoubleStream.of(file.scores()))
            .filter(score -> !Double.isNaN(score))
            .sorted()
            .toArray();
    Map<Profile, Double> best =
        scores.length == 0
            ? band
            : thresholds(profile -> bestThreshold(detections, scores, profile));
    return List.of(
        result(forecaster.label(), detections, failures, band.get(Profile.STANDARD), band),
        result(forecaster.label(), detections, failures, best.get(Profile.STANDARD), best));
  }

  private static Map<Profile, Double> thresholds(ToDoubleFunction<Profile> of) {
    Map<Profile, Double> thresholds = new EnumMap<>(Profile.class);
    for (Profile profile : Profile.values()) {
      thresholds.put(profile, of.applyAsDouble(profile));
    }
    return thresholds;
  }

  private static double bestThreshold(
      List<NabScore.Detections> detections, double[] sorted, Profile profile) {
    double best = BAND;
    double bestScore = NabScore.of(detections, best, profile);
    for (int i = 0; i < CANDIDATES; i++) {
      // Denser towards the top, where thresholds of anomalies lie.
      double part = Math.pow(10, -5.0 * i / CANDIDATES);
      double candidate = sorted[(int) ((sorted.length - 1) * (1 - part))];
      double score = NabScore.of(detections, candidate, profile);
      if (score > bestScore) {
        bestScore = score;
        best = candidate;
      }
    }
    return best;
  }

  /**
   * Fills in the anomaly score of each row, NaN where it is not looked at.
   *
   * @return how many forecasts could not be made
   */
  private static int forecast(
      NabFiles.Labelled file, WindowForecaster forecaster, double[] scores) {
    double[] values = file.series().values();
    Arrays.fill(scores, Double.NaN);
    int season = io.patchcast.datasets.Frequency.of(file.series().step()).season();
    EvaluatedSeries evaluated = new EvaluatedSeries(file.series(), season);
    List<Window> windows = new ArrayList<>();
    for (int origin = Math.max(1, NabScore.probation(values.length));
        origin < values.length;
        origin += BLOCK) {
      windows.add(
          new Window(
              evaluated,
              0,
              windows.size(),
              origin,
              Math.min(BLOCK, values.length - origin),
              season));
    }
    // The last block may be shorter, and a batch has one horizon.
    int last = windows.size() - 1;
    List<WindowForecast> forecasts = new ArrayList<>();
    if (last > 0) {
      forecasts.addAll(forecaster.forecast(windows.subList(0, last)));
    }
    forecasts.addAll(forecaster.forecast(windows.subList(last, last + 1)));
    int failures = 0;
    for (int i = 0; i < windows.size(); i++) {
      if (forecasts.get(i).failure() != null || !forecasts.get(i).isFinite()) {
        failures++;
      } else {
        for (int h = 0; h < windows.get(i).horizon(); h++) {
          scores[windows.get(i).origin() + h] =
              score(windows.get(i).actual(h), forecasts.get(i), h);
        }
      }
    }
    return failures;
  }

  private static double score(double actual, WindowForecast forecast, int step) {
    double median = forecast.median(step);
    double distance = Math.abs(actual - median);
    double edge =
        Math.abs(
            forecast.quantile(step, actual > median ? WindowForecast.LEVEL_COUNT - 1 : 0) - median);
    double least = NARROWEST * Math.max(1, Math.abs(median));
    return distance <= least ? 0 : Math.min(FARTHEST, distance / Math.max(edge, least));
  }

  /** Labels as rows: the first at or after the start, the last at or before the end. */
  private static List<int[]> labels(NabFiles.Labelled file) {
    List<int[]> labels = new ArrayList<>();
    for (long[] window : file.windows()) {
      int first = 0;
      while (first < file.timestamps().length && file.timestamps()[first] < window[0]) {
        first++;
      }
      int last = first;
      while (last + 1 < file.timestamps().length && file.timestamps()[last + 1] <= window[1]) {
        last++;
      }
      if (first < file.timestamps().length) {
        labels.add(new int[] {first, last});
      }
    }
    return labels;
  }

  /**
   * The result at a threshold per profile, that of the standard profile being the one that rows are
   * flagged at.
   */
  private static Result result(
      String forecaster,
      List<NabScore.Detections> detections,
      int failures,
      double factor,
      Map<Profile, Double> thresholds) {
    double threshold = thresholds.get(Profile.STANDARD);
    long rows = 0;
    long flagged = 0;
    long right = 0;
    int windows = 0;
    int found = 0;
    for (NabScore.Detections file : detections) {
      boolean[] labelled = new boolean[file.scores().length];
      for (int[] window : file.windows()) {
        Arrays.fill(labelled, window[0], window[1] + 1, true);
        boolean any = false;
        for (int row = window[0]; row <= window[1]; row++) {
          any |= file.scores()[row] >= threshold;
        }
        windows++;
        found += any ? 1 : 0;
      }
      for (int row = 0; row < labelled.length; row++) {
        rows += Double.isNaN(file.scores()[row]) ? 0 : 1;
        if (file.scores()[row] >= threshold) {
          flagged++;
          right += labelled[row] ? 1 : 0;
        }
      }
    }
    return new Result(
        forecaster,
        rows,
        failures,
        windows,
        factor,
        flagged,
        (double) right / flagged,
        (double) found / windows,
        NabScore.of(detections, threshold, Profile.STANDARD),
        score(detections, thresholds, Profile.LOW_FALSE_POSITIVES),
        score(detections, thresholds, Profile.LOW_FALSE_NEGATIVES));
  }

  private static double score(
      List<NabScore.Detections> detections, Map<Profile, Double> thresholds, Profile profile) {
    return NabScore.of(detections, thresholds.get(profile), profile);
  }
}
