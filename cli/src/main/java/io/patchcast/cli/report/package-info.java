/** Pages that tell the results of an evaluation. */
package io.patchcast.cli.report;
