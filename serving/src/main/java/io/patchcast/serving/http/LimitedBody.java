package io.patchcast.serving.http;

import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body that ends the request when it is longer than allowed. */
final class LimitedBody extends FilterInputStream {
  private final long limit;
  private long read;

  LimitedBody(InputStream body, long limit) {
    super(body);
    this.limit = limit;
  }

  private int count(int bytes) {
    read += Math.max(0, bytes);
    if (read > limit) {
      throw tooLarge(limit);
    }
    return bytes;
  }

  static ProblemException tooLarge(long limit) {
    return new ProblemException(
        ProblemCode.BODY_TOO_LARGE, "expected a body of at most " + limit + " bytes");
  }

  @Override
  public int read() throws IOException {
    int value = in.read();
    count(value < 0 ? 0 : 1);
    return value;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return count(in.read(bytes, offset, length));
  }
}
