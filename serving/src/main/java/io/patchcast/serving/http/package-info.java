/**
 * The server: routes, tokens, limits on bodies, problem details, metrics and the request log. All
 * that touches Javalin and Jetty.
 */
package io.patchcast.serving.http;
