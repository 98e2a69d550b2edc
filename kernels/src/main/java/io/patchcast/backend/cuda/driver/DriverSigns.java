package io.patchcast.backend.cuda.driver;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether this machine looks as if it had an NVIDIA driver, told from a few names of files: without
 * one, loading JCuda and unpacking its native library would be in vain at every start.
 */
final class DriverSigns {
  /** Set to {@code always}, the driver is asked without any sign of it. */
  static final String PROPERTY = "patchcast.cuda.probe";

  private static final String LIBRARY = "libcuda.so.1";

  /** The kernel's side of the driver: on Linux, and on Windows below WSL. */
  private static final List<String> DEVICES =
      List.of("/proc/driver/nvidia", "/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg");

  /** Where packages, containers and WSL put the library. */
  private static final List<String> DIRECTORIES =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/usr/local/nvidia/lib64",
          "/usr/local/cuda/compat",
          "/usr/lib/wsl/lib");

  private DriverSigns() {}

  /** Whether there are any, or none are asked for. */
  static boolean any() {
    if ("always".equals(System.getProperty(PROPERTY))) {
      return true;
    }
    List<String> directories = new ArrayList<>(DIRECTORIES);
    String told = System.getenv("LD_LIBRARY_PATH");
    if (told != null) {
      directories.addAll(List.of(told.split(File.pathSeparator, -1)));
    }
    return DEVICES.stream().anyMatch(device -> new File(device).exists())
        || directories.stream().anyMatch(directory -> new File(directory, LIBRARY).exists());
  }
}
