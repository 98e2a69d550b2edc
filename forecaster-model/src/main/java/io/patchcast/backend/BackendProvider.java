package io.patchcast.backend;

/** Found by {@link java.util.ServiceLoader}; one per backend on the class path. */
public interface BackendProvider {
  /** What a user asks for: {@code scalar}, {@code vector} … */
  String name();

  /** Where several are available, the one with the highest preference is chosen. */
  int preference();

  /** Whether {@link #open} can work here. Never throws; probes hardware at most once. */
  Availability availability();

  /**
   * Opens it in the precision that it is for: f32, unless the name of what is opened has another
   * after a colon. The caller closes it.
   */
  Backend open();

  /** Opens it for this precision; the caller closes it. */
  default Backend open(Precision precision) {
    if (precision != Precision.F32) {
      throw new IllegalArgumentException(
          "backend " + name() + " computes in f32, got precision " + precision.label());
    }
    return open();
  }

  /**
   * Whether a backend can be used on this machine.
   *
   * @param available whether it can
   * @param detail the device it would use, or the reason why it cannot
   */
  record Availability(boolean available, String detail) {
    /** It can be used, on this device. */
    public static Availability on(String device) {
      return new Availability(true, device);
    }

    /** It cannot be used, for this reason. */
    public static Availability unavailable(String reason) {
      return new Availability(false, reason);
    }
  }
}
