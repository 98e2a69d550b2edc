package io.patchcast.serving.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.patchcast.forecast.ForecastOptions;
import io.patchcast.forecast.ForecastOptions.ValueRange;
import io.patchcast.forecast.Horizon;
import io.patchcast.serving.ForecastCall;
import io.patchcast.serving.ForecastParameters;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import io.patchcast.serving.RequestLimits;
import io.patchcast.serving.RequestedSeries.Shape;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads a request in JSON:
 *
 * <pre>{@code
 * {"model": "builtin",
 *  "inputs": [
 *    {"item_id": "cpu", "start": "2026-11-22T00:00:00Z", "step": "5m", "target": [1, null, 3]},
 *    {"item_id": "host", "timestamps": ["2026-11-22T00:00:00Z", …],
 *     "target": {"cpu": […], "memory": […]}, "known_covariates": {"holiday": […]}}],
 *  "parameters": {"horizon": 96, "quantiles": [0.1, 0.5, 0.9]}}
 * }</pre>
 *
 * <p>What is not of this form ends the request, with the JSON pointer to the place. What is of this
 * form but makes no sense (a time that is none, lists of different lengths) is a fault of its
 * series alone.
 */
public final class JsonRequestReader {
  private static final int DEEPEST_NESTING = 8;
  private static final int LONGEST_NAME = 1_000;
  private static final int LONGEST_STRING = 10_000;
  private static final int LONGEST_NUMBER = 400;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST_NESTING)
                  .maxNameLength(LONGEST_NAME)
                  .maxStringLength(LONGEST_STRING)
                  .maxNumberLength(LONGEST_NUMBER)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private static final Set<String> INPUT_FIELDS =
      sorted("item_id", "start", "step", "timestamps", "zone", "target", "known_covariates");

  private final JsonParser parser;
  private final Counter counter;
  private final Set<String> ids = new HashSet<>();

  private JsonRequestReader(JsonParser parser, RequestLimits limits) {
    this.parser = parser;
    this.counter = new Counter(limits);
  }

  /**
   * Reads a request to its end.
   *
   * @throws ProblemException if it is not valid JSON, not a request or asks for too much
   * @throws IOException if {@code in} fails
   */
  public static ForecastCall read(InputStream in, RequestLimits limits) throws IOException {
    try (JsonParser parser = JSON.createParser(in)) {
      parser.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
      JsonRequestReader reader = new JsonRequestReader(parser, limits);
      parser.nextToken();
      ForecastCall call = reader.call();
      if (parser.nextToken() != null) {
        throw new ProblemException(
            ProblemCode.INVALID_JSON, "expected the end after the request, found more");
      }
      return call;
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : "line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr()
                  + ": ";
      throw new ProblemException(ProblemCode.INVALID_JSON, where + e.getOriginalMessage());
    } catch (CharConversionException e) {
      throw new ProblemException(ProblemCode.INVALID_JSON, e.getMessage());
    }
  }

  private ForecastCall call() throws IOException {
    expect(JsonToken.START_OBJECT, "an object with inputs and parameters");
    String model = null;
    List<SeriesDraft> drafts = null;
    ForecastParameters parameters = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "model" -> model = text();
        case "inputs" -> drafts = inputs();
        case "parameters" -> parameters = parameters();
        default -> throw unknown(field, sorted("inputs", "model", "parameters"));
      }
    }
    if (drafts == null) {
      throw missing("inputs");
    }
    if (parameters == null) {
      throw missing("parameters");
    }
    return SeriesDraft.call(model, drafts, parameters, counter);
  }

  private ForecastParameters parameters() throws IOException {
    expect(JsonToken.START_OBJECT, "an object");
    Horizon horizon = null;
    double[] levels = ForecastOptions.defaults().quantileLevels();
    int contextLength = 0;
    ValueRange range = ValueRange.ANY;
    String timeout = null;
    String pointer = pointer();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "horizon" -> horizon = horizon();
        case "quantiles" -> levels = numbers().toArray(0);
        case "context_length" -> contextLength = count();
        case "non_negative" -> range = flag() ? ValueRange.NON_NEGATIVE : ValueRange.ANY;
        case "timeout" -> timeout = text();
        default ->
            throw unknown(
                field, sorted("horizon", "quantiles", "context_length", "non_negative", "timeout"));
      }
    }
    if (horizon == null) {
      throw missing("horizon");
    }
    try {
      return new ForecastParameters(
          horizon, levels, contextLength, range, Parameters.timeout(timeout));
    } catch (IllegalArgumentException e) {
      throw ProblemException.at(pointer, ProblemCode.INVALID_REQUEST, e.getMessage());
    }
  }

  private Horizon horizon() throws IOException {
    try {
      if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
        return Horizon.steps(count());
      }
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        return Horizon.parse(parser.getText());
      }
    } catch (IllegalArgumentException e) {
      throw invalid(e.getMessage());
    }
    throw expected("a number of steps such as 96 or a duration such as \"24h\"");
  }

  private List<SeriesDraft> inputs() throws IOException {
    expect(JsonToken.START_ARRAY, "a list of series");
    List<SeriesDraft> drafts = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      counter.series();
      drafts.add(input());
    }
    if (drafts.isEmpty()) {
      throw invalid("expected at least one series, found none");
    }
    return drafts;
  }

  private SeriesDraft input() throws IOException {
    expect(JsonToken.START_OBJECT, "an object, one series");
    SeriesDraft draft = new SeriesDraft();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "item_id" -> draft.id = text();
        case "start" -> draft.start = time(draft);
        case "step" -> draft.step = text();
        case "zone" -> draft.zone = text();
        case "timestamps" -> draft.timestamps = times(draft);
        case "target" -> draft.targets = targets(draft);
        case "known_covariates" -> draft.knownCovariates = columns(draft);
        default -> throw unknown(field, INPUT_FIELDS);
      }
    }
    if (draft.id == null) {
      throw missing("item_id");
    }
    if (draft.targets == null) {
      throw missing("target");
    }
    if ((draft.timestamps == null) == (draft.start == null)) {
      throw invalid("expected either start and step or timestamps");
    }
    if (draft.start != null && draft.step == null) {
      throw missing("step");
    }
    if (!ids.add(draft.id)) {
      draft.fault("expected each item_id once, found '" + draft.id + "' again");
    }
    return draft;
  }

  private Map<String, Doubles> targets(SeriesDraft draft) throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      draft.shape = Shape.UNIVARIATE;
      return Map.of(SeriesDraft.LONE_TARGET, column(draft, "target"));
    }
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      draft.shape = Shape.MULTIVARIATE;
      return columns(draft);
    }
    throw expected("a list of numbers, or an object with a list for each variate");
  }

  private Map<String, Doubles> columns(SeriesDraft draft) throws IOException {
    expect(JsonToken.START_OBJECT, "an object with a list of numbers for each name");
    Map<String, Doubles> columns = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      columns.put(name, column(draft, name));
    }
    return columns;
  }

  /** A list of numbers; null is a gap, and what no double can hold is a fault of the series. */
  private Doubles column(SeriesDraft draft, String name) throws IOException {
    expect(JsonToken.START_ARRAY, "a list of numbers");
    Doubles column = new Doubles();
    for (JsonToken token; (token = parser.nextToken()) != JsonToken.END_ARRAY; ) {
      counter.point();
      if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
        double value = parser.getDoubleValue();
        if (Double.isInfinite(value)) {
          draft.fault(
              "expected numbers that a double can hold, found "
                  + parser.getText()
                  + " in '"
                  + name
                  + "' at "
                  + column.size());
        }
        column.add(value);
      } else if (token == JsonToken.VALUE_NULL) {
        column.add(Double.NaN);
      } else {
        throw expected("a number or null");
      }
    }
    return column;
  }

  private Doubles numbers() throws IOException {
    expect(JsonToken.START_ARRAY, "a list of numbers");
    Doubles numbers = new Doubles();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (!parser.currentToken().isNumeric()) {
        throw expected("a number");
      }
      counter.point();
      numbers.add(parser.getDoubleValue());
    }
    return numbers;
  }

  private Times times(SeriesDraft draft) throws IOException {
    expect(JsonToken.START_ARRAY, "a list of times");
    Times times = new Times();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      counter.point();
      times.add(time(draft));
    }
    return times;
  }

  /** Milliseconds since the epoch; where the text is no time, a fault of the series. */
  private long time(SeriesDraft draft) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
      if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
        draft.fault("expected milliseconds since the epoch, found " + parser.getText());
        return 0;
      }
      return parser.getLongValue();
    }
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw expected(
          "a time in ISO 8601 such as \"2026-11-22T00:00:00Z\" or milliseconds since the epoch");
    }
    try {
      return Times.parse(parser.getText());
    } catch (IllegalArgumentException e) {
      draft.fault(e.getMessage());
      return 0;
    }
  }

  private String text() throws IOException {
    expect(JsonToken.VALUE_STRING, "a string");
    return parser.getText();
  }

  private boolean flag() throws IOException {
    if (!parser.currentToken().isBoolean()) {
      throw expected("true or false");
    }
    return parser.getBooleanValue();
  }

  private int count() throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, "a whole number");
    if (parser.getNumberType() != JsonParser.NumberType.INT) {
      throw expected("a whole number below 2147483648");
    }
    return parser.getIntValue();
  }

  private void expect(JsonToken token, String what) throws IOException {
    if (parser.currentToken() != token) {
      throw expected(what);
    }
  }

  private ProblemException expected(String what) throws IOException {
    JsonToken token = parser.currentToken();
    String found =
        token == null
            ? "the end"
            : switch (token) {
              case START_OBJECT -> "an object";
              case START_ARRAY -> "a list";
              case VALUE_STRING -> "a string";
              case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + parser.getText();
              default -> parser.getText();
            };
    return invalid("expected " + what + ", found " + found);
  }

  private ProblemException invalid(String detail) {
    return ProblemException.at(pointer(), ProblemCode.INVALID_REQUEST, detail);
  }

  private ProblemException missing(String field) {
    return ProblemException.at(
        pointer(), ProblemCode.INVALID_REQUEST, "expected the field '" + field + "', found none");
  }

  private ProblemException unknown(String field, Set<String> known) {
    return ProblemException.at(
        pointer(),
        ProblemCode.UNKNOWN_FIELD,
        String.format(Locale.ROOT, "expected one of the fields %s, found '%s'", known, field));
  }

  private String pointer() {
    return parser.getParsingContext().pathAsPointer().toString();
  }

  private static Set<String> sorted(String... fields) {
    return new java.util.TreeSet<>(List.of(fields));
  }
}
