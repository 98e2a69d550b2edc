/**
 * The command line: forecasts files, shows the demo, lists, loads and checks models.
 *
 * <p>{@link io.patchcast.cli.Patchcast} is the way in, {@link io.patchcast.cli.ExitCodes} what
 * scripts can rely on.
 */
package io.patchcast.cli;
