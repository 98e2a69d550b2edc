package io.patchcast.datasets;

import static io.patchcast.table.ArrowFiles.GIFT_EVAL;
import static io.patchcast.table.ArrowFiles.column;
import static io.patchcast.table.ArrowFiles.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.forecast.Step;
import io.patchcast.table.ArrowFiles;
import io.patchcast.test.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GiftEvalProtocolTest {
  @TempDir private Path folder;

  /** Names, horizons and windows as in GIFT-Eval's own code and results. */
  @Test
  void aDirectoryOfGiftEvalIsABundle() throws IOException {
    double[] values = IntStream.range(0, 2000).mapToDouble(i -> i % 24).toArray();
    for (String name :
        List.of("ett1/H", "LOOP_SEATTLE/D", "m4_yearly", "hospital", "ds-0-T", "mine/D", "vm4/D")) {
      String freq =
          switch (name) {
            case "m4_yearly" -> "A-DEC";
            case "hospital" -> "M";
            case "ds-0-T" -> "T";
            default -> name.substring(name.length() - 1);
          };
      ArrowFiles.stream(
          folder.resolve(name).resolve("data-00000-of-00001.arrow"),
          GIFT_EVAL,
          1000,
          List.of(
              List.of("a", 0L, freq, values), List.of("b", 0L, freq, Arrays.copyOf(values, 1000))));
    }
    Files.writeString(
        Files.createDirectories(folder.resolve("solar/H")).resolve("damaged.arrow"),
        "ARROW1 and no more");
    Bundle bundle = Bundle.open(folder);
    assertThat(bundle.configurations())
        .extracting(
            one ->
                String.join(
                    " ",
                    one.benchmark(),
                    one.name(),
                    "h" + one.horizon(),
                    "w" + one.windowCount(),
                    "s" + one.season()))
        .containsExactly(
            "GIFT-Eval loop_seattle/D/short h30 w4 s1",
            "BOOM ds-0-t/T/short h48 w3 s1440",
            "GIFT-Eval ett1/H/short h48 w3 s24",
            "GIFT-Eval ett1/H/medium h480 w1 s24",
            "GIFT-Eval ett1/H/long h720 w1 s24",
            "GIFT-Eval hospital/M/short h12 w9 s12",
            "GIFT-Eval m4_yearly/A/short h6 w1 s1",
            "own (GIFT-Eval rule) mine/D/short h30 w4 s1",
            "GIFT-Eval solar/H/short h1 w1 s1",
            "own (GIFT-Eval rule) vm4/D/short h30 w4 s1");
    for (Bundle.Configuration configuration : bundle.configurations()) {
      if (configuration.name().equals("solar/H/short")) {
        assertThatThrownBy(() -> bundle.series(configuration))
            .hasMessageContaining("damaged.arrow: damaged Arrow file: expected");
      } else {
        assertThat(bundle.series(configuration))
            .extracting(DatasetSeries::id)
            .containsExactly("a", "b");
      }
    }
  }

  /** Each data set is scored, however alike their directories are called. */
  @Test
  void noTwoDataSetsHaveOneName() throws IOException {
    List<String> names = List.of("CPU", "cpu", "racks/A", "racks/B", "x", "x/5T");
    for (String name : names) {
      ArrowFiles.stream(
          folder.resolve(name).resolve("data.arrow"),
          GIFT_EVAL,
          1000,
          List.of(List.of("of " + name, 0L, "5T", new double[100])));
    }
    Bundle bundle = Bundle.open(folder);
    Map<String, String> found = new TreeMap<>();
    for (Bundle.Configuration one : bundle.configurations()) {
      found.put(one.name(), bundle.series(one).get(0).id());
    }
    assertThat(found)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "CPU/5T/short", "of CPU",
                "cpu/5T/short", "of cpu",
                "racks/a/5T/short", "of racks/A",
                "racks/b/5T/short", "of racks/B",
                "x/5T/short", "of x",
                "x/5T/5T/short", "of x/5T"));
  }

  @Test
  void anEmptyVariateIsAFault() throws IOException {
    ArrowFiles.stream(
        folder.resolve("v.arrow"),
        new Schema(
            List.of(
                column("item_id", ArrowFiles.TEXT),
                column("start", ArrowFiles.SECONDS),
                column("freq", ArrowFiles.TEXT),
                list("target", list("item", column("item", ArrowFiles.FLOAT32))))),
        1000,
        List.of(Arrays.asList("b", 0L, "5T", Arrays.asList(List.of(1, 2, 3), null))));
    Bundle bundle = Bundle.open(folder);
    Bundle.Configuration only = bundle.configurations().get(0);
    assertThatThrownBy(() -> bundle.series(only))
        .hasMessageContaining("series 'b': variate 'dim1': expected at least one value");
  }

  @Test
  void aBundlesVariatesAreSeriesOfTheirOwn() throws IOException {
    ArrowFiles.stream(
        folder.resolve("data-00000-of-00001.arrow"),
        new Schema(
            List.of(
                column("item_id", ArrowFiles.TEXT),
                column("start", ArrowFiles.TEXT),
                column("freq", ArrowFiles.TEXT),
                list("target", list("item", column("item", ArrowFiles.FLOAT32))))),
        1000,
        List.of(
            Arrays.asList("b", "2024-01-01 00:00:00", "5T", List.of(List.of(1, 2), List.of(3, 4))),
            Arrays.asList(
                "b", "2024-01-01 00:00:00", "5T", List.of(List.of(5, 6), List.of(7, 8)))));
    Bundle bundle = Bundle.open(folder);
    List<DatasetSeries> series = bundle.series(bundle.configurations().get(0));
    assertThat(series)
        .extracting(DatasetSeries::id)
        .containsExactly("b_dim0", "b_dim1", "b_dim0", "b_dim1");
    assertThat(series)
        .extracting(DatasetSeries::group)
        .containsExactly("row 0", "row 0", "row 2", "row 2");
    assertThat(series.get(1).step()).isEqualTo(Step.of(Duration.ofMinutes(5)));
    assertThat(series.get(1).values()).containsExactly(3, 4);
  }

  /**
   * The data of the 35 configurations that are at hand, written in GIFT-Eval's layout, make the
   * list of configurations that the reference has, with its horizons, seasons and windows, and give
   * the same values back.
   */
  @Test
  void agreesWithTheListOfTheReference() throws IOException {
    Bundle reference = Bundle.open(SharedData.path("data/dev_eval"));
    Map<String, Bundle.Configuration> expected = new TreeMap<>();
    for (Bundle.Configuration one : reference.configurations()) {
      if (one.benchmark().equals("GIFT-Eval")) {
        expected.put(one.name(), one);
        write(one, reference.series(one));
      }
    }
    Bundle bundle = Bundle.open(folder);
    Map<String, Bundle.Configuration> found = new TreeMap<>();
    bundle.configurations().forEach(one -> found.put(one.name(), one));
    assertThat(expected).hasSize(35);
    assertThat(shown(found)).isEqualTo(shown(expected));
    for (Bundle.Configuration one : found.values()) {
      List<DatasetSeries> read = bundle.series(one);
      List<DatasetSeries> original = reference.series(expected.get(one.name()));
      for (int i = 0; i < original.size(); i++) {
        assertThat(Arrays.equals(read.get(i).values(), original.get(i).values()))
            .as("%s, series %d", one.name(), i)
            .isTrue();
      }
    }
  }

  private static List<String> shown(Map<String, Bundle.Configuration> configurations) {
    return configurations.values().stream()
        .map(
            one ->
                String.join(
                    " ",
                    one.benchmark(),
                    one.name(),
                    one.seriesCount() + " series",
                    "horizon " + one.horizon(),
                    "season " + one.season(),
                    "windows " + one.windowCount()))
        .toList();
  }

  private void write(Bundle.Configuration configuration, List<DatasetSeries> series)
      throws IOException {
    String frequency = configuration.name().split("/", -1)[1];
    String directory =
        switch (configuration.dataset()) {
          case "hospital", "bizitobs_application", "m4_hourly", "m4_weekly" ->
              configuration.dataset();
          case "car_parts" -> "car_parts_with_missing";
          case "saugeen" -> "saugeenday/" + frequency;
          default -> configuration.dataset() + "/" + frequency;
        };
    Path file = folder.resolve(directory).resolve("data-00000-of-00001.arrow");
    if (!Files.exists(file)) {
      ArrowFiles.stream(
          file,
          new Schema(
              List.of(
                  column("item_id", ArrowFiles.TEXT),
                  column("start", ArrowFiles.SECONDS),
                  column("freq", ArrowFiles.TEXT),
                  list("target", column("item", ArrowFiles.FLOAT64)))),
          100,
          series.stream()
              .map(
                  one ->
                      List.<Object>of(one.id(), one.startMillis() / 1000, frequency, one.values()))
              .toList());
    }
  }
}
