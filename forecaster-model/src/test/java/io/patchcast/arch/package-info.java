/**
 * The rules of the house, held by tests in every module.
 *
 * <p>{@link io.patchcast.arch.DirectionRules} says which package may use which, {@link
 * io.patchcast.arch.HouseRules} what no class may do, {@link io.patchcast.arch.Undocumented} what
 * must be explained. A module extends {@link io.patchcast.arch.ArchitectureContract}. The classes
 * below {@code io.patchcast.arch.fixture} break each rule on purpose.
 */
package io.patchcast.arch;
