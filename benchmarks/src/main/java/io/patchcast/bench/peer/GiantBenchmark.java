package io.patchcast.bench.peer;

import io.patchcast.backend.Backend;
import io.patchcast.bench.Workload;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.RandomWeights;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.weights.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What one giant costs many small series of the same request: 256 of 512 steps alone, one of 32,768
 * steps and eight variates alone, and all together, by turns; one JSON line for one thread and one
 * for two. The cost is what the small ones add to the giant's time, over their time alone; padded
 * to the giant's length they would have 64 times as many tokens.
 */
public final class GiantBenchmark {
  private static final int ROUNDS = 7;

  private GiantBenchmark() {}

  /** No arguments. */
  public static void main(String[] args) {
    ModelConfig config = ModelConfig.released("4m");
    List<SeriesInput> small = new Workload(512, 96, 256, 1, 0).series();
    List<SeriesInput> giant = new Workload(32_768, 96, 1, 8, 0).series();
    List<SeriesInput> together = new ArrayList<>(small);
    together.add(small.size() / 2, giant.get(0));
    try (Backend backend = Backends.open("vector");
        Toto2 model = new Toto2(config, RandomWeights.of(config, 1), backend)) {
      for (int threads = 1; threads <= 2; threads++) {
        seconds(model, together, threads); // compiles
        double[] alone = new double[ROUNDS];
        double[] cost = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
          alone[i] = seconds(model, small, threads);
          double giantAlone = seconds(model, giant, threads);
          cost[i] = (seconds(model, together, threads) - giantAlone) / alone[i];
        }
        Arrays.sort(alone);
        Arrays.sort(cost);
        System.out.printf(
            Locale.ROOT,
            "{\"figure\":\"giant\",\"threads\":%d,\"small_seconds\":%.4f,\"cost_of_small\":%.3f}%n",
            threads,
            alone[ROUNDS / 2],
            cost[ROUNDS / 2]);
      }
    }
  }

  private static double seconds(Toto2 model, List<SeriesInput> series, int threads) {
    long start = System.nanoTime();
    model.forecast(series, DecodeOptions.plain(), threads);
    return (System.nanoTime() - start) / 1e9;
  }
}
