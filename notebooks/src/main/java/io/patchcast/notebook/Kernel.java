package io.patchcast.notebook;

import org.rapaio.jupyter.kernel.MainApp;
import org.rapaio.jupyter.kernel.channels.LoopThread;

/**
 * Starts the Jupyter kernel, and ends it when one of its threads fails.
 *
 * <p>The kernel opens its ports a moment before it can handle messages, and a message that comes in
 * that moment ends the thread that should handle it. The kernel would stay, deaf, and who waits for
 * it could only give up; one that ends is started again at once, by JupyterLab as by {@code
 * notebooks/run}.
 */
public final class Kernel {
  private Kernel() {}

  /** Runs until the kernel is shut down; takes the connection file that Jupyter passes. */
  public static void main(String[] args) throws Exception {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, error) -> {
          error.printStackTrace();
          if (thread instanceof LoopThread) {
            System.exit(1);
          }
        });
    MainApp.main(args);
  }
}
