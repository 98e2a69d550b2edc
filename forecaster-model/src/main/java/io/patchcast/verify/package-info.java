/** Checks of this implementation against outputs of the reference implementation. */
package io.patchcast.verify;
