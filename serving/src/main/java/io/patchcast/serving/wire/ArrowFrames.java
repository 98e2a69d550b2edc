package io.patchcast.serving.wire;

import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.flatbuf.Message;

/**
 * The messages of an Arrow stream: each its length, its metadata and its body.
 *
 * <p>Lengths are checked against the bytes that are there, before a reader takes them at their word
 * and asks for as much memory.
 */
final class ArrowFrames {
  private static final int CONTINUATION = 0xFFFFFFFF;

  private ArrowFrames() {}

  /** Ends the request unless every message fits into the stream. */
  static void check(byte[] stream) {
    ByteBuffer bytes = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
    if (!bytes.hasRemaining()) {
      throw invalid("expected an Arrow stream, found an empty body");
    }
    while (bytes.hasRemaining()) {
      int length = length(bytes);
      if (length == 0) {
        return;
      }
      if (length < 0 || length > bytes.remaining()) {
        throw invalid(
            "expected a message within the "
                + bytes.remaining()
                + " bytes left, found metadata of "
                + length
                + " bytes");
      }
      long bodyLength = bodyLength(bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + length);
      if (bodyLength < 0 || bodyLength > bytes.remaining()) {
        throw invalid(
            "expected a message within the "
                + bytes.remaining()
                + " bytes left, found a body of "
                + bodyLength
                + " bytes");
      }
      bytes.position(bytes.position() + (int) bodyLength);
    }
  }

  private static int length(ByteBuffer bytes) {
    if (bytes.remaining() < Integer.BYTES) {
      throw invalid("expected the length of a message, found the end of the stream");
    }
    int length = bytes.getInt();
    if (length != CONTINUATION) {
      return length; // streams before Arrow 0.15
    }
    if (bytes.remaining() < Integer.BYTES) {
      throw invalid("expected the length of a message, found the end of the stream");
    }
    return bytes.getInt();
  }

  private static long bodyLength(ByteBuffer metadata) {
    try {
      return Message.getRootAsMessage(metadata.order(ByteOrder.LITTLE_ENDIAN)).bodyLength();
    } catch (IndexOutOfBoundsException e) {
      throw invalid("expected the metadata of a message, found bytes that are none");
    }
  }

  static ProblemException invalid(String detail) {
    return new ProblemException(ProblemCode.INVALID_ARROW, detail);
  }
}
