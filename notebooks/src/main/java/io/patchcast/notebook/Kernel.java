package io.patchcast.notebook;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.LogManager;
import org.rapaio.jupyter.kernel.MainApp;
import org.rapaio.jupyter.kernel.channels.AbstractChannel;
import org.rapaio.jupyter.kernel.channels.Channels;
import org.rapaio.jupyter.kernel.channels.LoopThread;
import org.rapaio.jupyter.kernel.core.ConnectionProperties;
import org.rapaio.jupyter.kernel.core.Transform;

/**
 * Starts the Jupyter kernel and keeps it listening.
 *
 * <p>The kernel reads heartbeat, shell and control with a {@link LoopThread} each. Such a thread
 * ends at once if it runs before its start has returned, and for good with a message that it cannot
 * handle, such as one that comes before the kernel knows what to do with any; the kernel would
 * stay, deaf. So a thread of ours waits behind each of them, and goes on where it ended.
 */
public final class Kernel {
  private static final Logger LOGGER = System.getLogger(Kernel.class.getName());

  private Kernel() {}

  /**
   * Runs until the kernel is shut down.
   *
   * @param args the connection file that Jupyter passes
   */
  public static void main(String[] args)
      throws IOException, GeneralSecurityException, InterruptedException {
    if (args.length != 1) {
      throw new IllegalArgumentException(
          "expected the connection file of a Jupyter kernel, found " + args.length + " arguments");
    }
    try (InputStream logging = Kernel.class.getResourceAsStream("/logging.properties")) {
      LogManager.getLogManager().readConfiguration(logging);
    }
    String connection = Files.readString(Path.of(args[0]), StandardCharsets.UTF_8);
    Channels channels = new Channels(Transform.fromJson(connection, ConnectionProperties.class));
    channels.connect(MainApp.kernel);
    List<Thread> successors = new ArrayList<>();
    for (LoopThread reader : readers(channels)) {
      Thread successor = new Thread(() -> succeed(reader), reader.getName() + "-successor");
      successor.start();
      successors.add(successor);
    }
    for (Thread successor : successors) {
      successor.join();
    }
  }

  /** Reads as the reader did once that has ended, until it was told to end. */
  private static void succeed(LoopThread reader) {
    try {
      reader.join();
    } catch (InterruptedException e) {
      return;
    }
    // What the reader does, in this thread.
    Runnable reading = reader;
    while (true) {
      try {
        reading.run();
        return;
      } catch (RuntimeException e) {
        LOGGER.log(Level.WARNING, "a message that makes no sense; the next one may", e);
      }
    }
  }

  private static List<LoopThread> readers(Channels channels) {
    List<LoopThread> readers = new ArrayList<>();
    for (AbstractChannel channel : values(channels, AbstractChannel.class)) {
      readers.addAll(values(channel, LoopThread.class));
    }
    return readers;
  }

  /** What an object of the kernel's has in its fields of this type. */
  private static <T> List<T> values(Object owner, Class<T> type) {
    List<T> values = new ArrayList<>();
    for (Field field : owner.getClass().getDeclaredFields()) {
      if (type.isAssignableFrom(field.getType())) {
        field.setAccessible(true);
        try {
          values.add(type.cast(field.get(owner)));
        } catch (IllegalAccessException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    return values;
  }
}
