package io.patchcast.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Map.entry;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import io.patchcast.arch.Rule.Where;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which layer may use which.
 *
 * <p>A layer is a package with those below it, but for packages that are layers themselves. Of the
 * packages below the root a layer uses itself and those it is allowed here, and no other.
 */
final class DirectionRules {
  private static final Map<String, Set<String>> ALLOWED =
      Map.ofEntries(
          entry("forecast", Set.of("model", "weights", "backend", "hub")),
          entry("model", Set.of("weights", "backend")),
          entry("weights", Set.of()),
          entry("backend", Set.of()),
          entry("backend.cpu", Set.of("backend")),
          entry("backend.cpu.simd", Set.of("backend", "backend.cpu")),
          entry("backend.cuda", Set.of("backend", "backend.cpu", "backend.cuda.driver")),
          entry("backend.cuda.driver", Set.of()),
          entry("backend.onednn", Set.of("backend", "backend.cpu.simd")),
          entry("hub", Set.of()),
          entry("verify", Set.of("forecast", "model", "weights", "backend", "hub")),
          entry("bench", Set.of("forecast", "model", "weights", "backend", "backend.cpu.simd")),
          entry("spark", Set.of("forecast", "weights", "hub")),
          entry("serving", Set.of("forecast", "weights", "hub", "verify")),
          entry("table", Set.of("forecast")),
          entry("datasets", Set.of("table", "forecast", "hub")),
          entry("evaluation", Set.of("datasets", "table", "forecast")),
          entry(
              "cli",
              Set.of(
                  "forecast",
                  "weights",
                  "hub",
                  "verify",
                  "bench",
                  "serving",
                  "table",
                  "datasets",
                  "evaluation")),
          entry("notebook", Set.of("forecast", "spark", "cli", "table")));

  /** The layers that compute: they are handed arrays and hand arrays back. */
  private static final List<String> WITHOUT_IO = List.of("model", "backend");

  private final String root;

  /**
   * @param root the package that holds the layers, {@code io.patchcast} but in the bad examples
   */
  DirectionRules(String root) {
    this.root = root;
  }

  /** Every layer there is or will be. */
  static Set<String> layers() {
    return ALLOWED.keySet();
  }

  /** The rules about these layers. */
  List<Rule> rules(Collection<String> layers) {
    List<Rule> rules = new ArrayList<>();
    for (String layer : layers) {
      rules.add(uses(layer));
      if (WITHOUT_IO.contains(layer)) {
        rules.add(doesNoInputOrOutput(layer));
      }
    }
    return rules;
  }

  /** The layer that a class belongs to: of those whose package it lies in, the innermost. */
  Optional<String> layer(JavaClass type) {
    String name = type.getPackageName() + ".";
    return ALLOWED.keySet().stream()
        .filter(layer -> name.startsWith(root + "." + layer + "."))
        .max(Comparator.comparingInt(String::length));
  }

  private Rule uses(String layer) {
    Set<String> allowed = ALLOWED.get(layer);
    return new Rule(
        layer + " uses its own layers only",
        Where.MAIN,
        classes()
            .that(lieIn(layer))
            .should()
            .onlyDependOnClassesThat(
                new DescribedPredicate<>(
                    "lie outside of %s, or in %s or one of %s", root, layer, allowed) {
                  @Override
                  public boolean test(JavaClass type) {
                    return !(type.getBaseComponentType().getPackageName() + ".")
                            .startsWith(root + ".")
                        || layer(type.getBaseComponentType())
                            .filter(found -> found.equals(layer) || allowed.contains(found))
                            .isPresent();
                  }
                }));
  }

  private Rule doesNoInputOrOutput(String layer) {
    return new Rule(
        layer + " does no input or output",
        Where.MAIN,
        noClasses()
            .that(lieIn(layer))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "java.io..", "java.net..", "java.nio.file..", "java.nio.channels.."));
  }

  private DescribedPredicate<JavaClass> lieIn(String layer) {
    return new DescribedPredicate<>("lie in layer %s", layer) {
      @Override
      public boolean test(JavaClass type) {
        return layer(type).filter(layer::equals).isPresent();
      }
    };
  }
}
