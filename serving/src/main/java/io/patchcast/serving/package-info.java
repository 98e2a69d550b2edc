/**
 * Forecasts as a service: what a request may ask for, what it is answered with, and the models that
 * answer. {@code wire} reads and writes it as JSON and Arrow, {@code queue} forms the batches,
 * {@code http} is the server.
 */
package io.patchcast.serving;
