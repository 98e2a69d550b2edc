package io.patchcast.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.backend.Backend;
import io.patchcast.forecast.Backends;
import io.patchcast.model.DecodeOptions;
import io.patchcast.model.SeriesInput;
import io.patchcast.model.Toto2;
import io.patchcast.test.RandomCheckpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  @TempDir Path directory;

  @Test
  void opensWhatItWrote() throws Exception {
    RandomCheckpoint written = new RandomCheckpoint();
    Checkpoint checkpoint = Checkpoint.open(written.write(directory, 1));

    assertThat(checkpoint.config().modelDim()).isEqualTo(64);
    assertThat(checkpoint.parameterCount())
        .isEqualTo(
            written.tensors().values().stream()
                .filter(shape -> shape.length > 0)
                .mapToLong(shape -> Arrays.stream(shape).reduce(1, (a, b) -> a * b))
                .sum());
    byte[] bytes = Files.readAllBytes(directory.resolve("model.safetensors"));
    assertThat(checkpoint.sha256())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    assertThat(forecastOf(directory)).hasSize(9 * 40).doesNotContain(Double.NaN);
  }

  @Test
  void zeroDimensionalTensorsHaveOneElement() throws Exception {
    Tensor tau =
        Checkpoint.open(new RandomCheckpoint().write(directory, 1))
            .tensor("transformer.layers.0.attn_tau");

    assertThat(tau.size()).isEqualTo(1);
    assertThat(tau.floats()).hasSize(1);
  }

  @Test
  void shardsAreOneCheckpoint() throws Exception {
    Path whole = new RandomCheckpoint().write(directory.resolve("whole"), 1);
    Path sharded = directory.resolve("sharded");
    Files.createDirectories(sharded);
    Files.copy(whole.resolve("config.json"), sharded.resolve("config.json"));
    Checkpoint checkpoint = Checkpoint.open(whole);
    StringBuilder index = new StringBuilder();
    for (int shard = 0; shard < 3; shard++) {
      Map<String, long[]> part = new LinkedHashMap<>();
      int position = 0;
      for (Map.Entry<String, long[]> tensor : new RandomCheckpoint().tensors().entrySet()) {
        if (position++ % 3 == shard) {
          part.put(tensor.getKey(), tensor.getValue());
        }
      }
      String file = "model-0000" + (shard + 1) + "-of-00003.safetensors";
      RandomCheckpoint.writeTensors(
          sharded.resolve(file),
          part,
          (name, count) -> checkpoint.tensor(name, part.get(name)).floats());
      part.keySet()
          .forEach(
              name ->
                  index
                      .append(index.length() > 0 ? "," : "")
                      .append('"' + name + "\":\"" + file + '"'));
    }
    Path indexFile = sharded.resolve("model.safetensors.index.json");
    Files.writeString(indexFile, "{\"weight_map\":{" + index + "}}");

    assertThat(forecastOf(sharded)).isEqualTo(forecastOf(whole));
    assertThat(Checkpoint.open(sharded).sha256()).hasSize(64);

    Files.writeString(indexFile, "{\"weight_map\":{\"a\":\"../../etc/secret.safetensors\"}}");
    assertRefused(() -> Checkpoint.open(sharded), "names of .safetensors files in this directory");
    Files.writeString(indexFile, "{\"weight_map\":{\"a\":\"model-00009.safetensors\"}}");
    assertRefused(() -> Checkpoint.open(sharded), "expected shard model-00009.safetensors");
  }

  @ParameterizedTest
  @CsvSource({"BF16", "F16"})
  void narrowTypesAreWidenedExactly(TensorType type) throws Exception {
    Random random = new Random(3);
    ByteBuffer bytes = ByteBuffer.allocate(2 * 5000).order(ByteOrder.LITTLE_ENDIAN);
    float[] expected = new float[5000];
    for (int i = 0; i < expected.length; i++) {
      short bits = (short) random.nextInt(1 << 16);
      bytes.putShort(2 * i, bits);
      expected[i] = type == TensorType.BF16 ? Float.intBitsToFloat(bits << 16) : half(bits);
    }
    float[] found = new float[5000];
    type.widen(bytes, found, 0, 5000);

    assertThat(found).isEqualTo(expected);
  }

  /** Binary16 from its definition. */
  private static float half(short bits) {
    double sign = bits < 0 ? -1 : 1;
    int exponent = (bits >> 10) & 31;
    int fraction = bits & 1023;
    if (exponent == 31) {
      return fraction == 0 ? (float) (sign * Double.POSITIVE_INFINITY) : Float.NaN;
    }
    return (float)
        (exponent == 0
            ? sign * fraction * Math.pow(2, -24)
            : sign * (1 + fraction / 1024.0) * Math.pow(2, exponent - 15));
  }

  @Test
  void narrowCheckpointsForecast() throws Exception {
    Path wide = new RandomCheckpoint().write(directory.resolve("wide"), 1);
    Path narrow = directory.resolve("narrow");
    Files.createDirectories(narrow);
    Files.copy(wide.resolve("config.json"), narrow.resolve("config.json"));
    byte[] bytes = Files.readAllBytes(wide.resolve("model.safetensors"));
    Files.write(narrow.resolve("model.safetensors"), toBfloat16(bytes));

    double[] expected = forecastOf(wide);
    double[] found = forecastOf(narrow);
    double range =
        Arrays.stream(expected).max().orElseThrow() - Arrays.stream(expected).min().orElseThrow();
    for (int i = 0; i < expected.length; i++) {
      assertThat(Math.abs(found[i] - expected[i]) / range).isLessThan(0.2);
    }
    assertThat(found).isNotEqualTo(expected);
  }

  /** The same file with all values cut to BF16. */
  private static byte[] toBfloat16(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = (int) in.getLong();
    String header = new String(file, 8, headerLength, StandardCharsets.UTF_8);
    StringBuilder halved = new StringBuilder();
    java.util.regex.Matcher offsets =
        java.util.regex.Pattern.compile("\\[(\\d+),(\\d+)]").matcher(header);
    while (offsets.find()) {
      offsets.appendReplacement(
          halved,
          header.startsWith("\"data_offsets\":", offsets.start() - 15)
              ? "["
                  + Long.parseLong(offsets.group(1)) / 2
                  + ","
                  + Long.parseLong(offsets.group(2)) / 2
                  + "]"
              : offsets.group());
    }
    offsets.appendTail(halved);
    byte[] json = halved.toString().replace("F32", "BF16").getBytes(StandardCharsets.UTF_8);
    int count = (file.length - 8 - headerLength) / 4;
    ByteBuffer out = ByteBuffer.allocate(8 + json.length + 2 * count);
    out.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json);
    for (int i = 0; i < count; i++) {
      out.putShort((short) (in.getInt(8 + headerLength + 4 * i) >>> 16));
    }
    return out.array();
  }

  @Test
  void truncatedFileIsRefusedAtEveryLength() throws Exception {
    Path file = new RandomCheckpoint().write(directory, 1).resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 8, 100, bytes.length / 2, bytes.length - 1}) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertRefused(() -> Checkpoint.open(directory), file.toString());
    }
    Files.write(file, Arrays.copyOf(bytes, bytes.length + 3));
    assertRefused(() -> Checkpoint.open(directory), "found 3 more bytes");
  }

  @Test
  void aFileCutWhileItIsOpenIsRefusedWhenRead() throws Exception {
    Path file = new RandomCheckpoint().write(directory, 1).resolve("model.safetensors");
    Checkpoint checkpoint = Checkpoint.open(directory);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, 5000));

    assertRefused(() -> load(checkpoint), "as when it was opened");
  }

  static Stream<Arguments> hostileHeaders() {
    return Stream.of(
        Arguments.of("not json", "JSON object"),
        Arguments.of("[]", "JSON object"),
        Arguments.of("{\"a\":1}", "JSON object"),
        Arguments.of("{} {}", "header"),
        Arguments.of(tensor("F64X", "[1]", "[0,4]"), "expected dtype [F32"),
        Arguments.of(tensor("F32", "[1]", "[0]"), "two data_offsets"),
        Arguments.of(tensor("F32", "[-1]", "[0,4]"), "extents of 0 or more, found -1"),
        Arguments.of(tensor("F32", "[2]", "[0,4]"), "expected 8 bytes"),
        Arguments.of(tensor("F32", "[1]", "[4,8]"), "within 0..4"),
        Arguments.of(tensor("F32", "[1]", "[-4,0]"), "within 0..4"),
        Arguments.of(tensor("F32", "[9223372036854775807,4]", "[0,4]"), "below 2^63"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            "overlap"),
        Arguments.of("{\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[2,4]}}", "gap"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            "found twice"),
        Arguments.of("{\"a\":" + "[".repeat(5000), "header"));
  }

  private static String tensor(String dtype, String shape, String offsets) {
    return "{\"a\":{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":"
        + offsets
        + "}}";
  }

  @ParameterizedTest
  @MethodSource("hostileHeaders")
  void hostileHeadersAreRefused(String header, String message) throws Exception {
    Path file = directory.resolve("model.safetensors");
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(json.length).put(json).array());

    assertRefused(() -> SafetensorsFile.open(file), message);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 100_000_001, Long.MAX_VALUE, Long.MIN_VALUE})
  void headerLengthsOutOfRangeAreRefused(long length) throws Exception {
    Path file = directory.resolve("model.safetensors");
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(length).array());

    assertRefused(() -> SafetensorsFile.open(file), "expected a header of 2 to 100000000 bytes");
  }

  @Test
  void brokenUtf8IsRefused() throws Exception {
    Path file = directory.resolve("model.safetensors");
    ByteBuffer bytes = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(2).put((byte) 0xc3).put((byte) 0x28).array());

    assertRefused(() -> SafetensorsFile.open(file), "UTF-8");
  }

  @Test
  void missingExtraAndMisshapenTensorsAreNamed() throws Exception {
    RandomCheckpoint checkpoint = new RandomCheckpoint();
    Path file = checkpoint.write(directory, 1).resolve("model.safetensors");
    Map<String, long[]> tensors = checkpoint.tensors();
    RandomCheckpoint.Values zeros = (name, count) -> new float[count];

    Map<String, long[]> missing = new LinkedHashMap<>(tensors);
    missing.remove("transformer.layers.2.mlp_tau");
    RandomCheckpoint.writeTensors(fresh(file), missing, zeros);
    assertRefused(
        () -> load(Checkpoint.open(directory)),
        "tensor transformer.layers.2.mlp_tau: expected shape [], found none");

    Map<String, long[]> extra = new LinkedHashMap<>(tensors);
    extra.put("transformer.layers.0.attn.q_norm.weight", new long[] {32});
    RandomCheckpoint.writeTensors(fresh(file), extra, zeros);
    assertRefused(() -> load(Checkpoint.open(directory)), "found 1 more: [transformer.layers.0");

    Map<String, long[]> misshapen = new LinkedHashMap<>(tensors);
    misshapen.put("transformer.layers.1.attn.out_proj.weight", new long[] {64, 65});
    RandomCheckpoint.writeTensors(fresh(file), misshapen, zeros);
    assertRefused(
        () -> load(Checkpoint.open(directory)), "expected shape [64, 64], found [64, 65]");
  }

  private static Path fresh(Path file) throws IOException {
    Files.delete(file);
    return file;
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void weightsThatAreNotFiniteAreFoundAtTheirByte(float bad) throws Exception {
    Path file = new RandomCheckpoint().write(directory, 1).resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    int last = bytes.length - 4;
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(last, bad);
    Files.write(file, bytes);

    assertThatThrownBy(() -> load(Checkpoint.open(directory)))
        .isInstanceOfSatisfying(
            CheckpointFormatException.class,
            e -> {
              assertThat(e.byteOffset()).isEqualTo(last);
              assertThat(e).hasMessageContaining("skip_proj.bias element 287");
              assertThat(e).hasMessageContaining("found " + bad);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          num_output_patches | 2        | num_output_patches: expected 1.0
          pre_norm           | false    | pre_norm: expected true
          dropout_p          | 0.1      | dropout_p: expected 0.0
          d_model            | 0        | d_model: expected 1 to
          d_model            | 63       | d_model: expected an even number
          d_model            | 1.5      | d_model: expected a whole number
          d_model            | "64"     | d_model: expected a number
          d_model            | 99999999 | d_model: expected 1 to
          num_groups         | 3        | num_groups: expected a divisor of num_heads 2
          heads_per_group    | 2        | num_groups: expected num_heads / heads_per_group = 1
          qk_dim             | 30       | qk_dim: expected a multiple of 4
          layer_group_size   | 3        | layer_group_size: expected a divisor of num_layers 4
          norm_eps           | -1       | norm_eps: expected 0 to 1
          qk_norm            | 1        | qk_norm: expected true or false
          """)
  void configValuesThatAreNotSupportedAreNamed(String key, String value, String message)
      throws Exception {
    new RandomCheckpoint().write(directory, 1);
    Files.writeString(
        directory.resolve("config.json"), new RandomCheckpoint().with(key, value).configJson());

    assertRefused(() -> Checkpoint.open(directory), message);
  }

  @Test
  void unknownConfigKeysAreIgnoredAndAbsentOnesHaveTheDefaultsOfTheFormat() {
    ModelConfig config =
        ModelConfig.parse(
            "config.json",
            "{\"patch_size\":32,\"d_model\":256,\"num_heads\":4,\"num_layers\":4,\"new\":[1]}");

    assertThat(config.groupCount()).isEqualTo(4);
    assertThat(config.queryDim()).isEqualTo(64);
    assertThat(config.valueDim()).isEqualTo(64);
    assertThat(config.feedForwardDim()).isEqualTo(688);
    assertThat(config.normEpsilon()).isEqualTo(5e-5);
    assertThat(config.isVariateLayer(3)).isTrue();
    assertThat(config.isVariateLayer(2)).isFalse();
  }

  @Test
  void aDirectoryWithoutACheckpointSaysWhatIsMissing() throws Exception {
    assertRefused(() -> Checkpoint.open(directory.resolve("none")), "checkpoint directory");
    assertRefused(() -> Checkpoint.open(directory), "config.json: expected this file");
    Files.writeString(directory.resolve("config.json"), new RandomCheckpoint().configJson());
    assertRefused(() -> Checkpoint.open(directory), "expected model.safetensors or");
    Files.writeString(directory.resolve("config.json"), "[");
    assertRefused(() -> Checkpoint.open(directory), "expected a JSON object");
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(CheckpointFormatException.class)
        .hasMessageContaining(message);
  }

  private static void load(Checkpoint checkpoint) {
    try (Backend backend = Backends.open("scalar");
        Toto2 model = new Toto2(checkpoint, backend)) {
      assertThat(model.config()).isNotNull();
    }
  }

  private static double[] forecastOf(Path checkpoint) {
    double[] values = new Random(5).doubles(100).toArray();
    try (Backend backend = Backends.open("vector");
        Toto2 model = new Toto2(Checkpoint.open(checkpoint), backend)) {
      return model.forecast(List.of(SeriesInput.univariate(values, 40)), DecodeOptions.plain())
          .get(0)[0];
    }
  }
}
