package io.patchcast.backend.cuda;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.patchcast.backend.cuda.Rig.Setting;
import io.patchcast.model.OperationConformance;
import io.patchcast.test.RandomCheckpoint;
import io.patchcast.verify.GoldenSuite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Plants mistakes into the kernels, one at a time, and says by what each was caught. Needs nvcc;
 * {@code scripts/mutate-kernels} runs it.
 *
 * <p>Reads {@code kernels/mutations.tsv}: file, what to look for (a regular expression), what to
 * put in its place, and for mistakes that cannot show on the rig the reason. The first and the last
 * place where the expression is found are a mutant each.
 */
final class Mutants {
  private static final Path SOURCES = Path.of("src/main/cuda");
  private static final Path KERNELS = Path.of("target/classes/io/patchcast/backend/cuda");
  private static final Path ROOM = Path.of("target/mutants");

  private record Mutant(String file, int line, String found, String put, String text, String why) {}

  private Mutants() {}

  /**
   * Runs them.
   *
   * @param arguments the goldens, and the file to write to
   */
  public static void main(String[] arguments) throws Exception {
    Path goldens = Path.of(arguments[0]);
    Rig.start();
    String baseline = caught(goldens, "");
    if (!baseline.isEmpty()) {
      throw new IllegalStateException("the kernels as they are fail: " + baseline);
    }
    String counters = counters();
    List<String> report = new ArrayList<>();
    report.add("file\tline\tfound\tput\tcaught by");
    int survivors = 0;
    for (Mutant mutant : mutants()) {
      String verdict = verdict(mutant, goldens, counters);
      if (verdict.isEmpty()) {
        verdict = mutant.why.isEmpty() ? "SURVIVED" : "explained: " + mutant.why;
        survivors += mutant.why.isEmpty() ? 1 : 0;
      }
      String row =
          String.join(
              "\t", mutant.file, String.valueOf(mutant.line), mutant.found, mutant.put, verdict);
      System.out.println(row);
      report.add(row);
    }
    Files.write(Path.of(arguments[1]), report);
    System.out.println(report.size() - 1 + " mutants, " + survivors + " survived");
    System.exit(survivors == 0 ? 0 : 1);
  }

  private static List<Mutant> mutants() throws IOException {
    List<Mutant> mutants = new ArrayList<>();
    for (String row : Files.readAllLines(Path.of("mutations.tsv"))) {
      String[] columns = row.split("\t", -1);
      if (columns.length < 3 || columns[0].equals("file")) {
        continue;
      }
      String source = Files.readString(SOURCES.resolve(columns[0]));
      Matcher matcher = Pattern.compile(columns[1]).matcher(source);
      long places = Pattern.compile(columns[1]).matcher(source).results().count();
      for (int place = 0; matcher.find(); place++) {
        if (place > 0 && place < places - 1) {
          continue;
        }
        String text =
            source.substring(0, matcher.start())
                + Pattern.compile(columns[1]).matcher(matcher.group()).replaceFirst(columns[2])
                + source.substring(matcher.end());
        int line = (int) source.substring(0, matcher.start()).lines().count();
        line = Math.max(1, source.substring(0, matcher.start()).endsWith("\n") ? line + 1 : line);
        String why = columns.length > 3 ? columns[3] : "";
        mutants.add(new Mutant(columns[0], line, matcher.group().strip(), columns[2], text, why));
      }
      if (places == 0) {
        throw new IllegalStateException("nothing in " + columns[0] + " looks like " + columns[1]);
      }
    }
    return mutants;
  }

  private static String verdict(Mutant mutant, Path goldens, String counters) throws Exception {
    Files.createDirectories(ROOM);
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.toList()) {
        Files.copy(file, ROOM.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.writeString(ROOM.resolve(mutant.file), mutant.text);
    // One width and one kernel stand for all that include a file.
    String unit =
        switch (mutant.file) {
          case "product.cuh" -> "norm_qkv_rotary";
          case "attend.cuh" -> "attend";
          default -> mutant.file.replace(".cu", "");
        };
    if (unit.equals("attend")) {
      Files.writeString(
          ROOM.resolve("attend.cu"),
          "#include \"attend.cuh\"\nATTEND(attend_f32_32, float, 32)\nATTEND(attend_bf16_32, bf16, 32)\n");
    }
    Path ptx = ROOM.resolve(unit + ".ptx");
    int status =
        Rig.run(
            List.of(
                "nvcc",
                "-std=c++17",
                "-O3",
                "-arch=compute_80",
                "-lineinfo",
                "-ptx",
                "-o",
                ptx.toString(),
                ROOM.resolve(unit + ".cu").toString()),
            ROOM.resolve("nvcc.log"));
    if (status != 0) {
      return "the compiler";
    }
    Path target = KERNELS.resolve(unit + ".ptx");
    byte[] original = Files.readAllBytes(target);
    try {
      Files.writeString(
          target, Files.readString(ptx).replaceFirst("\\.version [0-9.]+", ".version 7.0"));
      return caught(goldens, counters);
    } finally {
      Files.write(target, original);
    }
  }

  /** What notices that something is wrong, or nothing. */
  private static String caught(Path goldens, String counters) {
    try {
      for (int seed = 0; seed < 4; seed++) {
        for (String backend : List.of("cuda:f32", "cuda:bf16")) {
          Rig.reset();
          Rig.set(Setting.CHECKS, 1);
          boolean single = backend.equals("cuda:f32");
          Random random = new Random(seed);
          Path directory = Files.createTempDirectory("mutant");
          new OperationConformance(
                  backend, single ? 5e-6 : 1e-2, single ? 1e-4 : 0.1, single ? 1e-2 : 0.1)
              .check(shape(random), seed, random, seed == 3 ? 90 : 12, directory);
        }
      }
      for (String backend : List.of("cuda:f32", "cuda:bf16")) {
        Rig.reset();
        Rig.set(Setting.CHECKS, 1);
        double tolerance = backend.equals("cuda:bf16") ? 2e-2 : GoldenSuite.TOLERANCE;
        for (GoldenSuite.Result result : GoldenSuite.run(goldens, backend, one -> {})) {
          if (!(result.largest() < tolerance)) {
            return "golden " + result.name() + ": error " + result.largest();
          }
        }
      }
      for (String backend : List.of("cuda:f32", "cuda:bf16")) {
        Rig.reset();
        Rig.set(Setting.CHECKS, 1);
        CudaForecastTest.requireAgreement(backend, Files.createTempDirectory("mutant"));
      }
      if (!counters.isEmpty() && !counters().equals(counters)) {
        return "counters of bank conflicts, sectors or launches";
      }
      return "";
    } catch (Throwable e) {
      String said = Rig.message().isEmpty() ? String.valueOf(e.getMessage()) : Rig.message();
      return said.replaceAll("\\s+", " ").strip().replaceAll("^(.{0,160}).*", "$1");
    }
  }

  /** What the products ask of shared and global memory. */
  private static String counters() throws IOException {
    Rig.reset();
    Rig.set(Setting.STATS, 1);
    Random random = new Random(3);
    new OperationConformance("cuda:bf16", 1, 1e9, 1)
        .check(shape(random), 3, random, 6, Files.createTempDirectory("mutant"));
    StringBuilder all = new StringBuilder();
    for (String line : Rig.kernels().lines().toList()) {
      JsonObject kernel = JsonParser.parseString(line).getAsJsonObject();
      for (String key : List.of("kernel", "sharedCycles", "globalSectors", "launches")) {
        all.append(kernel.get(key)).append(' ');
      }
    }
    return all.toString();
  }

  private static RandomCheckpoint shape(Random random) {
    return CudaConformanceTest.randomShape(random).with("qk_dim", 32).with("v_dim", 32);
  }
}
