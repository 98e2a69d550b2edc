package io.patchcast.forecast;

import io.patchcast.backend.Backend;
import io.patchcast.backend.BackendProvider;
import io.patchcast.backend.Precision;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The backends on the class path, and the choice among them. */
public final class Backends {
  /** Asks for the best backend that is available. */
  public static final String AUTO = "auto";

  private static final char PRECISION_MARK = ':';

  private static final Logger LOGGER = System.getLogger(Backends.class.getName());

  private Backends() {}

  /**
   * A backend on the class path.
   *
   * @param name what to ask for
   * @param available whether it can be used on this machine
   * @param detail the device it would use, or the reason why it cannot be used
   */
  public record Candidate(String name, boolean available, String detail) {}

  /** All of them, the preferred ones first, whether they can be used here or not. */
  public static List<Candidate> all() {
    return providers().stream()
        .map(
            provider ->
                new Candidate(
                    provider.name(),
                    provider.availability().available(),
                    provider.availability().detail()))
        .toList();
  }

  /**
   * Opens a backend: one asked for by name or not at all, {@link #AUTO} the preferred one that is
   * available. A precision other than the one that the backend is for comes after a colon: {@code
   * onednn:bf16}, {@code cuda:f32}.
   */
  public static Backend open(String name) {
    int colon = name.indexOf(PRECISION_MARK);
    return colon < 0
        ? provider(name).open()
        : provider(name.substring(0, colon)).open(Precision.parse(name.substring(colon + 1)));
  }

  /** The name of the backend that {@link #open} would use. */
  public static String choose(String name) {
    int colon = name.indexOf(PRECISION_MARK);
    return colon < 0
        ? provider(name).name()
        : provider(name.substring(0, colon)).name() + name.substring(colon);
  }

  private static List<BackendProvider> providers() {
    List<BackendProvider> providers = new ArrayList<>();
    ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader())
        .forEach(providers::add);
    providers.sort(Comparator.comparingInt(BackendProvider::preference).reversed());
    return providers;
  }

  private static BackendProvider provider(String name) {
    List<BackendProvider> providers = providers();
    if (name.equals(AUTO)) {
      BackendProvider chosen =
          providers.stream()
              .filter(provider -> provider.availability().available())
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("no backend on the class path"));
      LOGGER.log(Level.INFO, () -> "backend " + chosen.name() + " of " + describe(providers));
      return chosen;
    }
    for (BackendProvider provider : providers) {
      if (provider.name().equals(name)) {
        if (!provider.availability().available()) {
          throw new IllegalStateException(
              "backend " + name + " cannot be used: " + provider.availability().detail());
        }
        return provider;
      }
    }
    throw new IllegalArgumentException(
        "backend must be auto or one of "
            + providers.stream().map(BackendProvider::name).toList()
            + ", got '"
            + name
            + "'");
  }

  private static String describe(List<BackendProvider> providers) {
    return providers.stream()
        .map(
            provider ->
                provider.name()
                    + (provider.availability().available() ? " (" : " (not available: ")
                    + provider.availability().detail()
                    + ")")
        .collect(Collectors.joining(", "));
  }
}
