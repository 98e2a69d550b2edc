/** Programs that ask a running service: the benchmark, and a table sent through it. */
package io.patchcast.serving.bench;
