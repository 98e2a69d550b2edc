package io.patchcast.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The streams of a run.
 *
 * @param in standard input
 * @param out standard output; a failure to write is a {@link ClosedOutput}
 * @param err messages for people
 * @param terminal whether messages go to a terminal, so that progress can be shown
 */
record Console(InputStream in, OutputStream out, PrintStream err, boolean terminal) {

  /** The standard output cannot be written: its reader is gone, or the disk is full. */
  static final class ClosedOutput extends RuntimeException {
    ClosedOutput(IOException cause) {
      super(cause);
    }

    boolean brokenPipe() {
      String message = getCause().getMessage();
      return message != null && message.contains("Broken pipe");
    }
  }

  Console {
    out = new Checked(out);
  }

  /** The streams of this process. */
  static Console ofProcess() {
    return new Console(
        System.in,
        new FileOutputStream(FileDescriptor.out),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        Boolean.getBoolean("patchcast.terminal"));
  }

  /** Writes text to the standard output. */
  void print(String text) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new ClosedOutput(e);
    }
  }

  /** Writes a line for people. */
  void say(String line) {
    err.println(line);
  }

  private static final class Checked extends FilterOutputStream {
    Checked(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        throw new ClosedOutput(e);
      }
    }

    @Override
    public void close() throws IOException {
      // Standard output outlives its writers.
      out.flush();
    }
  }
}
