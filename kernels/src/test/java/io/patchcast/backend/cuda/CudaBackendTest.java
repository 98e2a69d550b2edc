package io.patchcast.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.backend.Backend;
import io.patchcast.backend.LoadedModel;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.RandomWeights;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.weights.Checkpoint;
import io.patchcast.weights.ModelConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the backend is found and named, how many passes it runs at a time, and how these end. */
@Timeout(120)
class CudaBackendTest {
  /** Hours of work on the rig: the test hangs where the interrupt is not heard. */
  private static final int SERIES_COUNT = 100_000;

  @TempDir Path directory;

  @BeforeEach
  void startRig() {
    Rig.start();
  }

  @Test
  void isOfferedAndNeverChosenUnasked() {
    Backends.Candidate candidate =
        Backends.all().stream().filter(one -> one.name().equals("cuda")).findFirst().orElseThrow();
    assertThat(candidate.available()).as(candidate.detail()).isTrue();
    assertThat(candidate.detail()).contains("bf16 and f32");
    assertThat(Backends.choose(Backends.AUTO)).isEqualTo("vector");
  }

  /** A result says in what it was computed, whatever was asked for. */
  @ParameterizedTest
  @CsvSource({"cuda, cuda:bf16", "cuda:bf16, cuda:bf16", "cuda:f32, cuda:f32"})
  void whatIsOpenedNamesItsPrecision(String asked, String opened) {
    try (Backend backend = Backends.open(asked)) {
      assertThat(backend.name()).isEqualTo(opened);
      try (Backend again = Backends.open(backend.name())) {
        assertThat(again.name()).isEqualTo(opened);
      }
    }
  }

  /** As many as it says: all of them meet, which fewer would never do. */
  @Test
  @Tag("rig")
  void passesRunAtOnceAsManyAsItSays() throws Exception {
    Rig.set(Rig.Setting.DEVICE_COUNT, 1);
    try (Backend backend = Backends.open("cuda:f32");
        LoadedModel model = backend.load(RandomWeights.of(ModelConfig.released("4m"), 1))) {
      assertThat(model.passesAtOnce(1)).isEqualTo(1);
      int atOnce = model.passesAtOnce(Integer.MAX_VALUE);
      assertThat(atOnce).isEqualTo(2);
      CyclicBarrier all = new CyclicBarrier(atOnce);
      Callable<Integer> meet = () -> all.await(30, TimeUnit.SECONDS);
      assertThat(model.runAll(Collections.nCopies(3 * atOnce, meet), Integer.MAX_VALUE))
          .hasSize(3 * atOnce);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  @Tag("rig")
  void anInterruptEndsTheCallAndAllItsThreads(int threads) throws Exception {
    double[] values = new double[640];
    Arrays.setAll(values, t -> Math.sin(t / 9.0));
    SeriesInput one = SeriesInput.univariate(values, 96);
    List<SeriesInput> many = Collections.nCopies(SERIES_COUNT, one);
    try (Backend backend = Backends.open("cuda:f32")) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      try (Toto2 model = new Toto2(checkpoint(), backend)) {
        Thread caller =
            new Thread(
                () -> {
                  try {
                    model.forecast(many, DecodeOptions.plain(), threads);
                  } catch (CancellationException e) {
                    thrown.set(Thread.currentThread().isInterrupted() ? e : null);
                  }
                });
        caller.start();
        caller.join(500); // well into the first passes
        assertThat(caller.isAlive()).isTrue();
        caller.interrupt();
        caller.join();
        assertThat(thrown.get()).isInstanceOf(CancellationException.class);
        // Nobody is still at work: else closing takes memory from under a pass.
        long launches = Rig.count(Rig.Counter.LAUNCHES);
        assertThat(model.forecast(List.of(one), DecodeOptions.plain(), threads)).hasSize(1);
        assertThat(Rig.count(Rig.Counter.LAUNCHES)).isLessThan(launches + 30);
      }
    }
    assertThat(Rig.held()).isZero();
  }

  private Checkpoint checkpoint() throws Exception {
    return Checkpoint.open(new RandomCheckpoint().write(directory, 1));
  }
}
