package io.patchcast.backend.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.backend.Backend;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.RandomWeights;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.test.SharedData;
import io.patchcast.verify.GoldenSuite;
import io.patchcast.weights.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The backend is found, and its forecasts are those of the reference as far as its numbers go. */
class OnednnBackendTest {
  /**
   * What a forecast in bf16 may be off by, in ranges of its series, at the median of the goldens.
   */
  private static final double BF16_MEDIAN_ERROR = 2e-2;

  @Test
  void isOfferedAndNeverChosenUnasked() {
    Backends.Candidate candidate =
        Backends.all().stream()
            .filter(one -> one.name().equals("onednn"))
            .findFirst()
            .orElseThrow();
    assertThat(candidate.available()).as(candidate.detail()).isTrue();
    assertThat(candidate.detail()).contains("bf16");
    assertThat(Backends.choose(Backends.AUTO)).isEqualTo("vector");
    assertThat(Backends.choose("onednn:bf16")).isEqualTo("onednn:bf16");
  }

  @Test
  void aPrecisionThatABackendLacksIsRefused() {
    assertThatThrownBy(() -> Backends.open("vector:bf16"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("backend vector computes in f32, got precision bf16");
    assertThatThrownBy(() -> Backends.open("onednn:int3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("f32 or bf16, got 'int3'");
  }

  @Test
  void goldensHoldInSinglePrecision() throws Exception {
    List<GoldenSuite.Result> results =
        GoldenSuite.run(SharedData.path("golden"), "onednn", result -> {});
    assertThat(results).hasSizeGreaterThanOrEqualTo(12).allMatch(GoldenSuite.Result::passed);
  }

  @Test
  void goldensAreNearInBf16() throws Exception {
    List<Double> errors = new ArrayList<>();
    GoldenSuite.run(SharedData.path("golden"), "onednn:bf16", result -> errors.add(result.error()));
    errors.sort(null);
    assertThat(errors.get(errors.size() / 2)).isLessThan(BF16_MEDIAN_ERROR);
    // It is bf16 that was computed in.
    assertThat(errors.get(errors.size() - 1)).isGreaterThan(GoldenSuite.TOLERANCE);
  }

  /** oneDNN may sum in another order for other numbers of rows; no more than that. */
  @Test
  void aForecastIsNearlyTheSameInAnyBatch() {
    ModelConfig config = ModelConfig.released("4m");
    List<SeriesInput> series = new ArrayList<>();
    for (int s = 0; s < 40; s++) {
      double[] values = new double[300 + s];
      for (int t = 0; t < values.length; t++) {
        values[t] = s + Math.sin(t / 9.0) + t % (s + 2);
      }
      series.add(SeriesInput.univariate(values, 70));
    }
    try (Backend backend = Backends.open("onednn");
        Toto2 model = new Toto2(config, RandomWeights.of(config, 1), backend)) {
      List<double[][]> together = model.forecast(series, DecodeOptions.plain());
      for (int s = 0; s < series.size(); s++) {
        double[] alone = model.forecast(List.of(series.get(s)), DecodeOptions.plain()).get(0)[0];
        double[] among = together.get(s)[0];
        for (int i = 0; i < alone.length; i++) {
          assertThat(among[i])
              .isCloseTo(
                  alone[i], org.assertj.core.data.Offset.offset(1e-4 * Math.abs(alone[i]) + 1e-4));
        }
      }
    }
  }
}
