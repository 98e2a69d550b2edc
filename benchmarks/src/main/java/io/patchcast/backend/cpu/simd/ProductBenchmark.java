package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.ModelWeights.Matrix;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Products of the shapes that 4m and 22m have: inputs x outputs of the weights, and rows. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgs = "--add-modules=jdk.incubator.vector")
public class ProductBenchmark {
  /** Inputs x outputs. */
  @Param({"64x1024", "256x768", "688x256", "1024x256", "512x1536", "1368x512"})
  private String weights;

  /** Rows of A. */
  @Param({"1", "18", "240"})
  private int rows;

  private final Product product = new Product();
  private PackedMatrix packed;
  private Rows a;
  private float[] out;

  /** For JMH. */
  public ProductBenchmark() {}

  /** Draws the weights. */
  @Setup
  public void draw() {
    int inputs = Integer.parseInt(weights.substring(0, weights.indexOf('x')));
    int outputs = Integer.parseInt(weights.substring(weights.indexOf('x') + 1));
    SplittableRandom random = new SplittableRandom(3);
    packed = PackedMatrix.pack(new Drawn(outputs, inputs, random), null, 1, null);
    float[] values = new float[rows * inputs];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
    a = Rows.of(values, inputs);
    out = new float[rows * packed.width()];
  }

  /** A · Wᵀ + b. */
  @Benchmark
  public float[] multiply() {
    product.multiply(
        packed,
        a,
        0,
        rows,
        0,
        packed.width(),
        new Epilogue.Store(packed.bias(), out, packed.width()));
    return out;
  }

  private record Drawn(int rows, int columns, SplittableRandom random) implements Matrix {
    @Override
    public void read(int firstRow, int rowCount, float[] target, int offset) {
      for (int i = 0; i < rowCount * columns; i++) {
        target[offset + i] = (float) (random.nextDouble() - 0.5);
      }
    }
  }
}
