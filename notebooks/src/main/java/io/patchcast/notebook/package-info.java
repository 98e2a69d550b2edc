/**
 * What the cells of a notebook say: series in, charts and tables out.
 *
 * <p>{@link io.patchcast.notebook.Notebook} is the way in; its methods are meant to be imported
 * statically.
 *
 * <pre>{@code
 * SeriesSet machine = recordedMachine();
 * Holdout cpu = Holdout.last(Duration.ofMinutes(30), machine.series("cpu_user_percent"));
 * show(cpu, forecaster.forecast(cpu.context(), Horizon.of(Duration.ofMinutes(30))));
 * }</pre>
 */
package io.patchcast.notebook;
