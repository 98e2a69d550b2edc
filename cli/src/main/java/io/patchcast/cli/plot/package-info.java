/**
 * Fan charts of forecasts: one geometry, drawn as SVG, as a self-contained HTML page or as PNG.
 *
 * <p>{@link io.patchcast.cli.plot.FanChart} is one chart, {@link io.patchcast.cli.plot.ChartPage}
 * many on a page.
 */
package io.patchcast.cli.plot;
