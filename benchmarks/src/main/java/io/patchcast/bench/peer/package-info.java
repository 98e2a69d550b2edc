/**
 * The same model in libtorch, written plainly as the reference writes it, and the run that compares
 * the two: {@link io.patchcast.bench.peer.PeerBenchmark}.
 */
package io.patchcast.bench.peer;
