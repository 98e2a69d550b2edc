import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Says how far two tables of forecasts are apart: {@code java CompareForecasts.java EXPECTED FOUND}.
 *
 * <p>Both are CSV with a header, one row per series and step in the order of the steps: the series
 * first, and somewhere columns {@code q10 … q90}; other columns are not looked at. Prints {@code
 * SERIES VALUES ULPS}: how many series and values were compared, and the largest distance of two
 * values in units in the last place (0 = the same bits). Ends with status 1 where series, steps or
 * columns differ.
 */
final class CompareForecasts {
  private CompareForecasts() {}

  /** The quantiles of each series, step after step. */
  private static Map<String, List<double[]>> read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    List<String> header = Arrays.asList(lines.get(0).split(",", -1));
    int[] columns = new int[9];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = header.indexOf("q" + 10 * (i + 1));
      if (columns[i] < 0) {
        throw new IllegalArgumentException(
            file + ": expected a column q" + 10 * (i + 1) + ", found " + header);
      }
    }
    Map<String, List<double[]>> series = new LinkedHashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      double[] quantiles = new double[columns.length];
      for (int i = 0; i < columns.length; i++) {
        quantiles[i] = Double.parseDouble(cells[columns[i]]);
      }
      series.computeIfAbsent(cells[0], id -> new ArrayList<>()).add(quantiles);
    }
    return series;
  }

  /** How many doubles lie between two, both of them finite. */
  private static long ulps(double a, double b) {
    if (!Double.isFinite(a) || !Double.isFinite(b)) {
      throw new IllegalArgumentException("expected numbers, found " + a + " and " + b);
    }
    return Math.abs(ordered(a) - ordered(b));
  }

  /** Doubles as integers in the same order, neighbours one apart. */
  private static long ordered(double value) {
    long bits = Double.doubleToLongBits(value);
    return bits < 0 ? Long.MIN_VALUE - bits : bits;
  }

  public static void main(String[] args) throws IOException {
    Map<String, List<double[]>> expected = read(Path.of(args[0]));
    Map<String, List<double[]>> found = read(Path.of(args[1]));
    if (!expected.keySet().equals(found.keySet())) {
      System.err.println("expected series " + expected.keySet() + ", found " + found.keySet());
      System.exit(1);
    }
    long values = 0;
    long most = 0;
    for (String id : expected.keySet()) {
      List<double[]> steps = expected.get(id);
      List<double[]> others = found.get(id);
      if (steps.size() != others.size()) {
        System.err.println(
            id + ": expected " + steps.size() + " steps, found " + others.size());
        System.exit(1);
      }
      for (int step = 0; step < steps.size(); step++) {
        for (int i = 0; i < steps.get(step).length; i++) {
          most = Math.max(most, ulps(steps.get(step)[i], others.get(step)[i]));
          values++;
        }
      }
    }
    System.out.println(expected.size() + " " + values + " " + most);
  }
}
