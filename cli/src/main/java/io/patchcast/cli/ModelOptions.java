package io.patchcast.cli;

import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelSource;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say with which model to forecast, and what computes it. */
final class ModelOptions {
  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = "builtin",
      description = {
        "builtin, a checkpoint directory, or a hub name like Datadog/Toto-2.0-4m",
        "(default: ${DEFAULT-VALUE})."
      })
  private String model;

  @Mixin private BackendOptions backend;

  /** What was said of the model. */
  String model() {
    return model;
  }

  /** Where the model is; fails where the name is none. */
  ModelSource source() {
    return ModelSource.parse(model);
  }

  /** Opens the model, after downloading it if need be. */
  Forecaster open(HubDownloads downloads) throws IOException {
    return downloads.open(source(), backend.name());
  }
}
