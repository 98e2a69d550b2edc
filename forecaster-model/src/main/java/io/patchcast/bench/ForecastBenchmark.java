package io.patchcast.bench;

import io.patchcast.backend.Backend;
import io.patchcast.backend.cpu.simd.PeakLoop;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.RandomWeights;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.weights.ModelConfig;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;

/**
 * Times forecasts with random weights: rounds until {@code seconds} have passed, at least five,
 * after a warm-up of half as long. A round is one request or, where that is short, several.
 */
public final class ForecastBenchmark implements AutoCloseable {
  private static final int FEWEST_ROUNDS = 5;
  private static final double SHORTEST_ROUND_SECONDS = 0.02;
  private static final long SEED = 7;

  private final Backend backend;
  private final Toto2 model;

  /** Loads a model with random weights onto a backend. */
  public ForecastBenchmark(ModelConfig config, String backendName) {
    this.backend = Backends.open(backendName);
    this.model = new Toto2(config, RandomWeights.of(config, SEED), backend);
  }

  /**
   * What was measured.
   *
   * @param backend its name
   * @param requestSeconds the median time of a request
   * @param fastestSeconds the fastest round's time of a request
   * @param slowestSeconds the slowest round's
   * @param rounds rounds measured
   * @param multiplyAdds of one request
   * @param allocatedBytes on the heap, by the calling thread, per request
   * @param peakMultiplyAddsPerSecond of this machine on as many threads, measured before and after;
   *     NaN where the JVM has no Vector API
   */
  public record Result(
      String backend,
      double requestSeconds,
      double fastestSeconds,
      double slowestSeconds,
      int rounds,
      long multiplyAdds,
      long allocatedBytes,
      double peakMultiplyAddsPerSecond) {

    /** Billions of floating-point operations per second, two for each multiply-add. */
    public double gigaflops() {
      return 2e-9 * multiplyAdds / requestSeconds;
    }

    /** The machine's peak in the same unit. */
    public double peakGigaflops() {
      return 2e-9 * peakMultiplyAddsPerSecond;
    }

    /** Part of the peak that was reached on the arithmetic executed. */
    public double shareOfPeak() {
      return gigaflops() / peakGigaflops();
    }
  }

  /** Measures one workload on at most this many threads. */
  public Result run(Workload workload, int threads, double seconds) {
    List<SeriesInput> series = workload.series();
    double peakBefore = peak(threads);
    int requests = warmUp(series, threads, seconds / 2);
    double[] times = new double[1000];
    int rounds = 0;
    com.sun.management.ThreadMXBean beans =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocatedBefore = beans.getThreadAllocatedBytes(Thread.currentThread().getId());
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (rounds < FEWEST_ROUNDS || (rounds < times.length && System.nanoTime() < end)) {
      times[rounds++] = round(series, threads, requests);
    }
    long allocated =
        beans.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocatedBefore;
    Arrays.sort(times, 0, rounds);
    return new Result(
        backend.name(),
        times[rounds / 2],
        times[0],
        times[rounds - 1],
        rounds,
        model.multiplyAdds(series),
        allocated / ((long) rounds * requests),
        Math.max(peakBefore, peak(threads)));
  }

  /** Returns how many requests make a round that is long enough to be timed. */
  private int warmUp(List<SeriesInput> series, int threads, double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    double fastest = Double.POSITIVE_INFINITY;
    do {
      fastest = Math.min(fastest, round(series, threads, 1));
    } while (System.nanoTime() < end);
    return Math.max(1, (int) (SHORTEST_ROUND_SECONDS / fastest));
  }

  /** Seconds per request. */
  private double round(List<SeriesInput> series, int threads, int requests) {
    long start = System.nanoTime();
    for (int i = 0; i < requests; i++) {
      model.forecast(series, DecodeOptions.plain(), threads);
    }
    return (System.nanoTime() - start) / 1e9 / requests;
  }

  private static double peak(int threads) {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        ? PeakLoop.multiplyAddsPerSecond(threads)
        : Double.NaN;
  }

  @Override
  public void close() {
    model.close();
    backend.close();
  }
}
