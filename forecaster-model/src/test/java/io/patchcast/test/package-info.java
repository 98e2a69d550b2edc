/** What the tests of every module need to find and to say. */
package io.patchcast.test;
