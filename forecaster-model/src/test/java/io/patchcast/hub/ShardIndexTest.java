package io.patchcast.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardIndexTest {
  @Test
  void shardsAreDistinctAndInOrder() throws ModelHubException {
    assertThat(
            ShardIndex.shardNames(
                "{\"metadata\": {\"total_size\": 1}, \"weight_map\":"
                    + " {\"z\": \"b.safetensors\", \"y\": \"a.safetensors\","
                    + " \"x\": \"b.safetensors\"}}"))
        .containsExactly("a.safetensors", "b.safetensors");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"../x.safetensors\"",
        "\"..safetensors\"",
        "\"a..safetensors\"",
        "\"/etc/x.safetensors\"",
        "\"dir/x.safetensors\"",
        "\"C:\\\\x.safetensors\"",
        "\"x.safetensors\\u0000.txt\"",
        "\"a\\nb.safetensors\"",
        "\".safetensors\"",
        "\"-x.safetensors\"",
        "\"config.json\"",
        "\"patchcast.json\"",
        "\"http://host/x.safetensors\"",
        "\"%2e%2e%2fx.safetensors\"",
        "\"x.safetensors?y\"",
        "\"\"",
        "7",
        "null",
        "{}",
        "[\"x.safetensors\"]"
      })
  void onlyPlainNamesOfWeightFilesBecomePaths(String value) {
    assertThatThrownBy(() -> ShardIndex.shardNames("{\"weight_map\": {\"t\": " + value + "}}"))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("plain name of a .safetensors file")
        .hasMessageContaining("\"t\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"weight_map\": {}}",
        "{\"weight_map\": null}",
        "{\"weight_map\": \"a\"}",
        "{\"weight_map\": [\"a.safetensors\"]}"
      })
  void aMapOfTensorsIsExpected(String json) {
    assertThatThrownBy(() -> ShardIndex.shardNames(json))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("weight_map");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "7", "{\"a\": 1", "{a: 1}", "<html>", "{} x"})
  void textThatIsNoObjectIsShown(String text) {
    assertThatThrownBy(() -> ShardIndex.shardNames(text))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("expected a JSON object");
  }

  @Test
  void nestingDoesNotOverflowTheStack() {
    assertThatThrownBy(() -> ShardIndex.shardNames("{\"a\":" + "[".repeat(1_000_000)))
        .isInstanceOf(ModelHubException.class);
  }

  @Test
  void numberOfShardsIsBounded() {
    String map =
        IntStream.range(0, 1001)
            .mapToObj(i -> "\"t" + i + "\": \"s" + i + ".safetensors\"")
            .collect(Collectors.joining(","));
    assertThatThrownBy(() -> ShardIndex.shardNames("{\"weight_map\": {" + map + "}}"))
        .isInstanceOf(ModelHubException.class)
        .hasMessageContaining("1000")
        .hasMessageContaining("1001");
  }
}
