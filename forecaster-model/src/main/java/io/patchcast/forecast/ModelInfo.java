package io.patchcast.forecast;

/**
 * Where a forecast came from; travels with each {@link ForecastResult}.
 *
 * @param name {@code builtin}, hub name or directory
 * @param revision revision of a hub model; empty for others
 * @param weightsSha256 SHA-256 of the weights, hexadecimal (of a sharded checkpoint: of its list of
 *     shard hashes)
 * @param parameterCount numbers in the checkpoint
 * @param patchSize steps per patch
 * @param contextLength steps of history used unless the options say otherwise
 * @param backend what computed it: {@code scalar}, {@code vector} …
 */
public record ModelInfo(
    String name,
    String revision,
    String weightsSha256,
    long parameterCount,
    int patchSize,
    int contextLength,
    String backend) {}
