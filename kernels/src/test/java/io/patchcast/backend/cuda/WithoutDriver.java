package io.patchcast.backend.cuda;

import io.patchcast.forecast.Backends;

/** Asks for the backend in a JVM that has no rig: what a user without a GPU sees. */
final class WithoutDriver {
  private WithoutDriver() {}

  /** Prints what it is told. */
  public static void main(String[] arguments) {
    try {
      Backends.open("cuda").close();
      System.out.println("cuda is available");
    } catch (IllegalStateException e) {
      System.out.println("asked: " + e.getMessage());
    }
    System.out.println("auto: " + Backends.choose(Backends.AUTO));
  }
}
