package io.patchcast.forecast;

/** What became of one series of a request. */
public enum SeriesStatus {
  /** Forecast. */
  OK("ok"),
  /** No row at all, or too few rows to infer the step. */
  TOO_SHORT("too_short"),
  /** Rows, but not one finite target value in the context. */
  ALL_MISSING("all_missing"),
  /** Something the message names: unequal lengths, an impossible step, a horizon out of range. */
  INVALID("invalid");

  private final String code;

  SeriesStatus(String code) {
    this.code = code;
  }

  /** The stable name used in tables and answers. */
  public String code() {
    return code;
  }
}
