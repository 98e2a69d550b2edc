package io.patchcast.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.patchcast.datasets.NabFiles;
import io.patchcast.evaluation.NabScore.Detections;
import io.patchcast.evaluation.NabScore.Profile;
import io.patchcast.test.SharedData;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the Numenta Anomaly Benchmark has published of its detector <em>windowed Gaussian</em>,
 * computed again from the files.
 *
 * <p>Figures: numenta/NAB, results/windowedGaussian, of the scoreboard's 39.6, 20.9 and 47.4. The
 * eleven artificial files are not held; what they add is taken from there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishedDetectorTest {
  /** Windows of all 58 files, and of the artificial ones. */
  private static final int WINDOWS = 116;

  private static final int ARTIFICIAL_WINDOWS = 6;

  /**
   * The artificial files as published, with one labelled window each: hits worth this much, and
   * false positives, which cost what the profile says, for none follows a window. Five more,
   * without labels, have neither.
   */
  private enum Artificial {
    DAILY_FLATMIDDLE(0, 0, 0),
    DAILY_JUMPSDOWN(0, 0, 0),
    DAILY_JUMPSUP(0, 0, 0),
    DAILY_NOJUMP(0, 0, 0),
    INCREASE_SPIKE_DENSITY(0, 0, 0),
    /** Of -0.692444609523 in profile standard. */
    LOAD_BALANCER_SPIKES(18, 15, 0.957555390477);

    private final int truePositives;
    private final int falsePositives;
    private final double hit;

    Artificial(int truePositives, int falsePositives, double hit) {
      this.truePositives = truePositives;
      this.falsePositives = falsePositives;
      this.hit = hit;
    }

    double score(Profile profile) {
      double missed = profile == Profile.LOW_FALSE_NEGATIVES ? -2 : -1;
      double wrong = profile == Profile.LOW_FALSE_POSITIVES ? 0.22 : 0.11;
      return (truePositives == 0 ? missed : hit) - wrong * falsePositives;
    }
  }

  private AnomalyBacktest backtest;
  private List<Detections> found;

  @BeforeAll
  void detect() {
    backtest =
        new AnomalyBacktest(NabFiles.read(SharedData.path("data/dev_eval/observability/nab_agpl")));
    found = backtest.windowedGaussianDetections();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          realAWSCloudwatch/ec2_cpu_utilization_24ae8d.csv, 2, 11, -1.26667875935
          realAWSCloudwatch/ec2_cpu_utilization_53ea38.csv, 2, 3, -0.141423196117
          realAWSCloudwatch/ec2_cpu_utilization_5f5533.csv, 0, 0, -2.0
          realAWSCloudwatch/ec2_cpu_utilization_77c1ca.csv, 0, 0, -1.0
          realAWSCloudwatch/ec2_cpu_utilization_825cc2.csv, 36, 0, 0.956537840284
          realAWSCloudwatch/ec2_cpu_utilization_ac20cd.csv, 25, 0, 0.86067182427
          realAWSCloudwatch/ec2_cpu_utilization_c6585a.csv, 0, 12, -1.32
          realAWSCloudwatch/ec2_cpu_utilization_fe7f93.csv, 6, 1, 0.638757791772
          realAWSCloudwatch/ec2_disk_write_bytes_1ef3de.csv, 9, 48, -4.19089678552
          realAWSCloudwatch/ec2_disk_write_bytes_c0d644.csv, 13, 19, -1.09599853032
          realAWSCloudwatch/ec2_network_in_257a54.csv, 4, 0, 0.86067182427
          realAWSCloudwatch/ec2_network_in_5abac7.csv, 19, 50, -3.52193223519
          realAWSCloudwatch/elb_request_count_8c0756.csv, 1, 0, -0.138449197924
          realAWSCloudwatch/grok_asg_anomaly.csv, 69, 3, 2.37942230674
          realAWSCloudwatch/iio_us-east-1_i-a2eb1cd9_NetworkIn.csv, 0, 0, -2.0
          realAWSCloudwatch/rds_cpu_utilization_cc0c53.csv, 50, 0, -0.138449197924
          realAWSCloudwatch/rds_cpu_utilization_e47b3b.csv, 2, 0, -0.138449197924
          realAdExchange/exchange-2_cpc_results.csv, 0, 0, -1.0
          realAdExchange/exchange-2_cpm_results.csv, 0, 0, -2.0
          realAdExchange/exchange-3_cpc_results.csv, 5, 1, 2.50266326119
          realAdExchange/exchange-3_cpm_results.csv, 1, 0, 0.862098587352
          realAdExchange/exchange-4_cpc_results.csv, 3, 4, 0.292288463428
          realAdExchange/exchange-4_cpm_results.csv, 4, 3, 1.27471036268
          realKnownCause/ambient_temperature_system_failure.csv, 0, 0, -2.0
          realKnownCause/cpu_utilization_asg_misconfiguration.csv, 0, 1, -1.11
          realKnownCause/ec2_request_latency_system_failure.csv, 8, 0, 2.02150685678
          realKnownCause/machine_temperature_system_failure.csv, 0, 0, -4.0
          realKnownCause/nyc_taxi.csv, 0, 0, -5.0
          realKnownCause/rogue_agent_key_hold.csv, 0, 4, -2.44
          realKnownCause/rogue_agent_key_updown.csv, 1, 8, -1.3964908955
          realTraffic/TravelTime_387.csv, 1, 6, -1.79598133079
          realTraffic/TravelTime_451.csv, 0, 0, -1.0
          realTraffic/occupancy_6005.csv, 0, 0, -1.0
          realTraffic/occupancy_t4013.csv, 3, 0, 1.72522152023
          realTraffic/speed_6005.csv, 1, 0, 0.832538201468
          realTraffic/speed_7578.csv, 11, 1, 3.47059145681
          realTraffic/speed_t4013.csv, 14, 0, 1.76631783122
          realTweets/Twitter_volume_AAPL.csv, 42, 24, 1.51399683626
          realTweets/Twitter_volume_AMZN.csv, 10, 20, 1.55848299457
          realTweets/Twitter_volume_CRM.csv, 10, 0, 0.763845764094
          realTweets/Twitter_volume_CVS.csv, 22, 18, 0.773682061394
          realTweets/Twitter_volume_FB.csv, 6, 15, 0.119750278191
          realTweets/Twitter_volume_GOOG.csv, 23, 9, -0.146777355167
          realTweets/Twitter_volume_IBM.csv, 14, 25, -0.799109479229
          realTweets/Twitter_volume_KO.csv, 22, 33, -0.914196106944
          realTweets/Twitter_volume_PFE.csv, 7, 12, 0.26557999349
          realTweets/Twitter_volume_UPS.csv, 57, 63, -2.2051646682
          """)
  void everyFileHasItsPublishedScore(
      String file, int truePositives, int falsePositives, double score) {
    int index = backtest.files().stream().map(NabFiles.Labelled::name).toList().indexOf(file);
    assertThat(index).isNotNegative();
    Detections detections = found.get(index);
    int inside = 0;
    int outside = 0;
    for (int row = 0; row < detections.scores().length; row++) {
      if (detections.scores()[row] >= WindowedGaussian.THRESHOLD) {
        int at = row;
        boolean labelled =
            detections.windows().stream().anyMatch(window -> window[0] <= at && at <= window[1]);
        inside += labelled ? 1 : 0;
        outside += labelled ? 0 : 1;
      }
    }
    assertThat(inside).as("true positives").isEqualTo(truePositives);
    assertThat(outside).as("false positives").isEqualTo(falsePositives);
    assertThat(NabScore.raw(detections, WindowedGaussian.THRESHOLD, Profile.STANDARD))
        .isCloseTo(score, within(1e-9));
  }

  /** Of the third profile only the normalised score of the scoreboard is known. */
  @ParameterizedTest
  @CsvSource({
    "STANDARD, -24.0131054891, 39.6, 1",
    "LOW_FALSE_POSITIVES, -67.5862728866, 20.9, 1",
    "LOW_FALSE_NEGATIVES, , 47.4, 2"
  })
  void theSumsAreThePublishedOnes(Profile profile, Double sum, double scoreboard, int missed) {
    double raw = 0;
    int windows = 0;
    for (Detections file : found) {
      raw += NabScore.raw(file, WindowedGaussian.THRESHOLD, profile);
      windows += file.windows().size();
    }
    for (Artificial file : Artificial.values()) {
      raw += file.score(profile);
      windows++;
    }
    assertThat(windows).isEqualTo(WINDOWS);
    if (sum != null) {
      assertThat(raw).isCloseTo(sum, within(1e-8));
    }
    double never = -missed * WINDOWS;
    assertThat(100 * (raw - never) / (WINDOWS - never)).isCloseTo(scoreboard, within(0.05));
  }

  /** NAB's null detector: every window is missed, on every file. */
  @Test
  void whatNeverDetectsHasMinusOneForEachWindow() {
    double sum = 0;
    for (Detections file : found) {
      double raw = NabScore.raw(file, Double.POSITIVE_INFINITY, Profile.STANDARD);
      assertThat(raw).isEqualTo(-file.windows().size());
      sum += raw;
    }
    assertThat(sum).isEqualTo(-(WINDOWS - ARTIFICIAL_WINDOWS));
  }
}
