package io.patchcast.backend;

import java.util.Arrays;
import java.util.Locale;

/** In what numbers a backend computes its products; sums are f32 or better in any. */
public enum Precision {
  /** Single precision: the same forecasts on every backend, up to rounding. */
  F32,
  /** Eight bits of mantissa, for weights and what they are multiplied with: faster, less exact. */
  BF16;

  /** As users write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The precision that users call so: {@code f32} or {@code bf16}. */
  public static Precision parse(String label) {
    return Arrays.stream(values())
        .filter(precision -> precision.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException("precision must be f32 or bf16, got '" + label + "'"));
  }
}
