package io.patchcast.model;

import java.util.EnumSet;
import java.util.Set;

/** Work that can be left out without changing a result. All are on but in tests. */
enum Saving {
  /** Nothing reads the output of the last patch of the horizon, and no other patch sees it. */
  LAST_HORIZON_PATCH,
  /** A layer runs only on tokens that some later read depends on. */
  NARROW_LATE_LAYERS,
  /** A patch of the context without any observation is seen by its like only. */
  UNOBSERVED_PATCHES,
  /** A variate that is alone in its group attends to itself: attention is its V. */
  LONE_VARIATES;

  static Set<Saving> all() {
    return EnumSet.allOf(Saving.class);
  }
}
