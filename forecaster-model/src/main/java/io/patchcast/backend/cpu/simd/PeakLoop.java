package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.cpu.CpuThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the fused multiply-add units of this machine give at most: twelve sums in registers, no
 * memory. The yardstick for benchmarks.
 */
public final class PeakLoop {
  private static final VectorSpecies<Float> S = Lanes.SPECIES;
  private static final int SUMS = 12;
  private static final int STEPS = 200_000;

  /** Vectors of multiply-adds in a {@link #run}. */
  static final int VECTORS = SUMS * STEPS;

  private static final int WARM_UPS = 30;
  private static final int ROUNDS = 9;

  private PeakLoop() {}

  /** Multiply-adds per second on this many threads at a time, the best of some short rounds. */
  public static double multiplyAddsPerSecond(int threads) {
    List<Callable<Float>> tasks = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      float start = i;
      tasks.add(() -> run(start));
    }
    for (int i = 0; i < WARM_UPS; i++) {
      CpuThreads.shared().runAll(tasks, threads);
    }
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
      long begin = System.nanoTime();
      CpuThreads.shared().runAll(tasks, threads);
      double seconds = (System.nanoTime() - begin) / 1e9;
      best = Math.max(best, (double) threads * VECTORS * Lanes.COUNT / seconds);
    }
    return best;
  }

  static float run(float start) {
    FloatVector a = FloatVector.broadcast(S, 0.999f);
    FloatVector b = FloatVector.broadcast(S, start);
    FloatVector c0 = b;
    FloatVector c1 = b;
    FloatVector c2 = b;
    FloatVector c3 = b;
    FloatVector c4 = b;
    FloatVector c5 = b;
    FloatVector c6 = b;
    FloatVector c7 = b;
    FloatVector c8 = b;
    FloatVector c9 = b;
    FloatVector c10 = b;
    FloatVector c11 = b;
    for (int i = 0; i < STEPS; i++) {
      c0 = c0.fma(a, b);
      c1 = c1.fma(a, b);
      c2 = c2.fma(a, b);
      c3 = c3.fma(a, b);
      c4 = c4.fma(a, b);
      c5 = c5.fma(a, b);
      c6 = c6.fma(a, b);
      c7 = c7.fma(a, b);
      c8 = c8.fma(a, b);
      c9 = c9.fma(a, b);
      c10 = c10.fma(a, b);
      c11 = c11.fma(a, b);
    }
    FloatVector sum = c0.add(c1).add(c2.add(c3)).add(c4.add(c5)).add(c6.add(c7));
    return Lanes.sum(sum.add(c8.add(c9)).add(c10.add(c11)), new float[Lanes.COUNT]);
  }
}
