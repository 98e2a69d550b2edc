package io.patchcast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code patchcast bench} measures what it was asked for, and says so. */
class BenchCommandTest {
  private record Run(int exit, String out, String err) {}

  private static Run run(String arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            InputStream.nullInputStream(),
            out,
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    int exit = Patchcast.run(console, ("bench " + arguments).split(" "));
    return new Run(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void oneLineOfJsonForAScript() {
    Run run =
        run(
            "--json --seconds 0.1 --batch 3 --context 96 --horizon 40 --variates 2 --missing 20"
                + " --threads 1 --backend vector");
    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out().lines()).hasSize(1);
    JsonObject found = JsonParser.parseString(run.out()).getAsJsonObject();
    assertThat(found.get("batch").getAsInt()).isEqualTo(3);
    assertThat(found.get("rounds").getAsInt()).isGreaterThanOrEqualTo(5);
    assertThat(found.get("backend").getAsString()).isEqualTo("vector");
    double seconds = found.get("request_seconds").getAsDouble();
    assertThat(seconds).isPositive();
    assertThat(found.get("series_per_second").getAsDouble() * seconds / 3)
        .isCloseTo(1, withinPart());
    double flops = 2 * found.get("multiply_adds").getAsDouble();
    assertThat(found.get("gigaflops").getAsDouble() * 1e9 * seconds / flops)
        .isCloseTo(1, withinPart());
    // Two patches of the horizon and three of the context, one of which need not be computed.
    double parameters = 4_144_448;
    assertThat(flops / 2).isBetween(3 * 2 * parameters, 3 * 2 * 4 * parameters);
  }

  @Test
  void aTableForPeople() {
    Run run = run("--seconds 0.1 --batch 1 --context 64 --horizon 32");
    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("4m, 1 series of 1 x 64 steps, 32 to forecast, 0 % missing")
        .contains("series per second")
        .contains("GFLOP/s");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--config 5m|expected a released size, 4m, 22m, 313m, 1B or 2.5B, got '5m'",
        "--batch 0|context, horizon, batch and variates must be at least 1, got 512, 96, 0 and 1",
        "--missing 100|missing must be 0 to 99 percent of the steps, got 100",
        "--threads -1|--threads must be 0 or more",
        "--precision bf16 --backend vector|backend vector computes in f32, got precision bf16"
      })
  void whatCannotBeMeasuredIsRefused(String arguments, String message) {
    Run run = run(arguments);
    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains(message).doesNotContain("\tat ");
  }

  private static org.assertj.core.data.Offset<Double> withinPart() {
    return org.assertj.core.data.Offset.offset(1e-6);
  }
}
