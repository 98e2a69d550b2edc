package io.patchcast.forecast;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The columns of an output table: the id columns, {@code variate} where several value columns are
 * forecast, {@code timestamp}, one column per quantile level ({@code q10}, {@code q50}, {@code
 * q12_5}), {@code status}, {@code message}, {@code model}.
 *
 * <p>An id column that has the name of another output column is called {@code id_…} there.
 *
 * @param ids names of the id columns
 * @param hasVariate whether there is a {@code variate} column
 * @param levels the quantile levels
 * @param model what the {@code model} column says
 */
public record ForecastColumns(List<String> ids, boolean hasVariate, double[] levels, String model) {
  private static final int LEVEL_DIGITS = 10;

  public ForecastColumns {
    List<String> quantiles = new ArrayList<>();
    for (double level : levels) {
      quantiles.add(quantileName(level));
    }
    Set<String> own = Set.of("variate", "timestamp", "status", "message", "model");
    ids =
        ids.stream()
            .map(id -> own.contains(id) || quantiles.contains(id) ? "id_" + id : id)
            .toList();
  }

  /** The column names in order. */
  public List<String> names() {
    List<String> names = new ArrayList<>(ids);
    if (hasVariate) {
      names.add("variate");
    }
    names.add("timestamp");
    for (double level : levels) {
      names.add(quantileName(level));
    }
    names.addAll(List.of("status", "message", "model"));
    return names;
  }

  /** {@code q50} for 0.5, {@code q12_5} for 0.125. */
  public static String quantileName(double level) {
    return "q"
        + new BigDecimal(level)
            .movePointRight(2)
            .round(new MathContext(LEVEL_DIGITS))
            .stripTrailingZeros()
            .toPlainString()
            .replace('.', '_');
  }
}
