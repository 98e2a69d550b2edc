package io.patchcast.notebook;

import static io.patchcast.notebook.Notebook.fanChart;
import static io.patchcast.notebook.Notebook.fanCharts;
import static io.patchcast.notebook.Notebook.load;
import static io.patchcast.notebook.Notebook.recordedMachine;
import static io.patchcast.notebook.Notebook.table;
import static io.patchcast.notebook.Notebook.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.cli.Coverage;
import io.patchcast.forecast.ForecastRequest;
import io.patchcast.forecast.ForecastResult;
import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.Horizon;
import io.patchcast.forecast.ModelSource;
import io.patchcast.forecast.SeriesForecast;
import io.patchcast.forecast.TimeSeries;
import io.patchcast.table.Columns;
import io.patchcast.table.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapaio.jupyter.kernel.display.DisplayData;
import org.rapaio.jupyter.kernel.display.DisplaySystem;

/** What cells say, as a cell would, but for the kernel. */
class NotebookTest {
  private static Forecaster forecaster;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    forecaster = Forecaster.open(ModelSource.builtIn());
  }

  @AfterAll
  static void close() {
    forecaster.close();
  }

  private static TimeSeries wave(String id, int length) {
    return TimeSeries.builder(id)
        .timestamps(IntStream.range(0, length).mapToLong(i -> 60_000L * i).toArray())
        .target("a_bytes", IntStream.range(0, length).mapToDouble(i -> 1e6 + i % 10).toArray())
        .target("b", IntStream.range(0, length).mapToDouble(Math::sin).toArray())
        .build();
  }

  @Test
  void theRecordedMachineHasItsSeries() {
    SeriesSet machine = recordedMachine();
    assertThat(machine.size()).isEqualTo(38);
    assertThat(machine.series("load1").timestamps()).hasSize(450);
    assertThat(table(machine).text())
        .contains("cpu_user_percent", "2026-11-22 03:30:00", "450", "… 26 more rows");
    assertThatThrownBy(() -> machine.series("laod1"))
        .hasMessageContaining("no series 'laod1'")
        .hasMessageContaining("load1");
  }

  @Test
  void aTableBecomesSeries() throws Exception {
    Path csv = folder.resolve("metrics.csv");
    Files.writeString(
        csv,
        """
        time,host,zone,requests,errors
        2026-11-22T00:00:00Z,a,eu,1,0
        2026-11-22T00:01:00Z,a,eu,2,
        2026-11-22T00:00:00Z,b,eu,3,1
        """);
    SeriesSet set =
        load(
            csv.toString(),
            new Columns(
                "time",
                List.of("host", "zone"),
                List.of("requests"),
                List.of("errors"),
                ZoneId.of("UTC")));
    assertThat(set.ids()).containsExactly("a,eu", "b,eu");
    TimeSeries series = set.series("a,eu");
    assertThat(series.timestamps())
        .containsExactly(
            Instant.parse("2026-11-22T00:00:00Z").toEpochMilli(),
            Instant.parse("2026-11-22T00:01:00Z").toEpochMilli());
    assertThat(series.targets().get(0).values()).containsExactly(1, 2);
    assertThat(series.knownCovariates().get(0).values()).containsExactly(0, Double.NaN);

    Columns other = new Columns("time", List.of(), List.of("latency"), List.of(), ZoneId.of("UTC"));
    assertThatThrownBy(() -> load(csv.toString(), other))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("latency")
        .hasMessageContaining("requests");
  }

  @Test
  void idsThatBecomeOneAreRefused() throws Exception {
    Path csv = folder.resolve("metrics.csv");
    Files.writeString(csv, "time,a,b,value\n0,\"x,y\",z,1\n0,x,\"y,z\",1\n");
    Columns columns =
        new Columns("time", List.of("a", "b"), List.of("value"), List.of(), ZoneId.of("UTC"));
    assertThatThrownBy(() -> load(csv.toString(), columns))
        .hasMessageContaining("x,y,z")
        .hasMessageContaining("twice");
  }

  @Test
  void chartsAndTablesHaveWhatTheForecastHas() {
    Holdout holdout = Holdout.last(Duration.ofMinutes(10), recordedMachine().series("load1"));
    SeriesForecast forecast =
        forecaster.forecast(holdout.context(), Horizon.of(Duration.ofMinutes(10)));
    assertThat(fanChart(holdout, forecast).html())
        .contains("<svg ", "load1", "pc-actual", ">actual<");
    assertThat(fanChart(holdout.context(), forecast).html())
        .contains("<svg ", "load1")
        .doesNotContain(">actual<");
    assertThat(table(forecast).text())
        .startsWith("load1\ntimestamp")
        .contains("q10", "q90", "2026-11-22 04:35:00", "… 48 more rows");
    assertThat(table(forecast).html()).contains("<th style=\"text-align:right", ">q50</th>");
    Coverage coverage = holdout.coverage(forecast);
    assertThat(coverage.compared()).isEqualTo(60);
  }

  @Test
  void eachTargetHasItsChart() {
    SeriesForecast forecast = forecaster.forecast(wave("w", 100), Horizon.steps(5));
    assertThat(fanChart(wave("w", 100), forecast).html())
        .contains("Forecast of w · a_bytes", "Forecast of w · b");
    assertThat(table(forecast).text()).contains("w · a_bytes", "w · b", " MB");
    assertThat(Holdout.last(Duration.ofMinutes(5), wave("w", 100)).coverage(forecast).compared())
        .as("the forecast is of what comes after the series")
        .isZero();
  }

  @Test
  void aSeriesWithoutForecastSaysWhy() {
    TimeSeries empty = TimeSeries.builder("<none>").target("value").build();
    SeriesForecast forecast = forecaster.forecast(empty, Horizon.steps(5));
    for (Display display : List.of(fanChart(empty, forecast), table(forecast))) {
      assertThat(display.text()).startsWith("<none>: no forecast, too_short: ");
      assertThat(display.html()).contains("&lt;none&gt;").doesNotContain("<none>");
    }
    assertThat(
            table(
                    forecaster.forecast(
                        ForecastRequest.of(List.of(empty, wave("w", 50)), Horizon.steps(5))))
                .text())
        .contains("2 series, forecast with builtin", "too_short", "w       ok");
  }

  @Test
  void chartsOfManySeriesShareALegend() {
    SeriesSet machine = recordedMachine();
    List<Holdout> holdouts =
        List.of(
            Holdout.last(Duration.ofMinutes(5), machine.series("load1")),
            Holdout.last(Duration.ofMinutes(5), machine.series("processes")),
            new Holdout(
                TimeSeries.builder("none").target("value").build(),
                TimeSeries.builder("none").target("value").build()));
    ForecastResult result =
        forecaster.forecast(
            ForecastRequest.of(
                holdouts.stream().map(Holdout::context).toList(), Horizon.steps(30)));
    Display charts = fanCharts(holdouts, result);
    assertThat(charts.html()).contains("Forecast of load1", "Forecast of processes");
    assertThat(charts.html().split(">actual<", -1)).hasSize(2);
    assertThat(charts.text())
        .startsWith("none: no forecast, too_short")
        .contains("chart of load1", "chart of processes");

    List<Holdout> other =
        List.of(Holdout.last(Duration.ofMinutes(5), machine.series("jvm_threads")));
    assertThatThrownBy(() -> fanCharts(other, result))
        .hasMessageContaining("no series 'jvm_threads'")
        .hasMessageContaining("load1");
  }

  @Test
  void aResultIsWrittenAsTheCommandLineWritesIt() throws Exception {
    ForecastResult result =
        forecaster.forecast(
            ForecastRequest.of(
                List.of(
                    recordedMachine().series("load1"),
                    TimeSeries.builder("none").target("value").build()),
                Horizon.steps(2)));
    Path csv = folder.resolve("forecasts.csv");
    write(csv.toString(), result);
    double[] first = result.series().get(0).variates().get(0).quantiles()[0];
    assertThat(Files.readAllLines(csv))
        .hasSize(1 + 2 + 1)
        .startsWith("series,timestamp,q10,q20,q30,q40,q50,q60,q70,q80,q90,status,message,model")
        .satisfies(
            lines -> {
              assertThat(lines.get(1))
                  .startsWith("load1,2026-11-22T04:45:00Z," + first[0] + "," + first[1] + ",");
              assertThat(lines.get(3)).startsWith("none,,").contains("too_short");
            });
    Path parquet = folder.resolve("forecasts.parquet");
    write(parquet.toString(), new ForecastResult(result.model(), List.of(result.series().get(0))));
    SeriesSet read =
        load(
            parquet.toString(),
            new Columns(
                "timestamp", List.of("series"), List.of("q10"), List.of(), ZoneId.of("UTC")));
    assertThat(read.series("load1").targets().get(0).values()[0]).isEqualTo(first[0]);

    assertThatThrownBy(() -> write(folder.resolve("f.txt").toString(), result))
        .hasMessageContaining("expected a file ending in .csv")
        .hasMessageContaining("f.txt");
  }

  @Test
  void aServiceThatDoesNotStartSaysWhy() {
    assertThatThrownBy(() -> LocalService.start("--max-series", "many"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("did not start")
        .hasMessageContaining("many");
  }

  @Test
  void theEndIsHeldBackAndNothingElse() {
    TimeSeries series = wave("w", 100);
    Holdout holdout = Holdout.last(Duration.ofMinutes(10), series);
    assertThat(holdout.context().timestamps()).hasSize(90);
    assertThat(holdout.actual().timestamps()).hasSize(10);
    assertThat(holdout.actual().targets().get(1).values()[0]).isEqualTo(Math.sin(90));

    assertThatThrownBy(() -> Holdout.last(Duration.ofMinutes(100), series))
        .hasMessageContaining("PT1H39M")
        .hasMessageContaining("PT1H40M");
    assertThatThrownBy(() -> Holdout.last(Duration.ZERO, series)).hasMessageContaining("PT0S");
    assertThatThrownBy(
            () ->
                Holdout.last(
                    Duration.ofMinutes(1), TimeSeries.builder("e").target("value").build()))
        .hasMessageContaining("'e' has no values");
  }

  @Test
  void whatIsKnownOfTheFutureStaysKnown() {
    TimeSeries series =
        TimeSeries.builder("k")
            .timestamps(0, 60_000, 120_000, 180_000)
            .target("value", 1, 2, 3, Double.NaN)
            .knownCovariate("day", 5, 6, 7, 8)
            .build();
    Holdout holdout = Holdout.last(Duration.ofMinutes(1), series);
    assertThat(holdout.context().targets().get(0).values())
        .containsExactly(1, 2, Double.NaN, Double.NaN);
    assertThat(holdout.context().knownCovariates().get(0).values()).containsExactly(5, 6, 7, 8);
    assertThat(holdout.actual().timestamps()).containsExactly(120_000);
    assertThat(holdout.actual().targets().get(0).values()).containsExactly(3);
  }

  @Test
  void theKernelTakesHtmlAndText() {
    DisplayData data = DisplaySystem.inst().render(new Display("<b>hello</b>", "hello\n"));
    assertThat(data.data())
        .containsEntry("text/html", "<b>hello</b>")
        .containsEntry("text/plain", "hello\n");
  }
}
