package io.patchcast.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code patchcast demo}. */
@Command(name = "demo", description = "Forecasts a recorded data set that comes with Patchcast.")
final class DemoCommand implements Callable<Integer> {
  @ParentCommand private Patchcast patchcast;

  @Override
  public Integer call() {
    return ExitCodes.OK;
  }
}
