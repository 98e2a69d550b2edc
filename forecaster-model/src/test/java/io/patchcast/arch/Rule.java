package io.patchcast.arch;

import com.tngtech.archunit.lang.ArchRule;

/**
 * A rule with the name under which a bad example {@link Breaks} it.
 *
 * @param name what holds, in a few words
 * @param where which classes of a module it is about
 * @param rule how to check it
 */
public record Rule(String name, Where where, ArchRule rule) {
  /** Which classes of a module. */
  public enum Where {
    /** What is shipped. */
    MAIN,
    /** Tests and what they use. */
    TESTS,
    /** Both. */
    EVERYWHERE
  }

  @Override
  public String toString() {
    return name;
  }
}
