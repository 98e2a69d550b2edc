package io.patchcast.backend.cpu;

import io.patchcast.backend.Backend;
import io.patchcast.backend.BackendProvider;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;

/** Offers the scalar twin: works everywhere, slow on purpose. */
public final class ScalarBackendProvider implements BackendProvider {
  private static final String NAME = "scalar";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int preference() {
    return 0;
  }

  @Override
  public Availability availability() {
    return Availability.on("plain loops, double accumulators");
  }

  @Override
  public Backend open() {
    return new Backend() {
      @Override
      public String name() {
        return NAME;
      }

      @Override
      public LoadedModel load(ModelWeights weights) {
        return new ScalarModel(weights);
      }

      @Override
      public void close() {}
    };
  }
}
