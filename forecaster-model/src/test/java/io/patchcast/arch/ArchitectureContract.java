package io.patchcast.arch;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.patchcast.arch.Rule.Where;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds a module to the rules of the house: each module has a test that extends this one.
 *
 * <p>Looks at the classes and sources of the module whose directory the test runs in.
 */
@TestInstance(Lifecycle.PER_CLASS)
public abstract class ArchitectureContract {
  static final String ROOT = "io.patchcast";

  private static final Path SOURCES = Path.of("src/main/java");

  private final JavaClasses main =
      new ClassFileImporter()
          .importPath(Path.of("target/classes"))
          .that(
              new DescribedPredicate<>("are not generated") {
                @Override
                public boolean test(JavaClass type) {
                  return !type.getPackageName().endsWith(".jmh_generated");
                }
              });
  private final JavaClasses tests = ArchConfiguration.withThreadLocalScope(this::tests);
  private final DirectionRules directions = new DirectionRules(ROOT);

  /** Without the supertypes that lie in libraries: no rule about tests asks, and they are many. */
  private JavaClasses tests(ArchConfiguration configuration) {
    configuration.setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .importPath(Path.of("target/test-classes"))
        .that(
            new DescribedPredicate<>("are no bad examples") {
              @Override
              public boolean test(JavaClass type) {
                return !type.getPackageName().startsWith(ROOT + ".arch.fixture");
              }
            });
  }

  @BeforeAll
  void thereIsAnythingToHold() {
    assumeTrue(Files.exists(SOURCES), "this module has no sources yet");
  }

  /** The directions of the layers that are here, and the rules for every class. */
  Stream<Rule> rules() {
    Set<String> layers =
        main.stream()
            .flatMap(type -> directions.layer(type).stream())
            .collect(toCollection(TreeSet::new));
    return Stream.concat(directions.rules(layers).stream(), new HouseRules(ROOT).rules().stream());
  }

  @ParameterizedTest
  @MethodSource("rules")
  void holds(Rule rule) {
    if (rule.where() != Where.TESTS) {
      rule.rule().check(main);
    }
    if (rule.where() != Where.MAIN) {
      rule.rule().check(tests);
    }
  }

  @Test
  void everyClassLiesInALayer() {
    assertThat(main.stream().filter(type -> directions.layer(type).isEmpty()))
        .as("classes in packages that %s does not know", DirectionRules.class.getSimpleName())
        .isEmpty();
  }

  @Test
  void whatIsPublicIsDocumented() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      assertThat(Undocumented.in(files.filter(file -> file.toString().endsWith(".java")).toList()))
          .isEmpty();
    }
  }
}
