package io.patchcast.backend.cuda;

import io.patchcast.backend.ModelWeights.Shape;
import io.patchcast.backend.cuda.driver.Device;
import io.patchcast.backend.cuda.driver.KernelImage;
import io.patchcast.backend.cuda.driver.KernelImage.Kernel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The kernels of one storage and head width, loaded on one device. */
record KernelSet(
    Kernel scaleAndPatch,
    Kernel embedPatches,
    Kernel normQkvRotary,
    Kernel attend,
    Kernel projectResidual,
    Kernel outputResidual,
    Kernel normSwiGlu,
    Kernel headInner,
    Kernel headOutput) {
  /** Threads of a block of every kernel. */
  static final int THREADS = 128;

  /** Rows and columns of a tile of outputs. */
  static final int TILE = 64;

  private static final int TILE_BYTES = TILE * 128;
  private static final int PRODUCT_BYTES = 4 * TILE_BYTES;

  static KernelSet load(Device device, Shape shape, Storage storage) {
    String suffix = "_" + storage.suffix();
    KernelImage residual = image(device, "project_residual");
    KernelImage head = image(device, "head");
    // Columns of 64 numbers: one tile of bf16, two of f32.
    int units = TILE * storage.bytes() / 128;
    return new KernelSet(
        image(device, "scale_and_patch").kernel("scale_and_patch" + suffix, 0),
        image(device, "embed_patches").kernel("embed_patches" + suffix, 6 * units * TILE_BYTES),
        image(device, "norm_qkv_rotary").kernel("norm_qkv_rotary" + suffix, PRODUCT_BYTES),
        image(device, "attend")
            .kernel(
                "attend" + suffix + "_" + shape.queryDim(),
                attentionBytes(shape.queryDim(), storage)),
        residual.kernel("project_residual" + suffix, PRODUCT_BYTES),
        residual.kernel("output_residual" + suffix, PRODUCT_BYTES),
        image(device, "norm_swiglu").kernel("norm_swiglu" + suffix, PRODUCT_BYTES),
        head.kernel("head_inner" + suffix, PRODUCT_BYTES),
        head.kernel("head_output" + suffix, PRODUCT_BYTES));
  }

  /** Keys that the attention kernel takes at once; {@code Attention::KEYS} of attend.cuh. */
  static int attentionKeys(Storage storage) {
    return storage == Storage.BF16 ? 64 : 32;
  }

  /** {@code Attention::SHARED} of attend.cuh: a tile of queries, keys, values, in f32 weights. */
  private static int attentionBytes(int headDim, Storage storage) {
    int units = Math.max(1, headDim * storage.bytes() / 128);
    int keys = attentionKeys(storage);
    int weights = storage == Storage.BF16 ? 0 : TILE * (keys + 4) * Float.BYTES;
    return units * (TILE_BYTES + 2 * keys * 128) + weights;
  }

  private static KernelImage image(Device device, String name) {
    try (InputStream file = KernelSet.class.getResourceAsStream(name + ".ptx")) {
      if (file == null) {
        throw new IllegalStateException(name + ".ptx is missing from the jar of the kernels");
      }
      return device.load(name, file.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
