package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.cuda.Rig.Counter;
import io.patchcast.backend.cuda.Rig.Setting;
import io.patchcast.test.SharedData;
import io.patchcast.verify.GoldenSuite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Outputs of the reference implementation against the PTX that ships, on the rig. */
class CudaGoldenTest {
  /** Of every level and step, traces included, though it is asked of the median alone. */
  private static final double BF16_TOLERANCE = 2e-2;

  /** How the rig runs the kernels. */
  enum Mode {
    /** As fast as it can, work at once. */
    EAGER,
    /** Work only where the host makes it visible; races, initialisation and copies are checked. */
    LAZY_AND_CHECKED,
    /**
     * Other orders of sums, blocks and warps; approximations off by two units in the last place.
     */
    PERTURBED;

    void set() {
      Rig.set(Setting.LAZY, this == LAZY_AND_CHECKED ? 1 : 0);
      Rig.set(Setting.CHECKS, this == LAZY_AND_CHECKED ? 1 : 0);
      Rig.set(Setting.PERTURB, this == PERTURBED ? 1 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyGoldenOfReleasedShapeIsWithinToleranceInF32(Mode mode) throws Exception {
    List<GoldenSuite.Result> results = run("cuda:f32", mode);
    assertThat(results).hasSizeGreaterThanOrEqualTo(9).allMatch(GoldenSuite.Result::passed);
  }

  @ParameterizedTest
  @EnumSource
  void everyGoldenOfReleasedShapeIsNearInBf16(Mode mode) throws Exception {
    List<GoldenSuite.Result> results = run("cuda:bf16", mode);
    assertThat(results)
        .hasSizeGreaterThanOrEqualTo(9)
        .allSatisfy(result -> assertThat(result.largest()).isLessThan(BF16_TOLERANCE));
  }

  private static List<GoldenSuite.Result> run(String backend, Mode mode) throws IOException {
    Rig.start();
    mode.set();
    Path goldens = SharedData.path("golden/release-narrow");
    List<GoldenSuite.Result> results = GoldenSuite.run(goldens, backend, result -> {});
    assertThat(Rig.held()).isZero();
    assertThat(Rig.count(Counter.UNPINNED_COPIES)).isZero();
    return results;
  }

  @Test
  void otherSwitchesAreRefusedWithTheReason() throws Exception {
    Rig.start();
    List<GoldenSuite.Result> results =
        GoldenSuite.run(SharedData.path("golden/other-switches"), "cuda:f32", result -> {});
    assertThat(results)
        .hasSize(3)
        .allSatisfy(result -> assertThat(result.refusal()).contains("qk_norm", "12 and 20"));
    assertThat(Rig.held()).isZero();
  }
}
