package io.patchcast.cli;

import io.patchcast.forecast.Forecaster;
import io.patchcast.forecast.ModelSource;
import io.patchcast.hub.HubSettings;
import io.patchcast.hub.ModelHub;
import io.patchcast.hub.ModelHubException;
import io.patchcast.hub.ProgressListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** Opens models and tells of downloads meanwhile. */
record HubDownloads(Console console, boolean shown) {
  /** The hub that the environment asks for. */
  static ModelHub hub() {
    return ModelHub.of(HubSettings.fromEnvironment(System.getenv()));
  }

  /** Opens a model; one of the hub is downloaded first where it is not in the cache. */
  Forecaster open(ModelSource source, String backend) throws ModelHubException {
    if (source instanceof ModelSource.Hub hub) {
      fetch(hub.name());
    }
    return Forecaster.open(source, backend);
  }

  /** The directory of a model of the hub. */
  Path fetch(String name) throws ModelHubException {
    try (ProgressBar bar = new ProgressBar(console, shown)) {
      return hub().fetch(name, new Listener(name, bar));
    }
  }

  private final class Listener implements ProgressListener {
    private final String name;
    private final ProgressBar bar;

    Listener(String name, ProgressBar bar) {
      this.name = name;
      this.bar = bar;
    }

    @Override
    public void downloaded(long downloadedBytes, long totalBytes) {
      bar.update(
          String.format(
              Locale.ROOT,
              "downloading %s: %,d of %,d MB",
              name,
              downloadedBytes / 1_000_000,
              totalBytes / 1_000_000),
          (double) downloadedBytes / Math.max(1, totalBytes));
    }

    @Override
    public void waiting(Path lockFile) {
      console.say("patchcast: another process is downloading " + name + "; waiting for it");
    }

    @Override
    public void retrying(String reason, Duration delay) {
      bar.close();
      console.say("patchcast: " + reason + "; trying again in " + delay.toMillis() / 1000.0 + " s");
    }
  }
}
