package io.patchcast.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What has to be known of a run to believe its numbers.
 *
 * @param model name of the model; empty where only baselines ran
 * @param weightsSha256 of its weights
 * @param leakage whether the model has been trained on the data, in words
 * @param backend what computed it
 * @param precision of the computation
 * @param threads processors that the JVM may use
 * @param contextLengths most steps of history that the model saw, one per variant
 * @param variates whether variates of one file were forecast together, one per variant
 * @param java version of the JVM
 * @param commit of Patchcast
 * @param protocols the benchmarks
 * @param dataFingerprint of all series evaluated
 * @param windows that were scored, each forecaster's counted
 * @param seconds that it took, without what an earlier run had scored
 * @param peakResidentBytes most memory that the process had resident; 0 where the system does not
 *     tell
 * @param command how it was started
 */
public record RunHeader(
    String model,
    String weightsSha256,
    String leakage,
    String backend,
    String precision,
    int threads,
    List<Integer> contextLengths,
    List<Variates> variates,
    String java,
    String commit,
    List<String> protocols,
    String dataFingerprint,
    long windows,
    double seconds,
    long peakResidentBytes,
    String command) {

  /** Names and values in the order to show them. */
  public Map<String, String> lines() {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("model", model.isEmpty() ? "none, baselines only" : model);
    if (!model.isEmpty()) {
      lines.put("weights SHA-256", weightsSha256);
      lines.put("trained on these data", leakage);
      lines.put("backend", backend + ", " + precision);
      lines.put(
          "context",
          String.join(", ", contextLengths.stream().map(String::valueOf).toList()) + " steps");
      lines.put("variates", String.join(", ", variates.stream().map(String::valueOf).toList()));
    }
    lines.put("threads", String.valueOf(threads));
    lines.put("Java", java);
    lines.put("commit", commit);
    lines.put("protocol", String.join(", ", protocols));
    lines.put("data fingerprint", dataFingerprint);
    String memory =
        peakResidentBytes == 0
            ? ""
            : String.format(
                Locale.ROOT, ", with at most %.2f GB of memory", peakResidentBytes / 1e9);
    lines.put(
        "scored", String.format(Locale.ROOT, "%,d windows in %.1f s%s", windows, seconds, memory));
    lines.put("command", command);
    return lines;
  }
}
