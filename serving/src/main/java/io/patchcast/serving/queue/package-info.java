/** The one queue that all requests pass, and the one place where a batch is formed. */
package io.patchcast.serving.queue;
