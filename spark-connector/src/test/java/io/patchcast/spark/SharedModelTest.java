package io.patchcast.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When models are opened and closed. */
class SharedModelTest {
  @TempDir static Path folder;

  @Test
  void tasksShareOneModelAndTheEndOfTheApplicationClosesIt() throws IOException {
    SharedModel model = ExecutorModels.ofThisJvm().get("builtin");
    try (SparkSession spark = LocalSpark.open(folder)) {
      PatchcastFunctions.register(spark);
      MapFunction<Long, Integer> identity =
          any ->
              System.identityHashCode(
                  ExecutorModels.ofThisJvm().get("builtin").forTask(TaskContext.get()));
      assertThat(spark.range(0, 40, 1, 8).map(identity, Encoders.INT()).distinct().collectAsList())
          .hasSize(1);
      assertThat(model.isOpen()).isTrue();
    }
    assertThat(model.isOpen()).isFalse();
  }

  @Test
  void aModelThatNobodyUsesIsClosedAfterAWhile() throws InterruptedException {
    ScheduledThreadPoolExecutor closer = new ScheduledThreadPoolExecutor(1);
    SharedModel model = new SharedModel("builtin", closer, 20);
    String name = model.withoutTask(forecaster -> forecaster.model().name());
    assertThat(name).isEqualTo("builtin");
    closer.shutdown(); // what is waiting still runs
    assertThat(closer.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(model.isOpen()).isFalse();
  }

  @Test
  void aModelThatATaskUsesStaysOpenUntilTheTaskEnds() throws IOException {
    SharedModel model = ExecutorModels.ofThisJvm().get("builtin");
    MapFunction<Long, Boolean> closing =
        any -> {
          SharedModel mine = ExecutorModels.ofThisJvm().get("builtin");
          mine.forTask(TaskContext.get());
          mine.closeIfIdle();
          return mine.isOpen();
        };
    try (SparkSession spark = LocalSpark.open(folder)) {
      assertThat(spark.range(0, 1, 1, 1).map(closing, Encoders.BOOLEAN()).head()).isTrue();
      model.closeIfIdle();
      assertThat(model.isOpen()).isFalse();
    }
  }
}
