package io.patchcast.model;

import java.util.Arrays;
import java.util.Random;

/** Series with random shapes, values and gaps for tests. */
final class RandomSeries {
  private RandomSeries() {}

  /** A series of up to {@code variates} targets, gaps and unobserved patches among them. */
  static SeriesInput next(Random random, int patchSize, int variates, int knownCount) {
    int contextLength = 1 + random.nextInt(9 * patchSize);
    int horizon = 1 + random.nextInt(4 * patchSize);
    int targets = 1 + random.nextInt(variates);
    double[][] values = new double[targets + knownCount][];
    boolean[][] observed = new boolean[targets + knownCount][];
    long[] groupIds = new long[targets + knownCount];
    for (int v = 0; v < values.length; v++) {
      int length = v < targets ? contextLength : contextLength + horizon;
      values[v] = walk(random, length);
      observed[v] = mask(random, length, patchSize);
      groupIds[v] = random.nextInt(2);
    }
    return new SeriesInput(values, observed, groupIds, targets, contextLength, horizon);
  }

  static double[] walk(Random random, int length) {
    double[] values = new double[length];
    double level = 100 * random.nextGaussian();
    double slope = random.nextGaussian();
    double period = 5 + random.nextInt(40);
    for (int t = 0; t < length; t++) {
      level += slope * 0.1 + random.nextGaussian();
      values[t] = level + 10 * Math.sin(2 * Math.PI * t / period);
    }
    return values;
  }

  /** No gaps, single gaps, or a stretch without observations. */
  private static boolean[] mask(Random random, int length, int patchSize) {
    boolean[] mask = new boolean[length];
    Arrays.fill(mask, true);
    if (random.nextInt(3) == 0) {
      for (int t = 0; t < length; t++) {
        mask[t] = random.nextInt(5) > 0;
      }
    }
    if (random.nextInt(2) == 0) {
      int start = random.nextInt(length);
      Arrays.fill(mask, start, Math.min(length, start + 3 * patchSize), false);
    }
    return mask;
  }
}
