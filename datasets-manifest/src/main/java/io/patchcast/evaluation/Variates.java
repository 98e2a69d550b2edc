package io.patchcast.evaluation;

import java.util.Locale;

/**
 * What the model sees of a series with several variates. The windows and their scores are the same;
 * published scores are of either, which models differ in.
 */
public enum Variates {
  /** Each variate is forecast from its own history alone. */
  SEPARATE,
  /** The variates of a file are forecast together, from the history of all. */
  JOINT;

  /** The name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
