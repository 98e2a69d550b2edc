package io.patchcast.spark;

import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.ModelSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model of this JVM, opened by the first task that needs it, shared by all that run at the same
 * time, and closed a while after the last of them has ended.
 */
final class SharedModel {
  private static final Logger LOGGER = LoggerFactory.getLogger(SharedModel.class);

  private final String name;
  private final ScheduledExecutorService closer;
  private final long idleMillis;
  private final Set<Long> tasks = new HashSet<>();
  private Forecaster forecaster;
  private ScheduledFuture<?> closing;

  /**
   * @param name what the user calls it
   * @param idleMillis how long it stays open without a task
   */
  SharedModel(String name, ScheduledExecutorService closer, long idleMillis) {
    this.name = name;
    this.closer = closer;
    this.idleMillis = idleMillis;
  }

  /** The open model; a task may use it until it ends. */
  synchronized Forecaster forTask(TaskContext task) {
    Forecaster open = open();
    if (tasks.add(task.taskAttemptId())) {
      keepOpen();
      TaskCompletionListener listener = ended -> release(ended.taskAttemptId());
      task.addTaskCompletionListener(listener);
    }
    return open;
  }

  /** Uses the model where no task runs: in the driver, when Spark computes a constant. */
  synchronized <T> T withoutTask(Function<Forecaster, T> use) {
    try {
      return use.apply(open());
    } finally {
      closeLater();
    }
  }

  private synchronized void release(long task) {
    tasks.remove(task);
    closeLater();
  }

  synchronized boolean isOpen() {
    return forecaster != null;
  }

  /** Closes it now unless a task uses it. */
  synchronized void closeIfIdle() {
    if (tasks.isEmpty() && forecaster != null) {
      keepOpen();
      forecaster.close();
      forecaster = null;
      LOGGER.info("closed model {}", name);
    }
  }

  private void closeLater() {
    if (tasks.isEmpty() && forecaster != null) {
      keepOpen();
      closing = closer.schedule(this::closeIfIdle, idleMillis, TimeUnit.MILLISECONDS);
    }
  }

  private void keepOpen() {
    if (closing != null) {
      closing.cancel(false);
      closing = null;
    }
  }

  private Forecaster open() {
    if (forecaster == null) {
      forecaster = Forecaster.open(source());
      ModelInfo info = forecaster.model();
      LOGGER.info("opened model {} on backend {}", name, info.backend());
      if (info.backend().equals("scalar")) {
        LOGGER.warn(
            "model {} runs on the scalar backend, which is slow: start the JVMs of driver and"
                + " executors with --add-modules=jdk.incubator.vector, which Spark does by itself"
                + " unless spark.{driver,executor}.defaultJavaOptions replace its own",
            name);
      }
    }
    return forecaster;
  }

  /** A directory may be one that Spark has sent to this executor. */
  private ModelSource source() {
    if (!name.equals("builtin") && !Files.isDirectory(Path.of(name))) {
      Path sent = Path.of(SparkFiles.get(name));
      if (Files.isDirectory(sent)) {
        return ModelSource.directory(sent);
      }
    }
    try {
      return ModelSource.parse(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage()
              + "; a directory must exist on every executor, or be sent there by --archives or"
              + " SparkContext.addFile and be given by its name",
          e);
    }
  }
}
