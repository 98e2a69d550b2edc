package io.patchcast.serving.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.router.Endpoint;
import io.patchcast.serving.ServedModels;
import io.patchcast.serving.wire.JsonAnswerWriter;
import java.io.IOException;
import java.io.InputStream;

/** Every path of the service. */
final class Routes {
  private static final String HEALTH = "/health/";

  private final ForecastEndpoint forecasts;
  private final ServedModels models;
  private final Lifecycle lifecycle;
  private final ServiceMetrics metrics;
  private final TokenGuard guard;

  /**
   * @param guard null = anyone may ask
   */
  Routes(
      ForecastEndpoint forecasts,
      ServedModels models,
      Lifecycle lifecycle,
      ServiceMetrics metrics,
      TokenGuard guard) {
    this.forecasts = forecasts;
    this.models = models;
    this.lifecycle = lifecycle;
    this.metrics = metrics;
    this.guard = guard;
  }

  void addTo(RoutesConfig routes) {
    routes.before(this::begin);
    routes.beforeMatched(this::matched);
    routes.post("/v1/forecast", forecasts::forecast);
    routes.get("/v1/models", this::models);
    routes.get("/health/live", this::live);
    routes.get("/health/ready", this::ready);
    routes.get("/metrics", this::metrics);
    routes.get("/openapi.json", this::openApi);
  }

  private void begin(Context context) {
    Exchange.begin(context);
    if (guard != null && !context.path().startsWith(HEALTH)) {
      guard.check(context.header("Authorization"));
    }
  }

  private void matched(Context context) {
    Endpoint endpoint = context.endpoints().matchedHttpEndpoint();
    if (endpoint != null) { // which it is for HEAD
      Exchange.of(context).route = endpoint.path;
    }
  }

  private void models(Context context) throws IOException {
    context.contentType(MediaTypes.JSON.type());
    JsonAnswerWriter.writeModels(models.infos(), context.outputStream());
  }

  private void live(Context context) throws IOException {
    context.contentType(MediaTypes.JSON.type());
    JsonAnswerWriter.writeHealth("live", context.outputStream());
  }

  private void ready(Context context) throws IOException {
    lifecycle.requireReady();
    context.contentType(MediaTypes.JSON.type());
    JsonAnswerWriter.writeHealth("ready", context.outputStream());
  }

  private void metrics(Context context) throws IOException {
    context.contentType(ServiceMetrics.CONTENT_TYPE);
    metrics.write(context.outputStream());
  }

  private void openApi(Context context) throws IOException {
    context.contentType(MediaTypes.JSON.type());
    try (InputStream document = Routes.class.getResourceAsStream("openapi.json")) {
      document.transferTo(context.outputStream());
    }
  }
}
