package io.patchcast.table;

import java.util.Locale;
import java.util.Set;

/**
 * Reads the values of a CSV file.
 *
 * <p>Empty fields and {@code null, na, n/a, nan, none, inf, infinity, \N, -} (any case, with or
 * without a sign) are missing values: NaN.
 */
public final class Numbers {
  private static final Set<String> MISSING =
      Set.of("null", "na", "n/a", "nan", "none", "inf", "infinity", "\\n", "-");

  private Numbers() {}

  /**
   * The number in a field, or NaN.
   *
   * @throws NumberFormatException if there is something else
   */
  public static double parse(String field) {
    String text = field.strip();
    if (text.isEmpty()) {
      return Double.NaN;
    }
    char last = text.charAt(text.length() - 1);
    // Java's own grammar also takes 1d, 1f and 0x1p3; a file that has these means something else.
    if (((last >= '0' && last <= '9') || last == '.')
        && text.indexOf('x') < 0
        && text.indexOf('X') < 0) {
      return Double.parseDouble(text);
    }
    String word = text.toLowerCase(Locale.ROOT);
    if (MISSING.contains(word)
        || ((word.charAt(0) == '-' || word.charAt(0) == '+')
            && MISSING.contains(word.substring(1)))) {
      return Double.NaN;
    }
    throw new NumberFormatException("not a number: " + text);
  }
}
