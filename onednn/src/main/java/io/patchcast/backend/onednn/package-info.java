/**
 * The optional backend {@code onednn}: the Vector API twin with products by Intel's oneDNN, in f32
 * or bf16. Found by {@link java.util.ServiceLoader} where this module is on the class path; for
 * Linux on x86-64, whose native code it brings. bf16 is fast where the processor has AVX-512 BF16
 * or AMX and correct elsewhere.
 *
 * <p>Parallelism comes from Java, one native call on each thread: set {@code OMP_NUM_THREADS=1} in
 * the environment, or oneDNN starts threads of its own beside them.
 */
package io.patchcast.backend.onednn;
