package io.patchcast.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.patchcast.datasets.DatasetSeries;
import io.patchcast.datasets.Frequency;
import io.patchcast.evaluation.Evaluation.WindowListener;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompetitionTableTest {
  @TempDir private Path folder;

  private static List<TaskScore> scores(Baseline... baselines) {
    double[] values = {3, 5, 4, 6, 5, 8};
    Evaluation evaluation =
        Evaluation.of(
            EvaluationTask.rolling("M4", "Weekly", 2, 1, 1),
            List.of(new DatasetSeries("a", Map.of(), 0, Frequency.parse("W").step(), values)));
    List<TaskScore> scores = new ArrayList<>();
    for (Baseline baseline : baselines) {
      scores.add(evaluation.run(baseline, done -> {}, WindowListener.NONE));
    }
    return scores;
  }

  private PublishedScores published() throws IOException {
    Path scores = folder.resolve("scores.csv");
    Files.writeString(
        scores,
        """
        method,sMAPE_Weekly,sMAPE_Total,MASE_Weekly,MASE_Total,OWA_Weekly,OWA_Total,authors
        118,7.8,11.4,2.3,1.5,0.85,0.82,"Smyl, S."
        sMAPE: symmetric mean absolute percentage error,,,,,,,
        """);
    Path intervals = folder.resolve("intervals.csv");
    Files.writeString(
        intervals, "method,MSIS_Weekly,ACD_Weekly\n118,22.034,0.02\nETS,20.386,0.01\n");
    List<PublishedScores.Row> rows = new ArrayList<>(PublishedScores.read(scores).scores());
    rows.addAll(PublishedScores.read(intervals).scores());
    return new PublishedScores(rows);
  }

  /** Context 3, 5, 4, 6 and 5, 8 to come: S = 5/3; drift 7, 8; naive 6, 6. */
  @Test
  void owaIsTheMeanOfBothMetricsRelativeToNaive2() {
    List<CompetitionTable> tables =
        CompetitionTable.of(scores(Baseline.NAIVE2, Baseline.DRIFT), PublishedScores.none());
    assertThat(tables).hasSize(1);
    CompetitionTable.Row drift = row(tables.get(0), "drift");
    double smape = (2 * 2.0 / 12 + 0) / 2;
    double naiveSmape = (2 * 1.0 / 11 + 2 * 2.0 / 14) / 2;
    assertThat(drift.smape()).isCloseTo(100 * smape, within(1e-9));
    assertThat(drift.owa()).isCloseTo((smape / naiveSmape + 2.0 / 3) / 2, within(1e-9));
    assertThat(row(tables.get(0), "naive2").owa()).isEqualTo(1);
  }

  @Test
  void publishedScoresOfBothTablesStandInOneRow() throws IOException {
    CompetitionTable table =
        CompetitionTable.of(scores(Baseline.NAIVE2, Baseline.NAIVE), published()).get(0);
    CompetitionTable.Row smyl = row(table, "118 (published)");
    assertThat(smyl.type()).isEqualTo("Smyl, S.");
    assertThat(smyl.smape()).isEqualTo(7.8);
    assertThat(smyl.mase()).isEqualTo(2.3);
    assertThat(smyl.owa()).isEqualTo(0.85);
    assertThat(smyl.msis95()).isEqualTo(22.034);
    assertThat(smyl.msis80()).isNaN();
    assertThat(row(table, "ETS (published)").owa()).isNaN();
    assertThat(table.rows())
        .extracting(CompetitionTable.Row::forecaster)
        .startsWith("118 (published)")
        .endsWith("ETS (published)")
        .hasSize(4);
  }

  @Test
  void withoutNaive2ThereIsNoOwa() {
    CompetitionTable table =
        CompetitionTable.of(scores(Baseline.DRIFT), PublishedScores.none()).get(0);
    assertThat(row(table, "drift").owa()).isNaN();
    assertThat(row(table, "drift").mase()).isFinite();
  }

  @Test
  void aCellThatIsNoNumberIsTold() throws IOException {
    Path file = folder.resolve("broken.csv");
    Files.writeString(file, "method,sMAPE_Weekly\nNaive,many\n");
    assertThatThrownBy(() -> PublishedScores.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("line 2: expected a number, found 'many'");
  }

  private static CompetitionTable.Row row(CompetitionTable table, String forecaster) {
    return table.rows().stream()
        .filter(row -> row.forecaster().equals(forecaster))
        .findFirst()
        .orElseThrow();
  }
}
