package io.patchcast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.Backend;
import io.patchcast.forecast.Backends;
import io.patchcast.weights.ModelConfig;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An interrupted call ends at once, on one thread and on several, within a pass too. */
@Timeout(60)
class CancellationTest {
  /** Hours of work: the test hangs where the interrupt is not heard. */
  private static final int SERIES_COUNT = 100_000;

  @ParameterizedTest
  @CsvSource({"vector, 1, 1", "vector, 2, 1", "vector, 2, 8", "scalar, 1, 1"})
  void anInterruptEndsTheCall(String backendName, int threads, int variates) throws Exception {
    ModelConfig config = ModelConfig.released("22m");
    try (Backend backend = Backends.open(backendName);
        Toto2 model = new Toto2(config, RandomWeights.of(config, 1), backend)) {
      double[] values = RandomSeries.walk(new Random(19), 4096);
      boolean[] observed = new boolean[values.length];
      java.util.Arrays.fill(observed, true);
      SeriesInput one =
          new SeriesInput(
              Collections.nCopies(variates, values).toArray(double[][]::new),
              Collections.nCopies(variates, observed).toArray(boolean[][]::new),
              new long[variates],
              variates,
              values.length,
              96);
      List<SeriesInput> many = Collections.nCopies(SERIES_COUNT, one);
      CountDownLatch started = new CountDownLatch(1);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread caller =
          new Thread(
              () -> {
                started.countDown();
                try {
                  model.forecast(many, DecodeOptions.plain(), threads);
                } catch (CancellationException e) {
                  thrown.set(Thread.currentThread().isInterrupted() ? e : null);
                }
              });
      caller.start();
      assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
      caller.join(500); // well into the first pass
      assertThat(caller.isAlive()).isTrue();
      caller.interrupt();
      caller.join();
      assertThat(thrown.get()).isInstanceOf(CancellationException.class);
      // Whoever forecasts next is not bothered.
      assertThat(model.forecast(List.of(many.get(0)), DecodeOptions.plain())).hasSize(1);
    }
  }
}
