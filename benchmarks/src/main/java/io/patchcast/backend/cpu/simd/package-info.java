/** Measurements of the kernels, beside them because they are no one else's business. */
package io.patchcast.backend.cpu.simd;
