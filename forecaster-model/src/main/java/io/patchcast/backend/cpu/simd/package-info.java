/**
 * The Vector API twin: packed weights with every constant folded in, register-blocked products,
 * vectorised elementwise work. The only package that knows {@code jdk.incubator.vector}.
 *
 * <p>Results do not depend on what else is in a batch, on the number of threads, or on how warm the
 * code is: sums run in a fixed order, every sum over lanes is written out, and no operation is used
 * whose result the platform leaves open.
 */
package io.patchcast.backend.cpu.simd;
