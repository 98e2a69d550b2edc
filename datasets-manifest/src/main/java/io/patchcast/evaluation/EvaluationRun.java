package io.patchcast.evaluation;

import io.patchcast.datasets.DatasetSeries;
import io.patchcast.table.InputException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Scores several forecasters on several tasks, one task after the other; what a log has already is
 * not computed again. A task whose data cannot be read is told and fails no other.
 */
public final class EvaluationRun {
  private static final int SHOWN_PER_TASK = 1;

  private final ResultLog log;
  private final Progress progress;
  private final List<TaskScore> scores = new ArrayList<>();
  private final Map<String, String> faults = new LinkedHashMap<>();
  private final List<String> fingerprints = new ArrayList<>();
  private final List<ExtremeWindows> extremes = new ArrayList<>();

  /** Sees how far a run is. */
  public interface Progress {
    /**
     * So much is done.
     *
     * @param task what is being forecast
     * @param forecaster by whom
     * @param done part of the whole run, from 0 to 1
     */
    void at(String task, String forecaster, double done);
  }

  /**
   * A forecaster of a run.
   *
   * @param forecaster it
   * @param key what its scores depend on: name, weights, settings
   * @param shown whether its best and worst windows are kept to be looked at
   */
  public record Contestant(WindowForecaster forecaster, String key, boolean shown) {}

  public EvaluationRun(ResultLog log, Progress progress) {
    this.log = log;
    this.progress = progress;
  }

  /**
   * Scores everybody on everything.
   *
   * @throws IllegalArgumentException if two contestants are the same, or are called the same
   */
  public void run(List<BundleTasks.Loadable> tasks, List<Contestant> contestants) {
    requireDifferent(contestants);
    double steps = (double) tasks.size() * contestants.size();
    int done = 0;
    for (BundleTasks.Loadable task : tasks) {
      Evaluation evaluation;
      try {
        evaluation = Evaluation.of(task.task(), task.series().get());
      } catch (InputException | IllegalArgumentException e) {
        faults.put(task.task().key(), e.getMessage());
        done += contestants.size();
        continue;
      }
      String fingerprint = fingerprint(evaluation);
      fingerprints.add(fingerprint);
      if (evaluation.windowCount() == 0) {
        faults.put(
            task.task().key(),
            "expected series of more than "
                + (task.task().horizon() + task.task().endOffset())
                + " values, found none");
        done += contestants.size();
        continue;
      }
      for (Contestant contestant : contestants) {
        scores.add(score(evaluation, contestant, fingerprint, done / steps, 1 / steps));
        done++;
      }
    }
  }

  /**
   * Refuses two contestants that are the same, or are called the same.
   *
   * @throws IllegalArgumentException if there are any
   */
  public static void requireDifferent(List<Contestant> contestants) {
    Set<String> known = new HashSet<>();
    for (Contestant one : contestants) {
      String label = one.forecaster().label();
      if (!known.add("key " + one.key()) || !known.add("label " + label)) {
        throw new IllegalArgumentException(
            "expected each forecaster once, got '" + label + "' twice");
      }
    }
  }

  /** Windows and variates belong to the data: other windows of the same series are another task. */
  private static String fingerprint(Evaluation evaluation) {
    EvaluationTask task = evaluation.task();
    return DataFingerprint.ofTexts(
        List.of(
            DataFingerprint.of(evaluation.series()),
            task.horizon()
                + " "
                + task.season()
                + " "
                + task.windowCount()
                + " "
                + task.stride()
                + " "
                + task.endOffset()
                + " "
                + evaluation.variateCounts()));
  }

  private TaskScore score(
      Evaluation evaluation,
      Contestant contestant,
      String fingerprint,
      double before,
      double part) {
    EvaluationTask task = evaluation.task();
    Optional<TaskScore> known = log.find(contestant.key(), task, fingerprint);
    if (known.isPresent()) {
      // The run that computed it may have called the forecaster otherwise.
      return known.get().of(contestant.forecaster().label());
    }
    List<DatasetSeries> series = evaluation.series();
    ExtremeWindows extreme = new ExtremeWindows(task.name(), SHOWN_PER_TASK);
    double windows = Math.max(1, evaluation.windowCount());
    TaskScore score =
        evaluation.run(
            contestant.forecaster(),
            done ->
                progress.at(
                    task.name() + ", " + series.size() + " series",
                    contestant.forecaster().label(),
                    before + part * done / windows),
            contestant.shown() ? extreme : Evaluation.WindowListener.NONE);
    if (contestant.shown()) {
      extremes.add(extreme);
    }
    log.add(contestant.key(), fingerprint, score);
    return score;
  }

  /** Tells of something that could not be scored for a reason known before. */
  public void addFault(String what, String reason) {
    faults.put(what, reason);
  }

  /** All scores, task by task. */
  public List<TaskScore> scores() {
    return List.copyOf(scores);
  }

  /** Tasks that could not be scored, with the reason. */
  public Map<String, String> faults() {
    return new LinkedHashMap<>(faults);
  }

  /** Of all series that were scored. */
  public String dataFingerprint() {
    return DataFingerprint.ofTexts(fingerprints);
  }

  /** The windows that this run did best on, one per task, the best first. */
  public List<ExtremeWindows.Shown> best() {
    return extremes.stream()
        .flatMap(extreme -> extreme.best().stream())
        .sorted(java.util.Comparator.comparingDouble(ExtremeWindows.Shown::mase))
        .toList();
  }

  /** The windows that this run did worst on, one per task, the worst first. */
  public List<ExtremeWindows.Shown> worst() {
    return extremes.stream()
        .flatMap(extreme -> extreme.worst().stream())
        .sorted(java.util.Comparator.comparingDouble(ExtremeWindows.Shown::mase).reversed())
        .toList();
  }
}
