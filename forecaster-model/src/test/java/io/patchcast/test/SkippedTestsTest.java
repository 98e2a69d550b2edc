package io.patchcast.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.discoveryRequest;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherFactory;

final class SkippedTestsTest {
  /** Not run by the build: it is no top-level class. */
  static final class Mixed {
    @Test
    void runs() {}

    @Test
    @Disabled("not on this planet")
    void disabled() {}

    @Test
    void aborted() {
      abort("no golden here");
    }
  }

  @Test
  void printsEachTestThatDidNotRunAndWhy() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    LauncherFactory.create(
            LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .addTestExecutionListeners(
                    new SkippedTests(new PrintStream(printed, true, StandardCharsets.UTF_8)))
                .build())
        .execute(discoveryRequest().selectors(selectClass(Mixed.class)).build());
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .containsExactlyInAnyOrder(
            "SKIPPED io.patchcast.test.SkippedTestsTest$Mixed.disabled: not on this planet",
            "SKIPPED io.patchcast.test.SkippedTestsTest$Mixed.aborted: no golden here");
  }

  @Test
  void isFoundByTheTestPlatform() {
    assertThat(ServiceLoader.load(TestExecutionListener.class))
        .hasAtLeastOneElementOfType(SkippedTests.class);
  }
}
