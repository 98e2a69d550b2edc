/** The public API: open a model, hand it series as they were recorded, get quantiles in units. */
package io.patchcast.forecast;
