package io.patchcast.bench.peer;

import com.google.gson.JsonObject;
import io.patchcast.bench.Workload;
import java.util.List;

/**
 * One comparison.
 *
 * @param size of the released checkpoint
 * @param precision f32 or bf16, of both sides
 * @param threads of both sides
 * @param workload the series
 */
record PeerCase(String size, String precision, int threads, Workload workload) {

  /** Parses {@code size precision threads context horizon batch variates missing}. */
  static PeerCase parse(String line) {
    String[] words = line.split("\\s+", -1);
    if (words.length != 8) {
      throw new IllegalArgumentException(
          "expected size precision threads context horizon batch variates missing, got '"
              + line
              + "'");
    }
    return new PeerCase(
        words[0],
        words[1],
        Integer.parseInt(words[2]),
        new Workload(
            Integer.parseInt(words[3]),
            Integer.parseInt(words[4]),
            Integer.parseInt(words[5]),
            Integer.parseInt(words[6]),
            Integer.parseInt(words[7])));
  }

  /** One case a line; empty lines and those that begin with # are passed over. */
  static List<PeerCase> parseAll(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .map(PeerCase::parse)
        .toList();
  }

  JsonObject json() {
    JsonObject object = new JsonObject();
    object.addProperty("config", size);
    object.addProperty("precision", precision);
    object.addProperty("threads", threads);
    object.addProperty("context", workload.context());
    object.addProperty("horizon", workload.horizon());
    object.addProperty("batch", workload.batch());
    object.addProperty("variates", workload.variates());
    object.addProperty("missing_percent", workload.missingPercent());
    return object;
  }
}
