package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A step as benchmarks write it: {@code 10S}, {@code 5T}, {@code H}, {@code D}, {@code W}, {@code
 * M}, {@code Q}, {@code A}.
 *
 * @param amount how many units
 * @param unit the letter
 */
public record Frequency(int amount, char unit) {
  private static final Pattern TEXT = Pattern.compile("(\\d{0,5})([STHDWMQA])");
  private static final int LONGEST_SHORT_HORIZON = 60;

  /** Reads {@code 15T}, {@code 5min}, {@code H}, {@code h}, {@code Y} and the like. */
  public static Frequency parse(String text) {
    String upper =
        text.strip()
            .replace("min", "T")
            .replaceFirst("^(\\d*)([sh])$", "$1$2")
            .toUpperCase(java.util.Locale.ROOT)
            .replaceFirst("^(\\d*)([WQAY])-[A-Z]{3}$", "$1$2")
            .replaceFirst("^(\\d*)(M|Q|Y|A)[SE]$", "$1$2")
            .replace('Y', 'A')
            .replaceFirst("B$", "D");
    Matcher matcher = TEXT.matcher(upper);
    if (!matcher.matches() || matcher.group(1).equals("0")) {
      throw new IllegalArgumentException(
          "frequency must be a number and one of S, T, H, D, W, M, Q, A, such as 15T; got '"
              + text
              + "'");
    }
    int amount = matcher.group(1).isEmpty() ? 1 : Integer.parseInt(matcher.group(1));
    return new Frequency(amount, matcher.group(2).charAt(0));
  }

  /** Whether a text is a frequency. */
  public static boolean isFrequency(String text) {
    try {
      return parse(text) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The frequency of a step. */
  public static Frequency of(Step step) {
    double seconds = step.meanMillis() / 1000;
    if (step.unit() == ChronoUnit.MONTHS) {
      return switch ((int) step.amount()) {
        case 12 -> new Frequency(1, 'A');
        case 3 -> new Frequency(1, 'Q');
        default -> new Frequency((int) step.amount(), 'M');
      };
    }
    long whole = Math.max(1, Math.round(seconds));
    if (whole % 604_800 == 0) {
      return new Frequency((int) (whole / 604_800), 'W');
    }
    if (whole % 86_400 == 0) {
      return new Frequency((int) (whole / 86_400), 'D');
    }
    if (whole % 3600 == 0) {
      return new Frequency((int) (whole / 3600), 'H');
    }
    return whole % 60 == 0
        ? new Frequency((int) (whole / 60), 'T')
        : new Frequency((int) whole, 'S');
  }

  /** The step: fixed up to weeks, calendar months beyond. */
  public Step step() {
    return switch (unit) {
      case 'S' -> Step.of(Duration.ofSeconds(amount));
      case 'T' -> Step.of(Duration.ofMinutes(amount));
      case 'H' -> Step.of(Duration.ofHours(amount));
      case 'D' -> Step.of(Duration.ofDays(amount));
      case 'W' -> Step.of(Duration.ofDays(7L * amount));
      case 'M' -> months(1);
      case 'Q' -> months(3);
      default -> months(12);
    };
  }

  private Step months(int each) {
    return Step.of((long) each * amount, ChronoUnit.MONTHS, ZoneOffset.UTC);
  }

  /**
   * Steps per season by GIFT-Eval's table: an hour for seconds, a day for minutes and hours, a year
   * for months and quarters, 1 (no season) for days, weeks and years; 1 too where the step does not
   * divide it.
   */
  public int season() {
    int season =
        switch (unit) {
          case 'S' -> 3600;
          case 'T' -> 1440;
          case 'H' -> 24;
          case 'M' -> 12;
          case 'Q' -> 4;
          default -> 1;
        };
    return season % amount == 0 ? season / amount : 1;
  }

  /** Steps of GIFT-Eval's short term. */
  public int shortHorizon() {
    return switch (unit) {
      case 'A' -> 6;
      case 'Q', 'W' -> 8;
      case 'M' -> 12;
      case 'D' -> 30;
      case 'S' -> LONGEST_SHORT_HORIZON;
      default -> 48;
    };
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return (amount == 1 ? "" : String.valueOf(amount)) + unit;
  }
}
