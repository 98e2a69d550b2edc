package io.patchcast.serving;

import io.patchcast.arch.ArchitectureContract;

/** Holds this module to the rules of the house. */
final class ArchitectureTest extends ArchitectureContract {}
