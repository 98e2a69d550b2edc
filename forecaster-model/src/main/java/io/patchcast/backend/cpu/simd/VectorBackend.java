package io.patchcast.backend.cpu.simd;

import io.patchcast.backend.Backend;
import io.patchcast.backend.LoadedModel;
import io.patchcast.backend.ModelWeights;

/** The Vector API twin, with products of its own or of a library. */
public final class VectorBackend implements Backend {
  private final String name;
  private final ProductLibrary library;

  /**
   * Takes over {@code library}, which may be null for none.
   *
   * @param name the provider's
   */
  public VectorBackend(String name, ProductLibrary library) {
    this.name = name;
    this.library = library;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public LoadedModel load(ModelWeights weights) {
    return new VectorModel(weights, library);
  }

  @Override
  public void close() {
    if (library != null) {
      library.close();
    }
  }
}
