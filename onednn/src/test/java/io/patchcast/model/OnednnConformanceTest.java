package io.patchcast.model;

/** Every operation against the scalar twin, with this module's backend among the fast ones. */
class OnednnConformanceTest extends BackendConformanceTest {}
