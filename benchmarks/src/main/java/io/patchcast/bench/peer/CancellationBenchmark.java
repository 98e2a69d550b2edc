package io.patchcast.bench.peer;

import io.patchcast.backend.Backend;
import io.patchcast.bench.Workload;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.RandomWeights;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.weights.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * How long a call goes on after its thread was interrupted: 21 calls of 256 series of the 22m
 * model, each interrupted a little later than the one before; one JSON line for one thread and one
 * for two.
 */
public final class CancellationBenchmark {
  private static final int CALLS = 21;
  private static final int STEP_MILLIS = 7;

  private CancellationBenchmark() {}

  /** No arguments. */
  public static void main(String[] args) throws InterruptedException {
    ModelConfig config = ModelConfig.released("22m");
    List<SeriesInput> series = new Workload(512, 96, 256, 1, 0).series();
    try (Backend backend = Backends.open("vector");
        Toto2 model = new Toto2(config, RandomWeights.of(config, 1), backend)) {
      for (int threads = 1; threads <= 2; threads++) {
        // Compiled, as in a server.
        model.forecast(series, DecodeOptions.plain(), threads);
        model.forecast(series, DecodeOptions.plain(), threads);
        double[] millis = new double[CALLS];
        for (int i = 0; i < CALLS; i++) {
          millis[i] = millisAfterInterrupt(model, series, threads, 20 + i * STEP_MILLIS);
        }
        Arrays.sort(millis);
        System.out.printf(
            java.util.Locale.ROOT,
            "{\"figure\":\"cancel\",\"threads\":%d,\"median_millis\":%.2f,\"slowest_millis\":%.2f}%n",
            threads,
            millis[CALLS / 2],
            millis[CALLS - 1]);
      }
    }
  }

  private static double millisAfterInterrupt(
      Toto2 model, List<SeriesInput> series, int threads, int afterMillis)
      throws InterruptedException {
    long[] ended = new long[1];
    Thread caller =
        new Thread(
            () -> {
              try {
                model.forecast(series, DecodeOptions.plain(), threads);
              } catch (CancellationException e) {
                ended[0] = System.nanoTime();
              }
            });
    caller.start();
    caller.join(afterMillis);
    long interrupted = System.nanoTime();
    caller.interrupt();
    caller.join();
    if (ended[0] == 0) {
      throw new IllegalStateException("the call was over before it was interrupted");
    }
    return (ended[0] - interrupted) / 1e6;
  }
}
