package io.patchcast.hub;

import static io.patchcast.hub.LocalHub.assertFailure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.patchcast.hub.CachedFile.Check;
import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, pins, revisions, the cache and the messages, against a hub on loopback. */
class ModelHubTest {
  private static final byte[] WEIGHTS = LocalHub.bytes(1, 300_000);
  private static final byte[] OTHER = LocalHub.bytes(2, 300_000);
  private static final String AT_COMMIT = LocalHub.MODEL + "@" + LocalHub.COMMIT;

  @TempDir private Path cache;
  private final LocalHub hub = LocalHub.withModel(WEIGHTS);

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void pinnedModelIsDownloadedOnceAndThenServedWithoutAnyRequest() throws IOException {
    ModelHub models = pinned(LocalHub.sha256(WEIGHTS));
    Path directory = models.fetch(LocalHub.MODEL);

    assertThat(directory)
        .isEqualTo(cache.resolve("hub/acme--tiny").resolve(LocalHub.COMMIT))
        .isDirectoryContaining("glob:**/patchcast.json");
    assertThat(directory.resolve("config.json")).hasContent(LocalHub.CONFIG);
    assertThat(directory.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(files(directory))
        .containsExactly("config.json", "model.safetensors", "patchcast.json");

    int requests = hub.seen.size();
    assertThat(models.fetch(LocalHub.MODEL)).isEqualTo(directory);
    assertThat(models.fetch("Acme/TINY")).isEqualTo(directory);
    assertThat(models.cached(LocalHub.MODEL)).contains(directory);
    assertThat(models.verify(LocalHub.MODEL))
        .containsExactly(
            new CachedFile(
                "config.json",
                LocalHub.CONFIG.length(),
                LocalHub.sha256(LocalHub.CONFIG.getBytes(StandardCharsets.UTF_8)),
                Check.TRANSFER_ONLY),
            new CachedFile(
                "model.safetensors", WEIGHTS.length, LocalHub.sha256(WEIGHTS), Check.PINNED_HASH));
    assertThat(hub.seen).hasSize(requests);
  }

  @Test
  void theMarkSaysWhereTheFilesCameFrom() throws IOException {
    Path directory = models().fetch(AT_COMMIT);
    assertThat(directory.resolve("patchcast.json"))
        .content()
        .contains("\"format\": 1", "\"repository\": \"acme/tiny\"", LocalHub.COMMIT)
        .contains(hub.endpoint().toString(), LocalHub.sha256(WEIGHTS), "HUB_HASH")
        .containsPattern("\"fetchedAt\": \"20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\"");
  }

  @Test
  void shardsAreFoundThroughTheIndex() throws IOException {
    hub.remove(LocalHub.MODEL, "model.safetensors");
    hub.put(LocalHub.MODEL, "model-1-of-2.safetensors", WEIGHTS);
    hub.put(LocalHub.MODEL, "model-2-of-2.safetensors", OTHER);
    putIndex(
        "{\"weight_map\": {\"a\": \"model-1-of-2.safetensors\","
            + " \"b\": \"model-2-of-2.safetensors\", \"c\": \"model-1-of-2.safetensors\"}}");
    List<Long> totals = new ArrayList<>();
    Path directory = models().fetch(AT_COMMIT, (bytes, total) -> totals.add(total));

    assertThat(files(directory))
        .containsExactly(
            "config.json",
            "model-1-of-2.safetensors",
            "model-2-of-2.safetensors",
            "model.safetensors.index.json",
            "patchcast.json");
    assertThat(directory.resolve("model-2-of-2.safetensors")).hasBinaryContent(OTHER);
    assertThat(totals).containsOnly((long) WEIGHTS.length + OTHER.length);
    assertThat(models().verify(AT_COMMIT)).hasSize(4);
  }

  @Test
  void hostileIndexLeavesNothingOutsideTheCache() throws IOException {
    hub.remove(LocalHub.MODEL, "model.safetensors");
    putIndex("{\"weight_map\": {\"a\": \"../../../../escaped.safetensors\"}}");
    assertFailure(() -> models().fetch(AT_COMMIT), Reason.BAD_ANSWER)
        .hasMessageContaining("plain name")
        .hasMessageContaining("../../../../escaped.safetensors");
    try (Stream<Path> everything = Files.walk(cache)) {
      assertThat(everything).noneMatch(path -> path.toString().contains("escaped"));
    }
    assertThat(hub.seen).noneMatch(seen -> seen.path().contains("escaped"));
  }

  @Test
  void tokenGoesToTheHubAndNowhereElse() throws IOException {
    String token = "hf_verysecret";
    ModelHub.of(hub.settings(cache).withToken(token)).fetch(AT_COMMIT);
    assertThat(hub.seen.stream().filter(s -> s.server().equals("hub")))
        .hasSizeGreaterThanOrEqualTo(6)
        .allSatisfy(s -> assertThat(s.header("Authorization")).isEqualTo("Bearer " + token));
    assertThat(hub.seen.stream().filter(s -> s.server().equals("content")))
        .isNotEmpty()
        .allSatisfy(s -> assertThat(s.header("Authorization")).isNull());
  }

  @Test
  void endpointMayHaveAPath() throws IOException {
    URI endpoint = URI.create(hub.endpoint() + "/api/huggingfaceml/remote/");
    ModelHub.of(hub.settings(cache).withEndpoint(endpoint)).fetch(AT_COMMIT);
    assertThat(hub.seen.get(0).path())
        .isEqualTo(
            "/api/huggingfaceml/remote/acme/tiny/resolve/" + LocalHub.COMMIT + "/config.json");
  }

  @Test
  void pinnedHashThatTheHubContradictsStopsBeforeTheDownload() {
    String pin = LocalHub.sha256(OTHER);
    assertFailure(() -> pinned(pin).fetch(LocalHub.MODEL), Reason.WRONG_CONTENT)
        .hasMessageContaining(pin)
        .hasMessageContaining(LocalHub.sha256(WEIGHTS));
    assertThat(hub.seen("content GET model.safetensors")).isEmpty();
  }

  @Test
  void pinHoldsAgainstAMirrorThatAnnouncesNoHash() throws IOException {
    mirrorWithoutHash("hub HEAD model.safetensors", OTHER);
    mirrorWithoutHash("hub GET model.safetensors", OTHER);
    String pin = LocalHub.sha256(WEIGHTS);
    assertFailure(() -> pinned(pin).fetch(LocalHub.MODEL), Reason.WRONG_CONTENT)
        .hasMessageContaining(pin)
        .hasMessageContaining(LocalHub.sha256(OTHER))
        .hasMessageContaining("pinned");
    assertThat(files(directory())).containsExactly("config.json");
  }

  @Test
  void pinIsNotEvadedByOfferingShards() {
    hub.remove(LocalHub.MODEL, "model.safetensors");
    hub.put(LocalHub.MODEL, "model-1-of-1.safetensors", OTHER);
    putIndex("{\"weight_map\": {\"a\": \"model-1-of-1.safetensors\"}}");
    String pin = LocalHub.sha256(WEIGHTS);
    assertFailure(() -> pinned(pin).fetch(LocalHub.MODEL), Reason.WRONG_CONTENT)
        .hasMessageContaining(pin);
    assertThat(hub.seen("content GET model-1-of-1.safetensors")).isEmpty();
  }

  @Test
  void cacheFilledBeforeThePinWasKnownIsNotTrusted() throws IOException {
    hub.put(LocalHub.MODEL, "model.safetensors", OTHER);
    models().fetch(AT_COMMIT);
    hub.put(LocalHub.MODEL, "model.safetensors", WEIGHTS);
    ModelHub pinned = pinned(LocalHub.sha256(WEIGHTS));
    assertThat(pinned.cached(LocalHub.MODEL)).isEmpty();
    assertThat(pinned.fetch(LocalHub.MODEL).resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void etagOfAMirrorIsNotTakenForAHash() throws IOException {
    mirrorWithoutHash("hub HEAD model.safetensors", WEIGHTS);
    mirrorWithoutHash("hub GET model.safetensors", WEIGHTS);
    models().fetch(AT_COMMIT);
    assertThat(models().verify(AT_COMMIT))
        .extracting(CachedFile::check)
        .containsOnly(Check.TRANSFER_ONLY);
  }

  @Test
  void unknownModelIsAnsweredWithTheNamesThereAre() {
    assertFailure(() -> models().fetch("acme/none@" + LocalHub.COMMIT), Reason.UNKNOWN_MODEL)
        .hasMessageContaining("404")
        .hasMessageContaining("acme/none")
        .hasMessageContaining("Datadog/Toto-2.0-4m, Datadog/Toto-2.0-22m");
    assertFailure(() -> models().fetch("acme/none"), Reason.UNKNOWN_MODEL)
        .hasMessageContaining("Datadog/Toto-2.0-2.5B");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4m",
        "",
        "/",
        "a/",
        "/b",
        "a/b/c",
        "../b",
        "a/..",
        "a..b/c",
        "a--b/c",
        "a/b@",
        "a/b@../c",
        "a/b@x..y",
        "a/b@c@d",
        "a b/c",
        "a/b?c",
        "a/b#c",
        "a/b@main/x",
        "-a/b",
        "a/%2e%2e"
      })
  void textThatIsNoNameNeverReachesTheHub(String text) {
    assertFailure(() -> models().fetch(text), Reason.UNKNOWN_MODEL)
        .hasMessageContaining("owner/name")
        .hasMessageContaining("'" + text + "'");
    assertThat(hub.seen).isEmpty();
  }

  @Test
  void weightsThatAreMissingAltogetherAreReported() {
    hub.remove(LocalHub.MODEL, "model.safetensors");
    assertFailure(() -> models().fetch(AT_COMMIT), Reason.UNKNOWN_MODEL)
        .hasMessageContaining("neither model.safetensors nor model.safetensors.index.json");
  }

  @ParameterizedTest
  @CsvSource({"401", "403"})
  void refusedAccessPointsToTheToken(int status) {
    hub.onEvery("hub HEAD config.json", LocalHub.status(status));
    assertFailure(() -> models().fetch(AT_COMMIT), Reason.ACCESS_DENIED)
        .hasMessageContaining(Integer.toString(status))
        .hasMessageContaining("set HF_TOKEN");
    ModelHub withToken = ModelHub.of(hub.settings(cache).withToken("hf_verysecret"));
    assertFailure(() -> withToken.fetch(AT_COMMIT), Reason.ACCESS_DENIED)
        .hasMessageContaining("HF_TOKEN is not valid or has no access")
        .hasMessageNotContaining("verysecret");
    assertThat(hub.seen).as("no second attempt").hasSize(2);
  }

  @Test
  void offlineServesTheCacheAndOpensNoConnection() throws IOException {
    ModelHub offline = ModelHub.of(hub.settings(cache).withMode(HubSettings.Mode.OFFLINE));
    assertFailure(() -> offline.fetch(AT_COMMIT), Reason.OFFLINE)
        .hasMessageContaining(AT_COMMIT)
        .hasMessageContaining(cache.toString())
        .hasMessageContaining("HF_HUB_OFFLINE");
    assertThat(hub.seen).isEmpty();

    Path directory = models().fetch(LocalHub.MODEL);
    int requests = hub.seen.size();
    assertThat(offline.fetch(AT_COMMIT)).isEqualTo(directory);
    assertThat(offline.fetch(LocalHub.MODEL)).as("what main last meant").isEqualTo(directory);
    assertThat(hub.seen).hasSize(requests);
  }

  @Test
  void branchIsFollowedToItsCommit() throws IOException {
    Path first = models().fetch(LocalHub.MODEL);
    assertThat(first).isEqualTo(directory());
    assertThat(cache.resolve("hub/acme--tiny/refs/main")).hasContent(LocalHub.COMMIT);

    String moved = "f".repeat(40);
    hub.moveTo(LocalHub.MODEL, moved);
    hub.put(LocalHub.MODEL, "model.safetensors", OTHER);
    Path second = models().fetch(LocalHub.MODEL + "@main");
    assertThat(second.getFileName()).hasToString(moved);
    assertThat(second.resolve("model.safetensors")).hasBinaryContent(OTHER);
    assertThat(first.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void branchFallsBackToWhatItWasWhenTheHubIsDown() throws IOException {
    Path directory = models().fetch(LocalHub.MODEL);
    hub.onEvery("hub HEAD config.json", LocalHub.status(503));
    assertThat(models().fetch(LocalHub.MODEL)).isEqualTo(directory);
    assertFailure(() -> models().fetch(LocalHub.MODEL + "@v1"), Reason.UNREACHABLE);
  }

  @Test
  void hubThatDoesNotNameTheCommitCannotResolveABranch() {
    hub.onEvery("hub HEAD config.json", e -> LocalHub.send(e, 200, new byte[2]));
    assertFailure(() -> models().fetch(LocalHub.MODEL), Reason.BAD_ANSWER)
        .hasMessageContaining("X-Repo-Commit")
        .hasMessageContaining("acme/tiny@<commit>");
  }

  @Test
  void answerForAnotherCommitIsRefused() {
    hub.onEvery(
        "hub HEAD config.json",
        LocalHub.status(302, "X-Repo-Commit", "e".repeat(40), "Location", "/"));
    hub.onEvery("hub HEAD ", e -> LocalHub.send(e, 200, new byte[2]));
    assertFailure(() -> models().fetch(AT_COMMIT), Reason.BAD_ANSWER)
        .hasMessageContaining(LocalHub.COMMIT)
        .hasMessageContaining("e".repeat(40));
  }

  @Test
  void loginPageOfAProxyIsNotCached() throws IOException {
    byte[] page = "<!DOCTYPE html><title>Log in".getBytes(StandardCharsets.UTF_8);
    hub.onEvery("hub HEAD config.json", e -> LocalHub.send(e, 200, page));
    hub.onEvery("hub GET config.json", e -> LocalHub.send(e, 200, page));
    assertFailure(() -> models().fetch(AT_COMMIT), Reason.WRONG_CONTENT)
        .hasMessageContaining("expected a JSON object in config.json")
        .hasMessageContaining("<!DOCTYPE html>");
    assertThat(files(directory())).isEmpty();
  }

  @Test
  void modelThatDoesNotFitTheDiskIsNotBegun() {
    long petabytes = 9L << 50;
    hub.onEvery(
        "hub HEAD model.safetensors",
        LocalHub.status(
            302, "X-Linked-Size", Long.toString(petabytes), "Location", "http://127.0.0.1:1/x"));
    assertFailure(() -> models().fetch(AT_COMMIT), Reason.DISK_FULL)
        .hasMessageContaining(String.format(Locale.ROOT, "%,d", petabytes))
        .hasMessageContaining("PATCHCAST_CACHE");
    assertThat(hub.seen("content GET model.safetensors")).isEmpty();
  }

  @Test
  void weightsOfUnknownSizeAreRefused() {
    hub.onEvery(
        "hub HEAD model.safetensors",
        LocalHub.status(302, "Location", hub.contentAddress(LocalHub.MODEL, "model.safetensors")));
    assertFailure(() -> models().fetch(AT_COMMIT), Reason.BAD_ANSWER)
        .hasMessageContaining("how large");
  }

  @Test
  void verifyFindsADamagedByte() throws IOException {
    Path weights = models().fetch(AT_COMMIT).resolve("model.safetensors");
    byte[] damaged = WEIGHTS.clone();
    damaged[1234] ^= 1;
    Files.write(weights, damaged);
    assertFailure(() -> models().verify(AT_COMMIT), Reason.WRONG_CONTENT)
        .hasMessageContaining(weights.toString())
        .hasMessageContaining(LocalHub.sha256(WEIGHTS))
        .hasMessageContaining(LocalHub.sha256(damaged));
    assertFailure(() -> models().verify("acme/other"), Reason.NOT_CACHED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "null", "{}", "{\"format\": 2}", "[1]", "\u0000\uffff"})
  void damagedMarkMeansNotCachedAndKeepsGoodFiles(String mark) throws IOException {
    Path directory = models().fetch(AT_COMMIT);
    Files.writeString(directory.resolve("patchcast.json"), mark);
    assertThat(models().cached(AT_COMMIT)).isEmpty();
    models().fetch(AT_COMMIT);
    assertThat(models().cached(AT_COMMIT)).contains(directory);
    assertThat(hub.seen("content GET model.safetensors")).as("weights kept").hasSize(1);
  }

  @Test
  void fileThatWasLostIsFetchedAgain() throws IOException {
    Path weights = models().fetch(AT_COMMIT).resolve("model.safetensors");
    Files.write(weights, new byte[10]);
    assertThat(models().cached(AT_COMMIT)).isEmpty();
    models().fetch(AT_COMMIT);
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void cacheThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.createFile(cache.resolve("file"));
    ModelHub models = ModelHub.of(hub.settings(file));
    assertFailure(() -> models.fetch(AT_COMMIT), Reason.CACHE_UNUSABLE)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("PATCHCAST_CACHE");
  }

  @Test
  void releasedTableHoldsTheFiveCheckpoints() {
    assertThat(models().released())
        .extracting(ReleasedModel::name)
        .containsExactly(
            "Datadog/Toto-2.0-4m",
            "Datadog/Toto-2.0-22m",
            "Datadog/Toto-2.0-313m",
            "Datadog/Toto-2.0-1B",
            "Datadog/Toto-2.0-2.5B");
    assertThat(models().released())
        .filteredOn(model -> model.weightsSha256() != null)
        .extracting(ReleasedModel::name)
        .containsExactly("Datadog/Toto-2.0-4m", "Datadog/Toto-2.0-2.5B");
    // F32 weights and a header: no size can be below four bytes per number, nor far above.
    assertThat(models().released())
        .allSatisfy(
            model ->
                assertThat(model.weightsBytes() - 4 * model.parameterCount())
                    .isBetween(1L, 100_000L));
  }

  @Test
  void releasedModelNamesAreChecked() {
    assertThatThrownBy(() -> new ReleasedModel("a/b", "main", 1, 1, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("main");
    assertThatThrownBy(() -> new ReleasedModel("a/b", LocalHub.COMMIT, 1, 1, "ABC"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ABC");
  }

  private ModelHub models() {
    return ModelHub.of(hub.settings(cache));
  }

  private ModelHub pinned(String weightsSha256) {
    return ModelHub.of(
        hub.settings(cache),
        List.of(
            new ReleasedModel(
                LocalHub.MODEL, LocalHub.COMMIT, 75_000, WEIGHTS.length, weightsSha256)));
  }

  private Path directory() {
    return cache.resolve("hub/acme--tiny").resolve(LocalHub.COMMIT);
  }

  private void putIndex(String json) {
    hub.put(LocalHub.MODEL, "model.safetensors.index.json", json.getBytes(StandardCharsets.UTF_8));
  }

  /** A mirror that answers itself, with the 64 digits of the content network as its own ETag. */
  private void mirrorWithoutHash(String request, byte[] bytes) {
    hub.onEvery(
        request,
        exchange -> {
          exchange.getResponseHeaders().add("ETag", LocalHub.etag(bytes));
          LocalHub.send(exchange, 200, bytes);
        });
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
