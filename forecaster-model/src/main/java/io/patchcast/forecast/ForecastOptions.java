package io.patchcast.forecast;

import java.io.Serializable;

/**
 * Settings of a forecast; {@link #defaults()} are those of the public leaderboards.
 *
 * @param quantileLevels levels to return, ascending, each between 0.1 and 0.9; the model knows 0.1,
 *     0.2 … 0.9, levels between them are interpolated linearly
 * @param contextLength most steps of history that the model sees; 0 = what suits the model
 * @param decodeBlockSize steps forecast per pass for long horizons, a multiple of the patch size; 0
 *     = one pass up to 1,024 steps, blocks of 768 steps beyond
 * @param scaleFallbackObservations patches with fewer observations before their end borrow the
 *     scale of this many first ones; 0 = off
 * @param outputCap forecasts stay within this many scales of the observed range; 0 = off
 * @param valueRange values a forecast may take
 * @param maxThreads most threads to compute with, which changes no value; 0 = all there are, 1 =
 *     the calling thread alone
 */
public record ForecastOptions(
    double[] quantileLevels,
    int contextLength,
    int decodeBlockSize,
    int scaleFallbackObservations,
    double outputCap,
    ValueRange valueRange,
    int maxThreads)
    implements Serializable {

  /** The values a metric can have. */
  public enum ValueRange {
    /** Any number. */
    ANY,
    /** Zero or more: forecasts below zero become zero. */
    NON_NEGATIVE
  }

  private static final double LOWEST_LEVEL = 0.1;
  private static final double HIGHEST_LEVEL = 0.9;

  public ForecastOptions {
    quantileLevels = quantileLevels.clone();
    if (quantileLevels.length == 0) {
      throw new IllegalArgumentException("at least one quantile level must be asked for, got none");
    }
    for (int i = 0; i < quantileLevels.length; i++) {
      double level = quantileLevels[i];
      if (!(level >= LOWEST_LEVEL && level <= HIGHEST_LEVEL)) {
        throw new IllegalArgumentException(
            "quantile levels must be between 0.1 and 0.9 (the model knows no tails beyond), got "
                + level);
      }
      if (i > 0 && level <= quantileLevels[i - 1]) {
        throw new IllegalArgumentException(
            "quantile levels must ascend, got " + level + " after " + quantileLevels[i - 1]);
      }
    }
    if (contextLength < 0) {
      throw new IllegalArgumentException("contextLength must be 0 or more, got " + contextLength);
    }
    if (decodeBlockSize < 0) {
      throw new IllegalArgumentException(
          "decodeBlockSize must be 0 or more, got " + decodeBlockSize);
    }
    if (scaleFallbackObservations < 0) {
      throw new IllegalArgumentException(
          "scaleFallbackObservations must be 0 or more, got " + scaleFallbackObservations);
    }
    if (!(outputCap >= 0) || Double.isInfinite(outputCap)) {
      throw new IllegalArgumentException("outputCap must be 0 or more, got " + outputCap);
    }
    if (maxThreads < 0) {
      throw new IllegalArgumentException("maxThreads must be 0 or more, got " + maxThreads);
    }
  }

  /** Nine levels, context and blocks as suits the model, scale fallback 8, output cap 10,000. */
  public static ForecastOptions defaults() {
    return new ForecastOptions(
        new double[] {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9},
        0,
        0,
        8,
        1e4,
        ValueRange.ANY,
        0);
  }

  @Override
  public double[] quantileLevels() {
    return quantileLevels.clone();
  }

  /** These options with other quantile levels. */
  public ForecastOptions withQuantileLevels(double... levels) {
    return new ForecastOptions(
        levels,
        contextLength,
        decodeBlockSize,
        scaleFallbackObservations,
        outputCap,
        valueRange,
        maxThreads);
  }

  /** These options with another context length. */
  public ForecastOptions withContextLength(int steps) {
    return new ForecastOptions(
        quantileLevels,
        steps,
        decodeBlockSize,
        scaleFallbackObservations,
        outputCap,
        valueRange,
        maxThreads);
  }

  /** These options with another decode block size. */
  public ForecastOptions withDecodeBlockSize(int steps) {
    return new ForecastOptions(
        quantileLevels,
        contextLength,
        steps,
        scaleFallbackObservations,
        outputCap,
        valueRange,
        maxThreads);
  }

  /** These options with another scale fallback. */
  public ForecastOptions withScaleFallbackObservations(int count) {
    return new ForecastOptions(
        quantileLevels, contextLength, decodeBlockSize, count, outputCap, valueRange, maxThreads);
  }

  /** These options with another output cap. */
  public ForecastOptions withOutputCap(double scales) {
    return new ForecastOptions(
        quantileLevels,
        contextLength,
        decodeBlockSize,
        scaleFallbackObservations,
        scales,
        valueRange,
        maxThreads);
  }

  /** These options with another value range. */
  public ForecastOptions withValueRange(ValueRange range) {
    return new ForecastOptions(
        quantileLevels,
        contextLength,
        decodeBlockSize,
        scaleFallbackObservations,
        outputCap,
        range,
        maxThreads);
  }

  /** These options with another number of threads. */
  public ForecastOptions withMaxThreads(int count) {
    return new ForecastOptions(
        quantileLevels,
        contextLength,
        decodeBlockSize,
        scaleFallbackObservations,
        outputCap,
        valueRange,
        count);
  }
}
