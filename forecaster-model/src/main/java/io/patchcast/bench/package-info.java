/**
 * How fast forecasts are on this machine: {@link io.patchcast.bench.ForecastBenchmark} times a
 * model of any released size, with random weights, on any {@link io.patchcast.bench.Workload}.
 */
package io.patchcast.bench;
