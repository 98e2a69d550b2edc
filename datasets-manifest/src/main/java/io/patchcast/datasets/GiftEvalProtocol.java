package io.patchcast.datasets;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * GIFT-Eval's protocol for a directory of its data sets: what is forecast of each.
 *
 * <p>The term short has a horizon by the frequency (M4's by that competition), medium ten times and
 * long fifteen times that; medium and long are for 21 data sets. Windows are the last tenth of the
 * shortest series, 1 to 20, one of M4. Configurations are called {@code ett1/15T/short}: data set
 * in lower case, frequency, term. BOOM and other data sets of the layout are treated alike, term
 * short only: which of BOOM's data sets have the others is not said in its files.
 */
public final class GiftEvalProtocol {
  private static final double TEST_SHARE = 0.1;
  private static final int MOST_WINDOWS = 20;

  private static final Map<String, Integer> TERMS = Map.of("short", 1, "medium", 10, "long", 15);

  private static final Set<String> MEDIUM_AND_LONG =
      Set.of(
          "electricity/15T",
          "electricity/H",
          "solar/10T",
          "solar/H",
          "kdd_cup_2018_with_missing/H",
          "LOOP_SEATTLE/5T",
          "LOOP_SEATTLE/H",
          "SZ_TAXI/15T",
          "M_DENSE/H",
          "ett1/15T",
          "ett1/H",
          "ett2/15T",
          "ett2/H",
          "jena_weather/10T",
          "jena_weather/H",
          "bitbrains_fast_storage/5T",
          "bitbrains_rnd/5T",
          "bizitobs_application",
          "bizitobs_service",
          "bizitobs_l2c/5T",
          "bizitobs_l2c/H");

  private static final Set<String> SHORT_ONLY =
      Set.of(
          "m4_yearly",
          "m4_quarterly",
          "m4_monthly",
          "m4_weekly",
          "m4_daily",
          "m4_hourly",
          "electricity/D",
          "electricity/W",
          "solar/D",
          "solar/W",
          "hospital",
          "covid_deaths",
          "us_births/D",
          "us_births/M",
          "us_births/W",
          "saugeenday/D",
          "saugeenday/M",
          "saugeenday/W",
          "temperature_rain_with_missing",
          "kdd_cup_2018_with_missing/D",
          "car_parts_with_missing",
          "restaurant",
          "hierarchical_sales/D",
          "hierarchical_sales/W",
          "LOOP_SEATTLE/D",
          "SZ_TAXI/H",
          "M_DENSE/D",
          "ett1/D",
          "ett1/W",
          "ett2/D",
          "ett2/W",
          "jena_weather/D",
          "bitbrains_fast_storage/H",
          "bitbrains_rnd/H");

  /** Names of directories whose published name is another. */
  private static final Map<String, String> PUBLISHED =
      Map.of(
          "saugeenday", "saugeen",
          "temperature_rain_with_missing", "temperature_rain",
          "kdd_cup_2018_with_missing", "kdd_cup_2018",
          "car_parts_with_missing", "car_parts");

  private GiftEvalProtocol() {}

  /**
   * Number of windows: the last tenth of the shortest series, at least one window and at most
   * twenty.
   */
  public static int windows(int shortestLength, int horizon) {
    // The reference rounds up the same product of doubles.
    return (int)
        Math.min(MOST_WINDOWS, Math.max(1, Math.ceil(TEST_SHARE * shortestLength / horizon)));
  }

  /** The configurations of a data set, by the path of its directory. */
  static List<Bundle.Configuration> configurations(String dataset, List<DatasetSeries> series) {
    Frequency frequency = Frequency.parse(series.get(0).labels().get("freq"));
    int shortest = series.stream().mapToInt(one -> one.values().length).min().orElseThrow();
    boolean isM4 = SHORT_ONLY.contains(dataset) && dataset.startsWith("m4_");
    List<Bundle.Configuration> configurations = new ArrayList<>();
    for (String term : List.of("short", "medium", "long")) {
      if (!term.equals("short") && !MEDIUM_AND_LONG.contains(dataset)) {
        continue;
      }
      int horizon = (isM4 ? m4Horizon(frequency) : frequency.shortHorizon()) * TERMS.get(term);
      configurations.add(
          new Bundle.Configuration(
              benchmark(dataset),
              name(dataset, frequency) + "/" + term,
              series.size(),
              horizon,
              frequency.season(),
              isM4 ? 1 : windows(shortest, horizon),
              0,
              Map.of()));
    }
    return configurations;
  }

  /** Stands for a data set that cannot be read, under the name that its path says. */
  static Bundle.Configuration unreadable(String dataset) {
    String last = dataset.substring(dataset.lastIndexOf('/') + 1);
    String name =
        Frequency.isFrequency(last) ? name(dataset, Frequency.parse(last)) : published(dataset);
    return new Bundle.Configuration(benchmark(dataset), name + "/short", 1, 1, 1, 1, 0, Map.of());
  }

  private static int m4Horizon(Frequency frequency) {
    return switch (frequency.unit()) {
      case 'A' -> 6;
      case 'Q' -> 8;
      case 'M' -> 18;
      case 'W' -> 13;
      case 'D' -> 14;
      default -> frequency.shortHorizon();
    };
  }

  private static String benchmark(String dataset) {
    if (MEDIUM_AND_LONG.contains(dataset) || SHORT_ONLY.contains(dataset)) {
      return "GIFT-Eval";
    }
    return dataset.matches("ds-\\d+-\\w+") ? "BOOM" : "own (GIFT-Eval rule)";
  }

  /** {@code LOOP_SEATTLE/5T} → {@code loop_seattle/5T}, {@code hospital} → {@code hospital/M}. */
  private static String name(String dataset, Frequency frequency) {
    int slash = dataset.lastIndexOf('/');
    String last = dataset.substring(slash + 1);
    // A directory may be called as a frequency is, without meaning it: racks/A, racks/B.
    boolean says = slash > 0 && Frequency.isFrequency(last);
    String name =
        says && Frequency.parse(last).toString().equals(frequency.toString())
            ? dataset.substring(0, slash)
            : dataset;
    return published(name) + "/" + frequency;
  }

  private static String published(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return PUBLISHED.getOrDefault(lower, lower);
  }
}
