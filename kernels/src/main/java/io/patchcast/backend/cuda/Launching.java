package io.patchcast.backend.cuda;

/** How the kernels of a pass are launched. */
enum Launching {
  /** All at once, as a recorded graph. */
  GRAPH,
  /** One after the other; for comparison. */
  ONE_BY_ONE
}
