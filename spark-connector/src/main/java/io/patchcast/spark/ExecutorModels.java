package io.patchcast.spark;

import io.patchcast.forecast.Forecaster;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;

/**
 * The models that are open in this JVM, one for each name.
 *
 * <p>An executor of a cluster ends with its application, and its models with it. A driver may live
 * on, so it closes them when the application ends; both close those that no task has used for a
 * minute.
 */
final class ExecutorModels {
  private static final long IDLE_MILLIS = 60_000;
  private static final ExecutorModels OF_THIS_JVM = new ExecutorModels(IDLE_MILLIS);

  private final Map<String, SharedModel> models = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor closer;
  private final long idleMillis;

  ExecutorModels(long idleMillis) {
    this.idleMillis = idleMillis;
    closer =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, "patchcast-models");
              thread.setDaemon(true);
              return thread;
            });
    closer.setRemoveOnCancelPolicy(true);
    closer.setKeepAliveTime(1, TimeUnit.SECONDS);
    closer.allowCoreThreadTimeOut(true);
  }

  static ExecutorModels ofThisJvm() {
    return OF_THIS_JVM;
  }

  /** The model of this name. */
  SharedModel get(String name) {
    return models.computeIfAbsent(name, any -> new SharedModel(name, closer, idleMillis));
  }

  /** Uses a model in the task that runs in this thread, or in the driver where none does. */
  <T> T use(String name, Function<Forecaster, T> use) {
    TaskContext task = TaskContext.get();
    return task == null ? get(name).withoutTask(use) : use.apply(get(name).forTask(task));
  }

  /** Closes what no task uses. */
  void closeIdle() {
    models.values().forEach(SharedModel::closeIfIdle);
  }

  /** Has the models of the driver's JVM closed when the application ends. */
  static void closeAtEndOf(SparkContext context) {
    if (context.listenerBus().findListenersByClass(tag(AtEnd.class)).isEmpty()) {
      context.addSparkListener(new AtEnd());
    }
  }

  private static <T> scala.reflect.ClassTag<T> tag(Class<T> type) {
    return scala.reflect.ClassTag$.MODULE$.apply(type);
  }

  private static final class AtEnd extends SparkListener {
    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd end) {
      ofThisJvm().closeIdle();
    }
  }
}
