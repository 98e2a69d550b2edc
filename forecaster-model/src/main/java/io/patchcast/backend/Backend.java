package io.patchcast.backend;

/** A way to compute: owns threads or a device. Safe for use by several threads. */
public interface Backend extends AutoCloseable {
  /**
   * The provider's name, and after a colon the precision unless it is f32 and the provider's own:
   * {@code vector}, {@code onednn:bf16}, {@code cuda:bf16}, {@code cuda:f32}.
   */
  String name();

  /** Packs the weights for this backend; reads each of them once. The caller closes the result. */
  LoadedModel load(ModelWeights weights);

  @Override
  void close();
}
