package io.patchcast.evaluation;

import java.util.function.ToDoubleFunction;

/**
 * Minimises a function of a few variables without derivatives: a simplex of points is reflected
 * away from its worst one, stretched, contracted, or shrunk towards its best one.
 *
 * <p>Source: Nelder and Mead (1965), A simplex method for function minimization, with the first
 * simplex and the ending of Nash (1990), Compact Numerical Methods for Computers, algorithm 19,
 * which R's {@code optim} and what is built on it have too: where the search ends before the
 * optimum, it does so where theirs does.
 */
final class NelderMead {
  private static final double TOLERANCE = Math.sqrt(Math.ulp(1.0));
  private static final double FIRST_STEP = 0.1;

  /** Stands for a value that is not finite. */
  private static final double HUGE = 1e35;

  private final ToDoubleFunction<double[]> function;
  private final int dimension;
  private final double[][] points;
  private final double[] values;
  private double size;
  private int evaluationCount;
  private int best;
  private int worst;

  private NelderMead(double[] start, ToDoubleFunction<double[]> function) {
    this.function = function;
    this.dimension = start.length;
    this.points = new double[dimension + 1][];
    this.values = new double[dimension + 1];
    points[0] = start.clone();
    values[0] = at(start);
    double step = 0;
    for (double value : start) {
      step = Math.max(step, FIRST_STEP * Math.abs(value));
    }
    for (int i = 0; i < dimension; i++) {
      points[i + 1] = start.clone();
      double trial = step == 0 ? FIRST_STEP : step;
      while (points[i + 1][i] == start[i]) {
        points[i + 1][i] = start[i] + trial;
        trial *= 10;
      }
      size += trial;
    }
  }

  /**
   * The point that the search ends at.
   *
   * @param start at which the function must be finite
   * @param function what is not finite lies outside of its domain; must not keep its argument
   * @param mostEvaluations after which it ends anyhow
   */
  static double[] minimum(
      double[] start, ToDoubleFunction<double[]> function, int mostEvaluations) {
    NelderMead search = new NelderMead(start, function);
    search.run(mostEvaluations);
    return search.points[search.best];
  }

  private double at(double[] point) {
    evaluationCount++;
    double value = function.applyAsDouble(point);
    return Double.isFinite(value) ? value : HUGE;
  }

  private void run(int mostEvaluations) {
    double enough = TOLERANCE * (Math.abs(values[0]) + TOLERANCE);
    evaluateAllButBest();
    while (evaluationCount <= mostEvaluations) {
      rank();
      if (values[worst] <= values[best] + enough) {
        return;
      }
      if (!replaceWorst()) {
        double shrunk = shrink();
        if (!(shrunk < size)) {
          return;
        }
        size = shrunk;
        evaluateAllButBest();
      }
    }
  }

  private void evaluateAllButBest() {
    for (int j = 0; j < points.length; j++) {
      if (j != best) {
        values[j] = at(points[j]);
      }
    }
  }

  private void rank() {
    worst = best;
    int lowest = best;
    for (int j = 0; j < points.length; j++) {
      lowest = values[j] < values[lowest] ? j : lowest;
      worst = values[j] > values[worst] ? j : worst;
    }
    best = lowest;
  }

  /** Finds a better point than the worst, unless there is none on the line through the others. */
  private boolean replaceWorst() {
    double[] centre = new double[dimension];
    for (int i = 0; i < dimension; i++) {
      double sum = -points[worst][i];
      for (double[] point : points) {
        sum += point[i];
      }
      centre[i] = sum / dimension;
    }
    double[] reflected = between(centre, points[worst], -1);
    double value = at(reflected);
    if (value < values[best]) {
      double[] stretched = between(centre, reflected, 2);
      double further = at(stretched);
      replace(further < value ? stretched : reflected, Math.min(further, value));
      return true;
    }
    boolean better = value < values[worst];
    if (better) {
      replace(reflected, value);
    }
    double[] contracted = between(centre, points[worst], 0.5);
    double nearer = at(contracted);
    if (nearer < values[worst]) {
      replace(contracted, nearer);
      return true;
    }
    return better;
  }

  /** The point at a part of the way from one to another. */
  private static double[] between(double[] from, double[] to, double part) {
    double[] point = new double[from.length];
    for (int i = 0; i < point.length; i++) {
      point[i] = (1 - part) * from[i] + part * to[i];
    }
    return point;
  }

  private void replace(double[] point, double value) {
    points[worst] = point;
    values[worst] = value;
  }

  /** Halves all distances from the best point; returns their sum. */
  private double shrink() {
    double size = 0;
    for (int j = 0; j < points.length; j++) {
      if (j != best) {
        points[j] = between(points[best], points[j], 0.5);
        for (int i = 0; i < dimension; i++) {
          size += Math.abs(points[j][i] - points[best][i]);
        }
      }
    }
    return size;
  }
}
