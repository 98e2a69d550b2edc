package io.patchcast.backend.cpu.simd;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Causal attention of one head, 64 wide, over a segment: keys turned, all queries attended. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgs = "--add-modules=jdk.incubator.vector")
public class AttentionBenchmark {
  private static final int WIDTH = 64;

  /** Patches of the segment: 512, 4,096 and 32,768 steps. */
  @Param({"18", "138", "1026"})
  private int length;

  private final AttentionKernel kernel = new AttentionKernel();
  private final int[] offsets = new int[AttentionKernel.QUERIES];
  private final int[] visible = new int[AttentionKernel.QUERIES];
  private float[] rows = {};
  private float[] mixed = {};

  /** For JMH. */
  public AttentionBenchmark() {}

  /** The whole segment. */
  @Benchmark
  public float[] attend() {
    if (rows.length == 0) {
      rows = new float[length * WIDTH];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = (float) Math.sin(i);
      }
      mixed = new float[rows.length];
    }
    kernel.begin(length, WIDTH, WIDTH);
    for (int i = 0; i < length; i++) {
      kernel.key(i, rows, i * WIDTH, rows, i * WIDTH);
    }
    for (int q = 0; q < length; q += AttentionKernel.QUERIES) {
      int count = Math.min(AttentionKernel.QUERIES, length - q);
      for (int i = 0; i < count; i++) {
        offsets[i] = (q + i) * WIDTH;
        visible[i] = q + i + 1;
      }
      kernel.attend(count, rows, offsets, visible, mixed, offsets);
    }
    return mixed;
  }
}
