package io.patchcast.serving.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.PreparationReport;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.VariateForecast;
import io.patchcast.serving.ForecastAnswer;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import io.patchcast.serving.RequestedSeries.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Writes answers in JSON. Numbers are the shortest that read as the same double.
 *
 * <p>A forecast has {@code quantiles}, a list per level, where its target was a list; {@code
 * variates} with {@code quantiles} each, where it was an object; and neither where the status is
 * not {@code ok}.
 */
public final class JsonAnswerWriter {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private JsonAnswerWriter() {}

  /** Writes a whole answer; leaves {@code out} open. */
  public static void write(ForecastAnswer answer, OutputStream out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeFieldName("model");
      json.writeStartObject();
      model(json, answer.model());
      json.writeEndObject();
      json.writeArrayFieldStart("forecasts");
      Horizons horizons = new Horizons();
      for (int i = 0; i < answer.forecasts().size(); i++) {
        forecast(
            json,
            answer.forecasts().get(i),
            answer.call().series().get(i).shape(),
            answer.call().parameters().quantileLevels(),
            horizons);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void model(JsonGenerator json, ModelInfo model) throws IOException {
    json.writeStringField("name", model.name());
    json.writeStringField("revision", model.revision());
    json.writeStringField("weights_sha256", model.weightsSha256());
    json.writeStringField("backend", model.backend());
  }

  private static void forecast(
      JsonGenerator json, SeriesForecast forecast, Shape shape, double[] levels, Horizons horizons)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("item_id", forecast.id());
    json.writeStringField("status", forecast.status().code());
    json.writeStringField("message", forecast.message());
    if (!forecast.variates().isEmpty()) {
      json.writeArrayFieldStart("timestamps");
      for (String time : horizons.texts(forecast.timestamps())) {
        json.writeString(time);
      }
      json.writeEndArray();
      if (shape == Shape.UNIVARIATE) {
        quantiles(json, forecast.variates().get(0), levels);
      } else {
        json.writeObjectFieldStart("variates");
        for (VariateForecast variate : forecast.variates()) {
          json.writeObjectFieldStart(variate.name());
          quantiles(json, variate, levels);
          json.writeEndObject();
        }
        json.writeEndObject();
      }
    }
    json.writeObjectFieldStart("report");
    report(json, forecast.report());
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void quantiles(JsonGenerator json, VariateForecast variate, double[] levels)
      throws IOException {
    json.writeObjectFieldStart("quantiles");
    for (double level : levels) {
      json.writeFieldName(Double.toString(level));
      double[] values = variate.quantile(level);
      json.writeArray(values, 0, values.length);
    }
    json.writeEndObject();
  }

  private static void report(JsonGenerator json, PreparationReport report) throws IOException {
    if (report.step() == null) {
      json.writeNullField("step");
    } else {
      json.writeStringField("step", report.step().text());
    }
    json.writeBooleanField("step_inferred", report.stepInferred());
    json.writeNumberField("row_count", report.rowCount());
    json.writeNumberField("context_length", report.contextLength());
    json.writeNumberField("observed_count", report.observedCount());
    json.writeNumberField("gaps_filled", report.gapsFilled());
    json.writeNumberField("missing_values", report.missingValues());
    json.writeNumberField("duplicates_dropped", report.duplicatesDropped());
    json.writeNumberField("rows_merged", report.rowsMerged());
    json.writeNumberField("rows_reordered", report.rowsReordered());
    json.writeNumberField("rows_cut", report.rowsCut());
    json.writeNumberField("rows_snapped", report.rowsSnapped());
    json.writeNumberField("values_filled_forward", report.valuesFilledForward());
    json.writeNumberField("covariate_values_missing", report.covariateValuesMissing());
  }

  /** The list of models, the default first. */
  public static void writeModels(List<ModelInfo> models, OutputStream out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeArrayFieldStart("models");
      for (ModelInfo model : models) {
        json.writeStartObject();
        model(json, model);
        json.writeNumberField("parameter_count", model.parameterCount());
        json.writeNumberField("patch_size", model.patchSize());
        json.writeNumberField("context_length", model.contextLength());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  /** How the service is: {@code {"status":"ready"}}. */
  public static void writeHealth(String status, OutputStream out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("status", status);
      json.writeEndObject();
    }
  }

  /** Problem details as RFC 9457 has them, with {@code code} and {@code request_id}. */
  public static void writeProblem(ProblemException problem, String requestId, OutputStream out)
      throws IOException {
    ProblemCode code = problem.code();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("type", "urn:patchcast:problem:" + code.code());
      json.writeStringField("title", code.title());
      json.writeNumberField("status", code.status());
      json.writeStringField("detail", problem.getMessage());
      json.writeStringField("code", code.code());
      if (problem.pointer() != null) {
        json.writeStringField("pointer", problem.pointer());
      }
      json.writeStringField("request_id", requestId);
      json.writeEndObject();
    }
  }

  /** Most series of a request end at the same time: their horizons are turned into text once. */
  private static final class Horizons {
    private long[] timestamps = {};
    private String[] texts = {};

    String[] texts(long[] wanted) {
      if (!Arrays.equals(wanted, timestamps)) {
        timestamps = wanted;
        texts = new String[wanted.length];
        for (int i = 0; i < wanted.length; i++) {
          texts[i] = Instant.ofEpochMilli(wanted[i]).toString();
        }
      }
      return texts;
    }
  }
}
