package io.patchcast.bench.peer;

import com.google.gson.JsonObject;
import io.patchcast.backend.Backend;
import io.patchcast.backend.ModelWeights;
import io.patchcast.backend.cpu.simd.PeakLoop;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.RandomWeights;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.weights.ModelConfig;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Runs the same forecasts with Patchcast and with libtorch in one process, by turns, and prints one
 * JSON line per case: median seconds of a request of each, their ratio, and how far the two
 * forecasts are apart.
 */
public final class PeerBenchmark {
  /** As in the parent pom. */
  private static final String TORCH = "2.10.0";

  /** No case is begun after this. */
  private static final long MOST_SECONDS = 1000;

  private static final long SEED = 7;
  private static final int ROUNDS = 5;
  private static final int MOST_ROUNDS = 31;
  private static final double SECONDS_PER_CASE = 1.5;
  private static final double SHORTEST_ROUND_SECONDS = 0.02;

  private final Writer out;

  private PeerBenchmark(Writer out) {
    this.out = out;
  }

  /** Arguments: the list of cases, the file to write, and the commit that is measured. */
  public static void main(String[] args) throws IOException {
    List<PeerCase> cases = PeerCase.parseAll(Files.readString(Path.of(args[0])));
    // Only forward passes: no graph is kept.
    NoGradGuard noGrad = new NoGradGuard();
    try (Writer out = Files.newBufferedWriter(Path.of(args[1]))) {
      PeerBenchmark benchmark = new PeerBenchmark(out);
      benchmark.print(machine(args[2]));
      long end = System.nanoTime() + MOST_SECONDS * 1_000_000_000L;
      for (PeerCase one : cases) {
        if (System.nanoTime() < end) {
          benchmark.run(one);
        } else {
          JsonObject line = one.json();
          line.addProperty("not_measured", "the run had taken " + MOST_SECONDS + " s");
          benchmark.print(line);
        }
      }
    }
    noGrad.close();
  }

  private void print(JsonObject line) throws IOException {
    out.write(line + "\n");
    out.flush();
    System.out.println(line);
  }

  /** The first line of the results: on what they were measured. */
  private static JsonObject machine(String commit) throws IOException {
    Path cpuInfo = Path.of("/proc/cpuinfo");
    String cpu =
        Files.exists(cpuInfo)
            ? Files.readString(cpuInfo)
                .lines()
                .filter(line -> line.startsWith("model name") || line.startsWith("cpu family"))
                .limit(2)
                .map(line -> line.replaceAll("\\s+", " "))
                .collect(Collectors.joining(", "))
            : System.getProperty("os.arch");
    JsonObject line = new JsonObject();
    line.addProperty("commit", commit);
    line.addProperty("date", LocalDate.now(ZoneOffset.UTC).toString());
    line.addProperty("cpu", cpu);
    line.addProperty("processors", Runtime.getRuntime().availableProcessors());
    line.addProperty("java", Runtime.version().toString());
    line.addProperty(
        "load_average_before", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    line.addProperty("peer", "libtorch " + TORCH);
    return line;
  }

  private void run(PeerCase asked) throws IOException {
    ModelConfig config = ModelConfig.released(asked.size());
    ModelWeights weights = RandomWeights.of(config, SEED);
    List<SeriesInput> series = asked.workload().series();
    torch.set_num_threads(asked.threads());
    try (Backend backend =
            Backends.open(asked.precision().equals("bf16") ? "onednn:bf16" : "vector");
        Toto2 ours = new Toto2(config, weights, backend)) {
      TorchModel peer =
          new TorchModel(
              weights, asked.precision().equals("bf16") ? ScalarType.BFloat16 : ScalarType.Float);
      TorchModel.Inputs inputs = TorchModel.Inputs.of(series, config.patchSize());
      Runnable oursOnce = () -> ours.forecast(series, DecodeOptions.plain(), asked.threads());
      Runnable peerOnce = () -> forget(peer, inputs);
      int oursRepeats = warmUp(oursOnce);
      int peerRepeats = warmUp(peerOnce);
      double peak = PeakLoop.multiplyAddsPerSecond(asked.threads());
      double[] oursTimes = new double[MOST_ROUNDS];
      double[] peerTimes = new double[MOST_ROUNDS];
      int rounds = 0;
      long end = System.nanoTime() + (long) (SECONDS_PER_CASE * 1e9);
      while (rounds < ROUNDS || (rounds < MOST_ROUNDS && System.nanoTime() < end)) {
        oursTimes[rounds] = time(oursOnce, oursRepeats);
        peerTimes[rounds] = time(peerOnce, peerRepeats);
        rounds++;
      }
      Arrays.sort(oursTimes, 0, rounds);
      Arrays.sort(peerTimes, 0, rounds);
      double oursSeconds = oursTimes[rounds / 2];
      double peerSeconds = peerTimes[rounds / 2];
      JsonObject line = asked.json();
      line.addProperty("backend", backend.name());
      line.addProperty("rounds", rounds);
      line.addProperty("ours_seconds", oursSeconds);
      line.addProperty("peer_seconds", peerSeconds);
      line.addProperty("ratio", peerSeconds / oursSeconds);
      line.addProperty("difference", difference(ours, peer, series, inputs));
      line.addProperty("gigaflops", 2e-9 * ours.multiplyAdds(series) / oursSeconds);
      line.addProperty("peak_gigaflops", 2e-9 * peak);
      line.addProperty("share_of_peak", ours.multiplyAdds(series) / oursSeconds / peak);
      print(line);
    }
  }

  private static void forget(TorchModel peer, TorchModel.Inputs inputs) {
    try (PointerScope temporaries = new PointerScope()) {
      peer.forecast(inputs);
    }
  }

  /**
   * Until it is compiled; returns how many repeats make a round that is long enough to be timed.
   */
  private static int warmUp(Runnable once) {
    double fastest = Double.POSITIVE_INFINITY;
    long end = System.nanoTime() + (long) (SECONDS_PER_CASE * 1e9);
    do {
      fastest = Math.min(fastest, time(once, 1));
    } while (System.nanoTime() < end);
    return Math.max(1, (int) (SHORTEST_ROUND_SECONDS / fastest));
  }

  private static double time(Runnable once, int repeats) {
    long start = System.nanoTime();
    for (int i = 0; i < repeats; i++) {
      once.run();
    }
    return (System.nanoTime() - start) / 1e9 / repeats;
  }

  /** The largest distance of two quantiles, in ranges of the series' forecast. */
  private static double difference(
      Toto2 ours, TorchModel peer, List<SeriesInput> series, TorchModel.Inputs inputs) {
    double[] theirs;
    try (PointerScope temporaries = new PointerScope()) {
      Tensor quantiles = peer.forecast(inputs).contiguous();
      theirs = new double[Math.toIntExact(quantiles.numel())];
      new DoublePointer(quantiles.data_ptr()).get(theirs);
    }
    List<double[][]> forecasts = ours.forecast(series, DecodeOptions.plain());
    int stride = theirs.length / series.size() / series.get(0).targetCount();
    double largest = 0;
    int row = 0;
    for (double[][] forecast : forecasts) {
      for (double[] target : forecast) {
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        double apart = 0;
        for (int i = 0; i < target.length; i++) {
          least = Math.min(least, target[i]);
          greatest = Math.max(greatest, target[i]);
          apart = Math.max(apart, Math.abs(target[i] - theirs[row * stride + i]));
        }
        largest = Math.max(largest, apart / (greatest - least));
        row++;
      }
    }
    return largest;
  }
}
