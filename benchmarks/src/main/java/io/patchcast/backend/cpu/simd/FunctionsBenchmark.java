package io.patchcast.backend.cpu.simd;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nanoseconds per element of the vector functions: a function that falls off its instructions is a
 * hundred times slower, which no test of its values shows.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgs = "--add-modules=jdk.incubator.vector")
public class FunctionsBenchmark {
  private static final int COUNT = 4096;

  private final float[] floats = new float[COUNT];
  private final float[] floatResults = new float[COUNT];
  private final double[] doubles = new double[COUNT];
  private final double[] doubleResults = new double[COUNT];

  /** For JMH. */
  public FunctionsBenchmark() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < COUNT; i++) {
      doubles[i] = 6 * random.nextDouble() - 3;
      floats[i] = (float) doubles[i];
    }
  }

  /** The yardstick of products: nanoseconds per vector of multiply-adds in registers. */
  @Benchmark
  @OperationsPerInvocation(PeakLoop.VECTORS)
  public float peak() {
    return PeakLoop.run(1);
  }

  /** In float. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public float[] exp() {
    for (int i = 0; i < COUNT; i += Lanes.COUNT) {
      VectorMath.exp(FloatVector.fromArray(Lanes.SPECIES, floats, i)).intoArray(floatResults, i);
    }
    return floatResults;
  }

  /** In float. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public float[] silu() {
    for (int i = 0; i < COUNT; i += Lanes.COUNT) {
      VectorMath.silu(FloatVector.fromArray(Lanes.SPECIES, floats, i)).intoArray(floatResults, i);
    }
    return floatResults;
  }

  /** In double. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public double[] sinh() {
    for (int i = 0; i < COUNT; i += DoubleMath.SPECIES.length()) {
      DoubleMath.sinh(DoubleVector.fromArray(DoubleMath.SPECIES, doubles, i))
          .intoArray(doubleResults, i);
    }
    return doubleResults;
  }

  /** In double. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public double[] asinh() {
    for (int i = 0; i < COUNT; i += DoubleMath.SPECIES.length()) {
      DoubleMath.asinh(DoubleVector.fromArray(DoubleMath.SPECIES, doubles, i))
          .intoArray(doubleResults, i);
    }
    return doubleResults;
  }

  /** What {@link #sinh} takes the place of. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public double[] sinhOfTheLibrary() {
    for (int i = 0; i < COUNT; i++) {
      doubleResults[i] = Math.sinh(doubles[i]);
    }
    return doubleResults;
  }
}
