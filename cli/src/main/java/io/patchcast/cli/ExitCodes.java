package io.patchcast.cli;

/** What the exit status of {@code patchcast} says. */
public final class ExitCodes {
  /** Done; single series that could not be forecast are told in the output. */
  public static final int OK = 0;

  /** The answer is no: a check failed, or (with {@code --strict} any, else every) series failed. */
  public static final int FAILED = 1;

  /** The command line is wrong. */
  public static final int USAGE = 2;

  /** A file, a model or the network is not as needed. */
  public static final int INPUT = 3;

  /** A fault of this program. */
  public static final int INTERNAL = 70;

  /** The reader of the output went away, as the shell reports it of other programs. */
  public static final int BROKEN_PIPE = 141;

  private ExitCodes() {}
}
