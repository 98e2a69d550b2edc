package io.patchcast.hub;

import java.util.List;
import java.util.Objects;

/**
 * A checkpoint that was released under a name, and the revision of it that this library uses.
 *
 * <p>Where the hash is pinned, no other weights are accepted, whatever a hub or a mirror says.
 *
 * @param name hub name, {@code owner/name}
 * @param revision full commit; asking for the name alone means this one
 * @param parameterCount numbers in the checkpoint
 * @param weightsBytes size of the weights to expect, for display: measured where the hash is known,
 *     otherwise computed from the tensors' layout and not enforced
 * @param weightsSha256 SHA-256 of {@code model.safetensors} at that revision, 64 lower-case
 *     hexadecimal digits; null where it is not known (then the hub's own hash is the check)
 */
public record ReleasedModel(
    String name, String revision, long parameterCount, long weightsBytes, String weightsSha256) {

  private static final List<ReleasedModel> ALL =
      List.of(
          new ReleasedModel(
              "Datadog/Toto-2.0-4m",
              "8306a9801cf98c0f5ffe4b2dcc8f496e616d84d9",
              4_144_448,
              16_582_848,
              "316660d5afb47943e531f39242e0b02ca0b8bb73be5709dfe07ca80dfce9805e"),
          // Retrained in May 2026: the hash of this revision is not known.
          new ReleasedModel(
              "Datadog/Toto-2.0-22m",
              "685e4ae3e2be8d8998025e53dd98e7fdcb296a89",
              21_915_584,
              87_669_368,
              null),
          new ReleasedModel(
              "Datadog/Toto-2.0-313m",
              "a7bab288f5e95f8606f8306f86659357e1c001ef",
              312_684_608,
              1_250_763_568,
              null),
          new ReleasedModel(
              "Datadog/Toto-2.0-1B",
              "1604e1a5242884fb9848f88c4ced14f4dc62d9d3",
              1_041_033_024,
              4_164_169_600L,
              null),
          new ReleasedModel(
              "Datadog/Toto-2.0-2.5B",
              "51a2812bbe449437c01b79c0e425ed578f335f5b",
              2_454_281_792L,
              9_817_176_960L,
              "dc08942b20751ac906167194d4ca4aa06b4367e80aabe5f1d5153b30b874bdb9"));

  public ReleasedModel {
    Objects.requireNonNull(name, "name");
    if (!ModelReference.isCommit(revision)) {
      throw new IllegalArgumentException(
          "revision of " + name + " must be a full commit of 40 hex digits, got " + revision);
    }
    if (weightsSha256 != null && !Sha256.isHash(weightsSha256)) {
      throw new IllegalArgumentException(
          "SHA-256 of " + name + " must have 64 lower-case hex digits, got " + weightsSha256);
    }
  }

  /** The released checkpoints, smallest first. */
  public static List<ReleasedModel> all() {
    return ALL;
  }
}
