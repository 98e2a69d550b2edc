package io.patchcast.backend.cuda;

import io.patchcast.arch.ArchitectureContract;

/** Holds this module to the rules of the house. */
final class ArchitectureTest extends ArchitectureContract {}
