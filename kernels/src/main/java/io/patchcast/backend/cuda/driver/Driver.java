package io.patchcast.backend.cuda.driver;

import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuGetErrorName;
import static jcuda.driver.JCudaDriver.cuInit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;

/**
 * Looks for the driver and its devices.
 *
 * @param devices those that can be used, by number
 * @param reason why there are none, else empty
 */
public record Driver(List<Found> devices, String reason) {
  /** The driver that first took PTX 7.0, as it counts: CUDA 11.0. */
  private static final int LEAST_VERSION = 11_000;

  /** The architecture that the kernels are compiled for, times ten. */
  private static final int LEAST_CAPABILITY = 80;

  /**
   * A device that can be used.
   *
   * @param ordinal its number
   * @param name what its maker calls it
   * @param capability compute capability, times ten
   */
  public record Found(int ordinal, String name, int capability) {}

  /** Looks once, and never throws: what is missing is the reason. */
  public static Driver probe() {
    if (!DriverSigns.any()) {
      return none(
          "no NVIDIA driver: expected its device files or libcuda.so.1 in the usual places, found"
              + " neither (-D"
              + DriverSigns.PROPERTY
              + "=always looks all the same)");
    }
    try {
      int result = cuInit(0);
      if (result == CUresult.CUDA_ERROR_NO_DEVICE) {
        return none("the driver found no NVIDIA GPU");
      }
      if (result != CUresult.CUDA_SUCCESS) {
        return none("the NVIDIA driver does not start: " + name(result));
      }
      int[] version = new int[1];
      check(cuDriverGetVersion(version), "asking for the version of the driver");
      if (version[0] < LEAST_VERSION) {
        return none(
            "expected an NVIDIA driver for CUDA 11.0 or later (450 or later), found one for CUDA "
                + version[0] / 1000
                + "."
                + version[0] % 1000 / 10);
      }
      return usable();
    } catch (CudaException e) {
      return none(e.getMessage());
    } catch (LinkageError e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      return none("no NVIDIA driver: libcuda.so.1 cannot be loaded (" + first.strip() + ")");
    }
  }

  private static Driver usable() {
    int[] count = new int[1];
    check(cuDeviceGetCount(count), "counting the devices");
    List<Found> found = new ArrayList<>();
    List<String> tooOld = new ArrayList<>();
    for (int ordinal = 0; ordinal < count[0]; ordinal++) {
      CUdevice device = new CUdevice();
      check(cuDeviceGet(device, ordinal), "opening device " + ordinal);
      byte[] name = new byte[256];
      check(
          cuDeviceGetName(name, name.length, device), "asking device " + ordinal + " for its name");
      int capability =
          10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
              + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
      String text = new String(name, StandardCharsets.UTF_8);
      text = text.substring(0, text.indexOf('\0') < 0 ? text.length() : text.indexOf('\0'));
      if (capability < LEAST_CAPABILITY) {
        tooOld.add(text + " has " + capability / 10 + "." + capability % 10);
      } else {
        found.add(new Found(ordinal, text, capability));
      }
    }
    if (found.isEmpty()) {
      return none(
          tooOld.isEmpty()
              ? "the driver found no NVIDIA GPU"
              : "expected compute capability 8.0 or later, " + String.join(", ", tooOld));
    }
    return new Driver(List.copyOf(found), "");
  }

  static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    check(cuDeviceGetAttribute(value, attribute, device), "asking a device for an attribute");
    return value[0];
  }

  private static Driver none(String reason) {
    return new Driver(List.of(), reason);
  }

  static void check(int result, String doing) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw new CudaException(result, name(result) + " while " + doing);
    }
  }

  static String name(int result) {
    String[] name = new String[1];
    boolean known = cuGetErrorName(result, name) == CUresult.CUDA_SUCCESS && name[0] != null;
    return known ? name[0] : "CUDA error " + result;
  }
}
