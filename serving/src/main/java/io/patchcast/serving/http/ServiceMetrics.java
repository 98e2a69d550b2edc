package io.patchcast.serving.http;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.serving.queue.ForecastQueue;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/** What the service counts of itself, in the text format of Prometheus. */
final class ServiceMetrics implements AutoCloseable {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final Duration[] BUCKETS =
      List.of(5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000).stream()
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private static final double[] BATCH_BUCKETS = {1, 2, 4, 8, 16, 32, 64, 128, 256};

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
  private final DistributionSummary batchSeries =
      DistributionSummary.builder("patchcast.batch.series")
          .description("Series computed together")
          .serviceLevelObjectives(BATCH_BUCKETS)
          .register(registry);
  private final DistributionSummary batchRequests =
      DistributionSummary.builder("patchcast.batch.requests")
          .description("Requests with series in a batch")
          .serviceLevelObjectives(BATCH_BUCKETS)
          .register(registry);
  private final Timer batchTime =
      Timer.builder("patchcast.batch")
          .description("Time to compute a batch")
          .serviceLevelObjectives(BUCKETS)
          .register(registry);

  ServiceMetrics() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    garbageCollection.bindTo(registry);
  }

  void watch(ForecastQueue queue, Lifecycle lifecycle, BufferAllocator memory) {
    Gauge.builder("patchcast.arrow.memory", memory, BufferAllocator::getAllocatedMemory)
        .description("Memory beside the heap in use for requests and answers in Arrow")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("patchcast.queue.requests", queue, ForecastQueue::requestCount)
        .description("Requests that wait or are computed")
        .register(registry);
    Gauge.builder("patchcast.queue.points", queue, ForecastQueue::pointCount)
        .description("Points of the requests that wait or are computed")
        .register(registry);
    Gauge.builder("patchcast.ready", lifecycle, Lifecycle::ready)
        .description("1 while forecasts can be asked for")
        .register(registry);
  }

  void batch(int requestCount, int seriesCount, Duration time) {
    batchRequests.record(requestCount);
    batchSeries.record(seriesCount);
    batchTime.record(time);
  }

  /** One request that was answered. */
  void request(String method, String route, int status, Duration time) {
    Timer.builder("patchcast.http.requests")
        .description("Requests and the time until they were answered")
        .tags("method", method, "route", route, "status", Integer.toString(status))
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(time);
  }

  /** One request that ended with a problem. */
  void problem(String code) {
    registry.counter("patchcast.problems", "code", code).increment();
  }

  void answered(long points, List<SeriesForecast> forecasts) {
    registry.counter("patchcast.points").increment((double) points);
    for (SeriesForecast forecast : forecasts) {
      registry.counter("patchcast.series", "status", forecast.status().code()).increment();
    }
  }

  void write(OutputStream out) throws IOException {
    registry.scrape(out);
  }

  @Override
  public void close() {
    garbageCollection.close();
    registry.close();
  }
}
