package io.patchcast.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.patchcast.hub.ModelHubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Single files by their address, from a real server on loopback. */
class FileDownloadTest {
  private static final byte[] CONTENT = LocalHub.bytes(1, 300_000);
  private static final String REQUEST = "content GET model.safetensors";

  @TempDir private Path folder;
  private final LocalHub hub = LocalHub.withModel(CONTENT);

  @AfterEach
  void stop() {
    hub.close();
  }

  private void fetch(Path target, String sha256) throws ModelHubException {
    new FileDownload(hub.settings(folder), ProgressListener.NONE)
        .fetch(
            "data set test",
            URI.create(hub.endpoint() + "/" + LocalHub.MODEL + "/resolve/main/model.safetensors"),
            target,
            CONTENT.length,
            sha256);
  }

  @Test
  void aBrokenDownloadGoesOnWhereItStopped() throws IOException {
    hub.onNext(REQUEST, hub.cutAfter(100_000));
    Path target = folder.resolve("a/b/file.bin");
    fetch(target, LocalHub.sha256(CONTENT));
    assertThat(target).hasBinaryContent(CONTENT);
    assertThat(hub.seen(REQUEST))
        .extracting(seen -> seen.header("Range"))
        .containsExactly(null, "bytes=100000-");
    fetch(target, LocalHub.sha256(CONTENT));
    assertThat(hub.seen(REQUEST)).as("what is there is not fetched again").hasSize(2);
  }

  @Test
  void anotherContentIsRefusedAndNothingIsKept() {
    Path target = folder.resolve("file.bin");
    LocalHub.assertFailure(
            () -> fetch(target, LocalHub.sha256(new byte[] {1})), Reason.WRONG_CONTENT)
        .hasMessageContaining("file.bin of data set test")
        .hasMessageContaining(LocalHub.sha256(CONTENT));
    assertThat(target).doesNotExist();
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void nothingButHttpsLeavesThisMachine() {
    FileDownload download = new FileDownload(hub.settings(folder), ProgressListener.NONE);
    LocalHub.assertFailure(
            () ->
                download.fetch(
                    "data set test",
                    URI.create("http://example.org/file.bin"),
                    folder.resolve("file.bin"),
                    1,
                    "00"),
            Reason.BAD_ANSWER)
        .hasMessageContaining("expected an https address");
  }

  @Test
  void offlineSaysSo() {
    FileDownload download =
        new FileDownload(
            hub.settings(folder).withMode(HubSettings.Mode.OFFLINE), ProgressListener.NONE);
    LocalHub.assertFailure(
            () ->
                download.fetch(
                    "data set test",
                    URI.create("https://example.org/file.bin"),
                    folder.resolve("file.bin"),
                    1,
                    "00"),
            Reason.OFFLINE)
        .hasMessageContaining("is not in the cache");
  }
}
