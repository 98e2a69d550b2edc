/**
 * CPU backends: the scalar twin, which is the specification in plain loops, and what it shares with
 * its fast twin in {@code simd}.
 */
package io.patchcast.backend.cpu;
