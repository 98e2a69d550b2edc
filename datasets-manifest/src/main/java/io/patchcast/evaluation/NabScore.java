package io.patchcast.evaluation;

import java.util.List;

/**
 * The score of the Numenta Anomaly Benchmark.
 *
 * <p>Of each labelled window the earliest detection counts, and the earlier the more; one without a
 * detection costs 1. A detection outside of windows costs up to 0.11, less shortly after a window;
 * what the two cost is a matter of the profile, those are of <em>standard</em>. The first 15 % of a
 * file, at most 750 rows, are not scored. 0 is a detector that never detects, 100 one that detects
 * every window on its first row and nothing else.
 *
 * <p>Source: Lavin and Ahmad (2015), Evaluating Real-Time Anomaly Detection Algorithms: the Numenta
 * Anomaly Benchmark.
 */
final class NabScore {
  private static final double PROBATION_PART = 0.15;
  private static final int PROBATION_ROWS = 5000;

  /** Beyond this many widths after a window a detection is as wrong as it can be. */
  private static final double FAR = 3;

  private NabScore() {}

  /** What errors cost. */
  enum Profile {
    STANDARD(0.11, 1),
    /** Rewards a low rate of false positives. */
    LOW_FALSE_POSITIVES(0.22, 1),
    /** Rewards a low rate of false negatives. */
    LOW_FALSE_NEGATIVES(0.11, 2);

    private final double falsePositive;
    private final double falseNegative;

    Profile(double falsePositive, double falseNegative) {
      this.falsePositive = falsePositive;
      this.falseNegative = falseNegative;
    }
  }

  /**
   * A file as a detector sees it.
   *
   * @param scores [row] the higher the more anomalous; NaN = not looked at
   * @param windows first and last row of each label, ascending
   */
  record Detections(double[] scores, List<int[]> windows) {}

  /**
   * The score of all files together; NaN where they have no window.
   *
   * @param threshold rows whose score is at least this are detections
   */
  static double of(List<Detections> files, double threshold, Profile profile) {
    double raw = 0;
    int windowCount = 0;
    for (Detections file : files) {
      raw += raw(file, threshold, profile);
      windowCount += file.windows().size();
    }
    double never = -profile.falseNegative * windowCount;
    if (windowCount == 0) {
      return Double.NaN;
    }
    return 100 * (raw - never) / (windowCount - never);
  }

  /** The rows at the start of a file that are not scored. */
  static int probation(int rows) {
    return (int) Math.floor(PROBATION_PART * Math.min(rows, PROBATION_ROWS));
  }

  /** The score of one file, not scaled: at most the number of its windows. */
  static double raw(Detections file, double threshold, Profile profile) {
    double[] best = new double[file.windows().size()];
    java.util.Arrays.fill(best, -profile.falseNegative);
    double falsePositives = 0;
    int next = 0;
    int previous = -1;
    for (int row = 0; row < file.scores().length; row++) {
      while (next < best.length && file.windows().get(next)[1] < row) {
        previous = next++;
      }
      if (!(file.scores()[row] >= threshold) || row < probation(file.scores().length)) {
        continue;
      }
      if (next < best.length && file.windows().get(next)[0] <= row) {
        int[] window = file.windows().get(next);
        double position = -(window[1] - row + 1.0) / width(window);
        best[next] = Math.max(best[next], sigmoid(position) / sigmoid(-1));
      } else {
        double cost = -1;
        if (previous >= 0) {
          int[] window = file.windows().get(previous);
          // A window of a single row has no width to measure with.
          cost = width(window) < 2 ? -1 : sigmoid((row - window[1]) / (width(window) - 1.0));
        }
        falsePositives += cost * profile.falsePositive;
      }
    }
    double sum = falsePositives;
    for (double one : best) {
      sum += one;
    }
    return sum;
  }

  private static int width(int[] window) {
    return window[1] - window[0] + 1;
  }

  /** From almost 1 at the start of a window (−1) over 0 at its end to −1 far behind. */
  private static double sigmoid(double position) {
    return position > FAR ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
  }
}
