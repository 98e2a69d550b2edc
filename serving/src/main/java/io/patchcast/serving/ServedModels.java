package io.patchcast.serving;

import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The models that a service answers with, by name; the first is the one used by default. */
public final class ServedModels {
  private final Map<String, Forecaster> forecasters = new LinkedHashMap<>();
  private final Forecaster first;

  /**
   * @param forecasters at least one, of different names; they stay the caller's to close
   */
  public ServedModels(List<Forecaster> forecasters) {
    if (forecasters.isEmpty()) {
      throw new IllegalArgumentException("at least one model must be served, got none");
    }
    for (Forecaster forecaster : forecasters) {
      String name = forecaster.model().name();
      if (this.forecasters.put(name, forecaster) != null) {
        throw new IllegalArgumentException(
            "models must have different names, got '" + name + "' twice");
      }
    }
    this.first = forecasters.get(0);
  }

  /** The model of this name; of null the first one. */
  public Forecaster forecaster(String name) {
    Forecaster found = name == null ? first : forecasters.get(name);
    if (found == null) {
      throw new ProblemException(
          ProblemCode.UNKNOWN_MODEL,
          "expected one of the models " + forecasters.keySet() + ", found '" + name + "'");
    }
    return found;
  }

  /** All of them. */
  public List<Forecaster> all() {
    return List.copyOf(forecasters.values());
  }

  /** What they are, the default first. */
  public List<ModelInfo> infos() {
    return forecasters.values().stream().map(Forecaster::model).toList();
  }
}
