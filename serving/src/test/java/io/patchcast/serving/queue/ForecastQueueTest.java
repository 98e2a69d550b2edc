package io.patchcast.serving.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.Step;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.serving.ForecastParameters;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ForecastQueueTest {
  private static final ForecastParameters PARAMETERS = ForecastParameters.of(Horizon.steps(20));

  private final Forecaster forecaster = Forecaster.open(ModelSource.builtIn());
  private final Batches batches = new Batches();

  private static final class Batches implements QueueListener {
    final ConcurrentLinkedQueue<Integer> seriesCounts = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @Override
    public void batch(int requestCount, int seriesCount, double seconds) {
      seriesCounts.add(seriesCount);
    }

    @Override
    public void failed(Throwable failure) {
      failures.add(failure);
    }
  }

  @AfterEach
  void close() {
    forecaster.close();
  }

  private static List<TimeSeries> series(int count) {
    List<TimeSeries> series = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double[] values = new double[60 + i % 50];
      for (int t = 0; t < values.length; t++) {
        values[t] = i + Math.sin(t / 3.0);
      }
      series.add(TimeSeries.of("s" + i, Instant.EPOCH, Step.of(Duration.ofMinutes(1)), values));
    }
    return series;
  }

  private static List<SeriesForecast> await(CompletableFuture<List<SeriesForecast>> future)
      throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @Test
  void cutsALargeRequestAndKeepsItsOrder() throws Exception {
    try (ForecastQueue queue = new ForecastQueue(10, 1_000_000, 40, batches)) {
      List<TimeSeries> many = series(200);
      List<SeriesForecast> found = await(queue.submit(forecaster, many, PARAMETERS, 200L * 100));
      List<SeriesForecast> expected =
          forecaster.forecast(ForecastRequest.of(many, PARAMETERS.horizon())).series();
      assertThat(found).hasSize(200);
      for (int i = 0; i < 200; i++) {
        assertThat(found.get(i).id()).isEqualTo("s" + i);
        assertThat(found.get(i).quantile(0.3)).isEqualTo(expected.get(i).quantile(0.3));
      }
      assertThat(queue.awaitEmpty(Duration.ofSeconds(60))).isTrue();
      assertThat(batches.seriesCounts).hasSizeGreaterThanOrEqualTo(19);
    }
  }

  @Test
  void aFailureEndsItsOwnRequestsOnly() throws Exception {
    Forecaster closed = Forecaster.open(ModelSource.builtIn());
    closed.close();
    try (ForecastQueue queue = new ForecastQueue(10, 1_000_000, 40, batches)) {
      for (int i = 0; i < 20; i++) {
        CompletableFuture<List<SeriesForecast>> bad =
            queue.submit(closed, series(30), PARAMETERS, 3_000);
        CompletableFuture<List<SeriesForecast>> good =
            queue.submit(forecaster, series(3), PARAMETERS, 300);
        assertThat(await(good)).hasSize(3);
        assertThatThrownBy(() -> await(bad))
            .isInstanceOf(ExecutionException.class)
            .hasMessageContaining("is closed");
      }
      assertThat(batches.failures).isNotEmpty();
      assertThat(queue.awaitEmpty(Duration.ofSeconds(60))).isTrue();
    }
  }

  @Test
  void hasRoomForSoManyRequestsAndPoints() throws Exception {
    try (ForecastQueue queue = new ForecastQueue(3, 500_000, 40, batches)) {
      List<TimeSeries> many = series(4_000);
      CompletableFuture<List<SeriesForecast>> first =
          queue.submit(forecaster, many, PARAMETERS, 400_000);
      assertThatThrownBy(() -> queue.submit(forecaster, many, PARAMETERS, 400_000))
          .isInstanceOfSatisfying(
              ProblemException.class,
              problem -> {
                assertThat(problem.code()).isEqualTo(ProblemCode.QUEUE_FULL);
                assertThat(problem.retryAfter()).isPositive();
              });
      // Whoever cancels makes room, and nothing more is computed of it.
      assertThat(first.cancel(true)).isTrue();
      assertThat(queue.requestCount()).isZero();
      assertThat(await(queue.submit(forecaster, series(2), PARAMETERS, 400_000))).hasSize(2);
      assertThat(batches.seriesCounts.stream().mapToInt(Integer::intValue).sum()).isLessThan(4_000);
    }
  }

  @Test
  void takesNothingAfterItsEnd() {
    ForecastQueue queue = new ForecastQueue(3, 1_000, 40, batches);
    queue.close();
    assertThatThrownBy(() -> queue.submit(forecaster, series(1), PARAMETERS, 100))
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.DRAINING));
  }
}
