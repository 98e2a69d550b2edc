package io.patchcast.serving.http;

import io.javalin.http.Context;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.serving.ForecastAnswer;
import io.patchcast.serving.ForecastCall;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import io.patchcast.serving.RequestedSeries;
import io.patchcast.serving.ServedModels;
import io.patchcast.serving.ServiceSettings;
import io.patchcast.serving.queue.ForecastQueue;
import io.patchcast.serving.wire.ArrowAnswerWriter;
import io.patchcast.serving.wire.ArrowRequestReader;
import io.patchcast.serving.wire.JsonAnswerWriter;
import io.patchcast.serving.wire.JsonRequestReader;
import io.patchcast.serving.wire.QueryParameters;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.arrow.memory.BufferAllocator;

/** {@code POST /v1/forecast}: reads, queues, answers. No thread waits for the forecast. */
final class ForecastEndpoint {
  /** Buffers as they were sent, and as much again for those that have to grow. */
  private static final long ARROW_BYTES_PER_BODY_BYTE = 2;

  private final ServiceSettings settings;
  private final ServedModels models;
  private final ForecastQueue queue;
  private final Lifecycle lifecycle;
  private final OpenExchanges open;
  private final ServiceMetrics metrics;
  private final Problems problems;
  private final BufferAllocator memory;
  private final Executor executor;

  ForecastEndpoint(
      ServiceSettings settings,
      ServedModels models,
      ForecastQueue queue,
      Lifecycle lifecycle,
      OpenExchanges open,
      ServiceMetrics metrics,
      Problems problems,
      BufferAllocator memory,
      Executor executor) {
    this.settings = settings;
    this.models = models;
    this.queue = queue;
    this.lifecycle = lifecycle;
    this.open = open;
    this.metrics = metrics;
    this.problems = problems;
    this.memory = memory;
    this.executor = executor;
  }

  void forecast(Context context) throws IOException {
    Exchange exchange = Exchange.of(context);
    open.begin(exchange);
    lifecycle.requireReady();
    MediaTypes answerType = MediaTypes.ofAnswer(context.header("Accept"));
    ForecastCall call = read(context);
    Forecaster forecaster = models.forecaster(call.model());
    exchange.seriesCount = call.series().size();
    exchange.points = call.points();
    Duration timeout = timeout(call);
    CompletableFuture<List<SeriesForecast>> forecasts =
        queue
            .submit(forecaster, sound(call), call.parameters(), exchange.points)
            .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    context.future(
        () ->
            forecasts.handleAsync(
                (found, failure) -> {
                  if (failure == null) {
                    answer(context, answerType, call, forecaster, found);
                  } else {
                    problems.answer(context, problemOf(failure, timeout, context));
                  }
                  return null;
                },
                executor));
  }

  private ForecastCall read(Context context) throws IOException {
    long limit = settings.limits().bodyBytes();
    MediaTypes type =
        MediaTypes.ofBody(context.header("Content-Type"), context.header("Content-Encoding"));
    if (context.req().getContentLengthLong() > limit) {
      throw LimitedBody.tooLarge(limit);
    }
    LimitedBody body = new LimitedBody(context.req().getInputStream(), limit);
    return switch (type) {
      case JSON -> {
        QueryParameters.requireKnown(context.queryParamMap(), Set.of());
        yield JsonRequestReader.read(body, settings.limits());
      }
      case ARROW -> readArrow(body, context);
    };
  }

  private ForecastCall readArrow(LimitedBody body, Context context) throws IOException {
    try (BufferAllocator part =
        memory.newChildAllocator(
            "request", 0, ARROW_BYTES_PER_BODY_BYTE * settings.limits().bodyBytes())) {
      return ArrowRequestReader.read(body, context.queryParamMap(), settings.limits(), part);
    }
  }

  private Duration timeout(ForecastCall call) {
    Duration wanted = call.parameters().timeout();
    return wanted == null || wanted.compareTo(settings.timeout()) > 0 ? settings.timeout() : wanted;
  }

  private static List<TimeSeries> sound(ForecastCall call) {
    List<TimeSeries> series = new ArrayList<>(call.series().size());
    for (RequestedSeries one : call.series()) {
      if (one.series() != null) {
        series.add(one.series());
      }
    }
    return series;
  }

  private ProblemException problemOf(Throwable failure, Duration timeout, Context context) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof TimeoutException
        ? ProblemException.passing(
            ProblemCode.TIMED_OUT,
            "expected a forecast within " + timeout.toMillis() + " ms",
            queue.timeToEmpty())
        : problems.problemOf(cause, context);
  }

  private void answer(
      Context context,
      MediaTypes type,
      ForecastCall call,
      Forecaster forecaster,
      List<SeriesForecast> found) {
    Iterator<SeriesForecast> next = found.iterator();
    List<SeriesForecast> forecasts = new ArrayList<>(call.series().size());
    for (RequestedSeries one : call.series()) {
      forecasts.add(one.series() == null ? one.refusal() : next.next());
    }
    metrics.answered(call.points(), forecasts);
    ForecastAnswer answer = new ForecastAnswer(call, forecaster.model(), forecasts);
    context.contentType(type.type());
    try {
      switch (type) {
        case JSON -> JsonAnswerWriter.write(answer, context.outputStream());
        case ARROW -> ArrowAnswerWriter.write(answer, context.outputStream(), memory);
      }
    } catch (IOException e) {
      // The client is gone: nobody is left to be told.
      Exchange.of(context).problem = "client_gone";
    }
  }
}
