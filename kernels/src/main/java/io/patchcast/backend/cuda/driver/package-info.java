/**
 * The part of the CUDA driver API that the backend needs, and nothing else of it: devices, memory,
 * streams, kernels and graphs as objects that free what they hold.
 *
 * <p>The only user of JCuda. Whoever replaces it rewrites this package.
 */
package io.patchcast.backend.cuda.driver;
