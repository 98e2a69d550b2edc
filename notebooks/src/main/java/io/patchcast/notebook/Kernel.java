package io.patchcast.notebook;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.logging.LogManager;
import org.rapaio.jupyter.kernel.MainApp;
import org.rapaio.jupyter.kernel.channels.Channels;
import org.rapaio.jupyter.kernel.channels.LoopThread;
import org.rapaio.jupyter.kernel.core.ConnectionProperties;
import org.rapaio.jupyter.kernel.core.Transform;

/**
 * Starts the Jupyter kernel, so that it comes up or ends.
 *
 * <p>The kernel reads its ports with a thread each for heartbeat, shell and control. Such a thread
 * is lost if it runs before its start has returned, or if a message comes before the kernel knows
 * what to do with it, and both happen on a busy machine: the kernel would stay, deaf, and who waits
 * for it could only give up. So a kernel that has lost a thread ends; it is started again at once,
 * by JupyterLab as by {@code notebooks/run}.
 */
public final class Kernel {
  private static final int LOOP_THREADS = 3;

  private Kernel() {}

  /**
   * Runs until the kernel is shut down.
   *
   * @param args the connection file that Jupyter passes
   */
  public static void main(String[] args) throws IOException, GeneralSecurityException {
    if (args.length != 1) {
      throw new IllegalArgumentException(
          "expected the connection file of a Jupyter kernel, found " + args.length + " arguments");
    }
    try (InputStream logging = Kernel.class.getResourceAsStream("/logging.properties")) {
      LogManager.getLogManager().readConfiguration(logging);
    }
    String connection = Files.readString(Path.of(args[0]), StandardCharsets.UTF_8);
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, error) -> {
          error.printStackTrace();
          if (thread instanceof LoopThread) {
            System.exit(1);
          }
        });
    Channels channels = new Channels(Transform.fromJson(connection, ConnectionProperties.class));
    channels.connect(MainApp.kernel);
    long running =
        Thread.getAllStackTraces().keySet().stream().filter(LoopThread.class::isInstance).count();
    if (running < LOOP_THREADS) {
      System.err.println("expected " + LOOP_THREADS + " threads that read, found " + running);
      System.exit(1);
    }
    channels.joinUntilClose();
  }
}
