/**
 * Requests and answers as bytes: JSON, Arrow streams, problem details. Reads what may be hostile:
 * each limit is checked before memory is spent.
 */
package io.patchcast.serving.wire;
