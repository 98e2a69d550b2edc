package io.patchcast.model;

/**
 * How to run the model.
 *
 * @param decodeBlockSize steps per pass, a multiple of the patch size; 0 = the whole horizon in one
 *     pass
 * @param scaleFallbackObservations patches up to whose end fewer values were observed take mean and
 *     deviation of the first that many; 0 = off
 * @param outputCap quantiles stay within this many scales of the observed range; 0 = off
 */
public record DecodeOptions(int decodeBlockSize, int scaleFallbackObservations, double outputCap) {
  /** One pass, no fallback, no cap: the plain model. */
  public static DecodeOptions plain() {
    return new DecodeOptions(0, 0, 0);
  }
}
