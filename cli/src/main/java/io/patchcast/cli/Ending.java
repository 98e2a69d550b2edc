package io.patchcast.cli;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/** What a command that runs until it is told to end does then. */
final class Ending {
  private final AtomicReference<IntSupplier> finish = new AtomicReference<>();

  /** From now on a signal to end runs this, and the process ends with the exit status it gives. */
  void onSignal(IntSupplier last) {
    finish.set(last);
  }

  /** The process has been told to end; where no command has anything to finish, it just does. */
  void signalled(IntConsumer halt) {
    IntSupplier last = finish.get();
    if (last != null) {
      halt.accept(last.getAsInt());
    }
  }
}
