package io.patchcast.backend.onednn;

import io.patchcast.arch.ArchitectureContract;

/** Holds this module to the rules of the house. */
final class ArchitectureTest extends ArchitectureContract {}
