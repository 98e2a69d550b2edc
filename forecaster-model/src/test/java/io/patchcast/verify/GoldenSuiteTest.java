package io.patchcast.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.test.SharedData;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoldenSuiteTest {
  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void everyGoldenAndItsTracesAreWithinTolerance(String backendName) throws Exception {
    Path goldens = SharedData.path("golden");
    List<GoldenSuite.Result> results = GoldenSuite.run(goldens, backendName, result -> {});

    assertThat(results).hasSizeGreaterThanOrEqualTo(12);
    assertThat(results.stream().filter(result -> !result.traceErrors().isEmpty())).hasSize(4);
    assertThat(results)
        .allSatisfy(result -> assertThat(result.largest()).isLessThan(GoldenSuite.TOLERANCE));
    assertThat(results).allMatch(GoldenSuite.Result::passed);
  }
}
