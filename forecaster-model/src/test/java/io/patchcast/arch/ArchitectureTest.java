package io.patchcast.arch;

/** Holds this module to the rules of the house. */
final class ArchitectureTest extends ArchitectureContract {}
