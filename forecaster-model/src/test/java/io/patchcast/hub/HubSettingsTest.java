package io.patchcast.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {
  private static final Map<String, String> HOME = Map.of("HOME", "/home/sre");

  @Test
  void withoutVariablesThePublicHubAndTheHomeCacheAreUsed() {
    HubSettings settings = HubSettings.fromEnvironment(HOME);
    assertThat(settings.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(settings.token()).isNull();
    assertThat(settings.mode()).isEqualTo(HubSettings.Mode.ONLINE);
    assertThat(settings.cacheDirectory()).isEqualTo(Path.of("/home/sre/.cache/patchcast"));
  }

  @Test
  void variablesAreRead() {
    HubSettings settings =
        HubSettings.fromEnvironment(
            Map.of(
                "HF_ENDPOINT", "HTTPS://mirror.example:8443/hf//",
                "HF_TOKEN", " hf_abc\n",
                "HF_HUB_OFFLINE", "1",
                "PATCHCAST_CACHE", "/var/cache/pc",
                "XDG_CACHE_HOME", "/xdg"));
    assertThat(settings.endpoint()).isEqualTo(URI.create("https://mirror.example:8443/hf"));
    assertThat(settings.token()).isEqualTo("hf_abc");
    assertThat(settings.mode()).isEqualTo(HubSettings.Mode.OFFLINE);
    assertThat(settings.cacheDirectory()).isEqualTo(Path.of("/var/cache/pc"));
  }

  @Test
  void cacheDirectoryFollowsXdgUnlessItIsRelative() {
    assertThat(
            HubSettings.fromEnvironment(Map.of("HOME", "/h", "XDG_CACHE_HOME", "/xdg"))
                .cacheDirectory())
        .isEqualTo(Path.of("/xdg/patchcast"));
    assertThat(
            HubSettings.fromEnvironment(Map.of("HOME", "/h", "XDG_CACHE_HOME", "xdg"))
                .cacheDirectory())
        .isEqualTo(Path.of("/h/.cache/patchcast"));
    assertThat(HubSettings.fromEnvironment(Map.of("PATCHCAST_CACHE", "relative")).cacheDirectory())
        .isAbsolute()
        .endsWithRaw(Path.of("relative"));
  }

  @Test
  void homeThatIsNoDirectoryIsAnError() {
    assertThatThrownBy(() -> HubSettings.fromEnvironment(Map.of("HOME", "?")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'?'")
        .hasMessageContaining("PATCHCAST_CACHE");
  }

  @ParameterizedTest
  @CsvSource({
    "1,OFFLINE",
    "true,OFFLINE",
    "YES,OFFLINE",
    "On,OFFLINE",
    "0,ONLINE",
    "False,ONLINE",
    "no,ONLINE"
  })
  void offlineIsSpelledAsElsewhere(String value, HubSettings.Mode mode) {
    assertThat(HubSettings.fromEnvironment(Map.of("HOME", "/h", "HF_HUB_OFFLINE", value)).mode())
        .isEqualTo(mode);
  }

  @Test
  void offlineMisspelledIsAnErrorNotOnline() {
    assertThatThrownBy(
            () -> HubSettings.fromEnvironment(Map.of("HOME", "/h", "HF_HUB_OFFLINE", "ture")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'ture'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "huggingface.co",
        "ftp://x",
        "https://",
        "https://x?y",
        "https://x#y",
        "file:///x",
        "a b"
      })
  void endpointMustBeAWebAddress(String endpoint) {
    assertThatThrownBy(
            () -> HubSettings.fromEnvironment(Map.of("HOME", "/h", "HF_ENDPOINT", endpoint)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("http or https URL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://me:s3cret@host/x", "https://me:s3cret@host/a b"})
  void passwordInTheEndpointIsRefusedAndNotShown(String endpoint) {
    assertThatThrownBy(
            () -> HubSettings.fromEnvironment(Map.of("HOME", "/h", "HF_ENDPOINT", endpoint)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("s3cret")
        .hasNoCause();
  }

  @Test
  void tokenIsNeverShown() {
    HubSettings settings = HubSettings.fromEnvironment(HOME).withToken("hf_verysecret");
    assertThat(settings.toString()).doesNotContain("verysecret").contains("token=set");
    assertThatThrownBy(() -> settings.withToken("hf_very secret\u0007"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("very")
        .hasMessageContaining("15 characters");
  }

  @ParameterizedTest
  @CsvSource({
    "https://hub.example, https://hub.example/x, true",
    "https://hub.example, https://HUB.example:443/x, true",
    "https://hub.example, https://hub.example:8443/x, false",
    "https://hub.example, https://cdn.hub.example/x, false",
    "https://hub.example, https://hub.example.evil/x, false",
    "https://hub.example, http://hub.example/x, false",
    "http://hub.example, http://hub.example/x, false",
    "http://localhost:8080, http://localhost:8080/x, true",
    "http://127.0.0.1:8080, http://127.0.0.1:8080/x, true",
    "http://[::1]:8080, http://[::1]:8080/x, true",
    "http://127.0.0.1.evil:8080, http://127.0.0.1.evil:8080/x, false",
    "http://127.0.0.1:8080, http://127.0.0.1:8081/x, false"
  })
  void tokenIsSentEncryptedToTheHubOnly(URI endpoint, URI target, boolean sent) {
    HubSettings settings =
        HubSettings.fromEnvironment(HOME).withEndpoint(endpoint).withToken("hf_abc");
    assertThat(settings.sendsTokenTo(target)).isEqualTo(sent);
    assertThat(settings.withToken(null).sendsTokenTo(target)).isFalse();
  }

  @Test
  void numbersAreChecked() {
    HubSettings settings = HubSettings.fromEnvironment(HOME);
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> settings.withTimeouts(Duration.ZERO, second))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("connectTimeout");
    assertThatThrownBy(() -> settings.withTimeouts(second, second.negated()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("idleTimeout");
    assertThatThrownBy(() -> settings.withRetryDelays(java.util.List.of(second.negated())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("retry delay");
    assertThatThrownBy(() -> HubSettings.defaults(Path.of("relative")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'relative'");
  }
}
