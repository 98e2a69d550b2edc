package io.patchcast.table;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageChannelReader;
import org.apache.arrow.vector.ipc.message.MessageResult;

/**
 * The messages of an Arrow file, each its length, its metadata and its body.
 *
 * <p>A stream is nothing else, and ends with the length 0, or where the file does. A file of the
 * file format is a stream between {@code ARROW1}, filled up to eight bytes, and a footer, the
 * footer's length and {@code ARROW1}; it is read as the stream that it holds.
 *
 * <p>All lengths are checked against the size of the file before the first message is read: a
 * reader would ask for as much memory as a damaged length says, and a file that was cut short is
 * told before any work is done.
 */
final class ArrowMessages extends MessageChannelReader {
  /** How a file of the file format starts and ends. */
  private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);

  private static final int CONTINUATION = 0xFFFFFFFF;
  private static final int PADDED_MAGIC_BYTES = 8;

  private final FileChannel file;
  private final long end;
  private ArrowBuf body;

  private ArrowMessages(FileChannel file, long end, BufferAllocator allocator) {
    super(new ReadChannel(file), allocator);
    this.file = file;
    this.end = end;
  }

  /**
   * Checks the frames of a file and goes back to its first message.
   *
   * @param file is closed with the messages
   */
  static ArrowMessages open(FileChannel file, BufferAllocator allocator) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(MAGIC.length);
    readFully(file, head, 0);
    boolean framed = Arrays.equals(head.array(), MAGIC);
    long start = framed ? PADDED_MAGIC_BYTES : 0;
    long end = framed ? footer(file) : file.size();
    check(file, start, end);
    file.position(start);
    return new ArrowMessages(file, end, allocator);
  }

  /** Where the footer begins. */
  private static long footer(FileChannel file) throws IOException {
    int tailBytes = Integer.BYTES + MAGIC.length;
    long tailStart = file.size() - tailBytes;
    ByteBuffer tail = ByteBuffer.allocate(tailBytes).order(ByteOrder.LITTLE_ENDIAN);
    if (tailStart < PADDED_MAGIC_BYTES) {
      throw new EOFException("expected a footer, found the end of the file: cut short");
    }
    readFully(file, tail, tailStart);
    long footerStart = tailStart - tail.getInt(0);
    if (!tail.slice(Integer.BYTES, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))
        || footerStart < PADDED_MAGIC_BYTES
        || footerStart > tailStart) {
      throw new EOFException("expected the file to end with a footer and 'ARROW1': cut short");
    }
    return footerStart;
  }

  /** Walks over all messages, to the mark of the end or to the end itself. */
  private static void check(FileChannel file, long start, long end) throws IOException {
    long position = start;
    while (position < end) {
      int length = nextInt(file, position, end);
      position += Integer.BYTES;
      if (length == CONTINUATION) {
        length = nextInt(file, position, end);
        position += Integer.BYTES;
      }
      if (length == 0) {
        return;
      }
      requireLeft(end - position, length, "metadata");
      ByteBuffer metadata = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
      readFully(file, metadata, position);
      position += length;
      long bodyLength = bodyLength(metadata.rewind());
      requireLeft(end - position, bodyLength, "a body");
      position += bodyLength;
    }
  }

  private static int nextInt(FileChannel file, long position, long end) throws IOException {
    if (end - position < Integer.BYTES) {
      throw new EOFException(
          "expected another message or the mark of the end at byte "
              + position
              + ", found "
              + (end - position)
              + " bytes: cut short");
    }
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(file, bytes, position);
    return bytes.getInt(0);
  }

  private static long bodyLength(ByteBuffer metadata) throws IOException {
    try {
      return Message.getRootAsMessage(metadata).bodyLength();
    } catch (IndexOutOfBoundsException e) {
      throw new IOException("expected the metadata of a message, found bytes that are none", e);
    }
  }

  private static void requireLeft(long left, long length, String what) throws IOException {
    if (length < 0 || length > left) {
      throw new EOFException(
          "expected a message within the "
              + left
              + " bytes left, found "
              + what
              + " of "
              + length
              + " bytes: cut short or damaged");
    }
  }

  private static void readFully(FileChannel file, ByteBuffer bytes, long position)
      throws IOException {
    while (bytes.hasRemaining()) {
      if (file.read(bytes, position + bytes.position()) < 0) {
        return; // what is missing reads as zeros
      }
    }
  }

  @Override
  public MessageResult readNext() throws IOException {
    // The footer is no message.
    MessageResult message = file.position() < end ? super.readNext() : null;
    body = message == null ? null : message.getBodyBuffer();
    return message;
  }

  /** Also releases what a reader leaves behind that stumbles in the middle of a body. */
  @Override
  public void close() throws IOException {
    if (body != null && body.refCnt() > 0) {
      body.getReferenceManager().release(body.refCnt());
    }
    super.close();
  }
}
