package io.patchcast.cli;

import picocli.CommandLine.Option;

/** The options that say what computes, for commands that forecast. */
final class BackendOptions {
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "auto, vector, onednn, cuda or scalar (default: ${DEFAULT-VALUE}).")
  private String backend;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "f32, or bf16 with --backend onednn or cuda (default: cuda bf16, others f32).")
  private String precision;

  /** The backend's name with the precision, if one was asked for. */
  String name() {
    return precision == null ? backend : backend + ":" + precision;
  }
}
