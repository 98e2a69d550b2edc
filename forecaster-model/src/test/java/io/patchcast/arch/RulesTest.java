package io.patchcast.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule catches the examples that break it, and no others. */
final class RulesTest {
  private static final String FIXTURE = ArchitectureContract.ROOT + ".arch.fixture";

  /** The class that a line of a report begins with, without its nested classes. */
  private static final Pattern CULPRIT =
      Pattern.compile("^\\W*\\w+ <(" + Pattern.quote(FIXTURE) + "[a-z.]*\\.[A-Z]\\w*)");

  private static final JavaClasses EXAMPLES = new ClassFileImporter().importPackages(FIXTURE);

  static List<Rule> rules() {
    return Stream.concat(
            new DirectionRules(FIXTURE).rules(DirectionRules.layers()).stream(),
            new HouseRules(FIXTURE).rules().stream())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void catchesWhatBreaksIt(Rule rule) {
    Set<String> expected = new TreeSet<>();
    EXAMPLES.stream()
        .filter(example -> example.isAnnotatedWith(Breaks.class))
        .filter(example -> breaks(example.getAnnotationOfType(Breaks.class), rule))
        .forEach(example -> expected.add(example.getName()));
    assertThat(expected).as("bad examples of '%s'", rule).isNotEmpty();

    List<String> report = rule.rule().evaluate(EXAMPLES).getFailureReport().getDetails();
    Set<String> caught = new TreeSet<>();
    report.stream()
        .flatMap(String::lines)
        .map(CULPRIT::matcher)
        .filter(Matcher::find)
        .forEach(culprit -> caught.add(culprit.group(1)));
    assertThat(caught).as(() -> String.join("\n", report)).isEqualTo(expected);
  }

  @Test
  void examplesNameRulesThatExist() {
    List<String> names = rules().stream().map(Rule::name).toList();
    assertThat(names).doesNotHaveDuplicates();
    for (var example : EXAMPLES) {
      if (example.isAnnotatedWith(Breaks.class)) {
        assertThat(names).contains(example.getAnnotationOfType(Breaks.class).value());
      }
    }
  }

  private static boolean breaks(Breaks breaks, Rule rule) {
    return Arrays.asList(breaks.value()).contains(rule.name());
  }
}
