package io.patchcast.test;

import java.io.PrintStream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Prints each test that did not run, and why: Surefire tells only how many.
 *
 * <p>Found by {@code ServiceLoader} in every module that has these classes on its test class path.
 */
public final class SkippedTests implements TestExecutionListener {
  private final PrintStream out;

  /** Prints to standard output. */
  public SkippedTests() {
    this(System.out);
  }

  SkippedTests(PrintStream out) {
    this.out = out;
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    print(test, reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == Status.ABORTED) {
      print(test, result.getThrowable().map(Throwable::getMessage).orElse("aborted"));
    }
  }

  private void print(TestIdentifier test, String reason) {
    out.println(
        "SKIPPED "
            + test.getSource().map(SkippedTests::name).orElse(test.getDisplayName())
            + ": "
            + reason);
  }

  private static String name(TestSource source) {
    if (source instanceof MethodSource method) {
      return method.getClassName() + "." + method.getMethodName();
    }
    return source instanceof ClassSource type ? type.getClassName() : source.toString();
  }
}
