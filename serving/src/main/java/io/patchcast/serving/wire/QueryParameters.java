package io.patchcast.serving.wire;

import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastOptions.ValueRange;
import io.patchcast.forecast.Horizon;
import io.patchcast.serving.ForecastParameters;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What goes with an Arrow stream, from the query string: the parameters of JSON under the same
 * names, lists with commas, and what the columns are.
 */
public final class QueryParameters {
  private static final Set<String> KNOWN =
      new TreeSet<>(
          List.of(
              "model",
              "horizon",
              "quantiles",
              "context_length",
              "non_negative",
              "timeout",
              "step",
              "zone",
              "target",
              "known_covariates"));

  private final Map<String, List<String>> query;

  QueryParameters(Map<String, List<String>> query) {
    this.query = query;
    requireKnown(query, KNOWN);
  }

  /** Ends the request at the first parameter that is not known. */
  public static void requireKnown(Map<String, List<String>> query, Set<String> known) {
    for (String name : query.keySet()) {
      if (!known.contains(name)) {
        throw new ProblemException(
            ProblemCode.UNKNOWN_FIELD,
            "expected one of the query parameters " + known + ", found '" + name + "'");
      }
    }
  }

  /** Null where it is not given. */
  String text(String name) {
    List<String> values = query.getOrDefault(name, List.of());
    if (values.size() > 1) {
      throw invalid(name, "once, found it " + values.size() + " times");
    }
    return values.isEmpty() ? null : values.get(0);
  }

  List<String> names(String name, List<String> otherwise) {
    String text = text(name);
    return text == null
        ? otherwise
        : Stream.of(text.split(",", -1)).filter(part -> !part.isEmpty()).toList();
  }

  private <T> T parsed(String name, Function<String, T> parser, T otherwise, String expected) {
    String text = text(name);
    if (text == null) {
      return otherwise;
    }
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw invalid(name, "as " + expected + ", found '" + text + "'");
    }
  }

  private static ProblemException invalid(String name, String detail) {
    return new ProblemException(
        ProblemCode.INVALID_REQUEST, "expected the query parameter '" + name + "' " + detail);
  }

  ForecastParameters parameters() {
    Horizon horizon =
        parsed(
            "horizon",
            Horizon::parse,
            null,
            "a number of steps such as 96 or a duration such as 24h");
    if (horizon == null) {
      throw invalid("horizon", "found none");
    }
    double[] levels =
        parsed(
            "quantiles",
            text -> Stream.of(text.split(",", -1)).mapToDouble(Double::parseDouble).toArray(),
            ForecastOptions.defaults().quantileLevels(),
            "levels with commas, such as 0.1,0.5,0.9");
    int contextLength = parsed("context_length", Integer::valueOf, 0, "a whole number");
    ValueRange range =
        parsed(
            "non_negative",
            text ->
                switch (text) {
                  case "true" -> ValueRange.NON_NEGATIVE;
                  case "false" -> ValueRange.ANY;
                  default -> throw new IllegalArgumentException(text);
                },
            ValueRange.ANY,
            "true or false");
    try {
      return new ForecastParameters(
          horizon, levels, contextLength, range, Parameters.timeout(text("timeout")));
    } catch (IllegalArgumentException e) {
      throw new ProblemException(ProblemCode.INVALID_REQUEST, e.getMessage());
    }
  }
}
