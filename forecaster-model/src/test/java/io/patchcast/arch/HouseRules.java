package io.patchcast.arch;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.joining;

import com.tngtech.archunit.base.HasDescription;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.patchcast.arch.Rule.Where;
import java.text.Format;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What no class of this project does, whatever its module.
 *
 * <p>Each rule is about all classes of a module, so that none is ever about nothing.
 */
final class HouseRules {
  /** Methods and constructors whose result hangs on the charset or locale of the machine. */
  private static final List<String> DEFAULT_CHARSET_OR_LOCALE =
      List.of(
          "java.lang.String.<init>(byte[])",
          "java.lang.String.<init>(byte[], int, int)",
          "java.lang.String.getBytes()",
          "java.lang.String.toLowerCase()",
          "java.lang.String.toUpperCase()",
          "java.lang.String.format(String, Object[])",
          "java.lang.String.formatted(Object[])",
          "java.lang.Process.inputReader()",
          "java.lang.Process.errorReader()",
          "java.lang.Process.outputWriter()",
          "java.io.ByteArrayOutputStream.toString()",
          "java.io.InputStreamReader.<init>(InputStream)",
          "java.io.OutputStreamWriter.<init>(OutputStream)",
          "java.io.FileReader.<init>(String)",
          "java.io.FileReader.<init>(File)",
          "java.io.FileWriter.<init>(String)",
          "java.io.FileWriter.<init>(String, boolean)",
          "java.io.FileWriter.<init>(File)",
          "java.io.FileWriter.<init>(File, boolean)",
          "java.io.PrintStream.<init>(OutputStream)",
          "java.io.PrintStream.<init>(OutputStream, boolean)",
          "java.io.PrintStream.<init>(String)",
          "java.io.PrintStream.<init>(File)",
          "java.io.PrintStream.printf(String, Object[])",
          "java.io.PrintStream.format(String, Object[])",
          "java.io.PrintWriter.<init>(OutputStream)",
          "java.io.PrintWriter.<init>(OutputStream, boolean)",
          "java.io.PrintWriter.<init>(String)",
          "java.io.PrintWriter.<init>(File)",
          "java.io.PrintWriter.printf(String, Object[])",
          "java.io.PrintWriter.format(String, Object[])",
          "java.nio.charset.Charset.defaultCharset()",
          "java.net.URLEncoder.encode(String)",
          "java.net.URLDecoder.decode(String)",
          "java.util.Locale.getDefault()",
          "java.util.Locale.getDefault(Category)",
          "java.util.Formatter.<init>()",
          "java.util.Formatter.<init>(Appendable)",
          "java.util.Scanner.<init>(InputStream)",
          "java.util.Scanner.<init>(File)",
          "java.util.Scanner.<init>(Path)",
          "java.text.DecimalFormat.<init>()",
          "java.text.DecimalFormat.<init>(String)",
          "java.text.DecimalFormatSymbols.<init>()",
          "java.text.MessageFormat.<init>(String)",
          "java.text.MessageFormat.format(String, Object[])",
          "java.text.NumberFormat.getInstance()",
          "java.text.NumberFormat.getIntegerInstance()",
          "java.text.NumberFormat.getPercentInstance()",
          "java.text.SimpleDateFormat.<init>(String)",
          "java.time.format.DateTimeFormatter.ofPattern(String)",
          "java.time.format.DateTimeFormatterBuilder.toFormatter()");

  /** Types whose objects change, beside every class that is a collection or a map. */
  private static final List<Class<?>> MUTABLE_TYPES =
      List.of(
          ConcurrentMap.class,
          BlockingQueue.class,
          ThreadLocal.class,
          StringBuilder.class,
          BitSet.class,
          Random.class,
          Format.class);

  private static final Pattern EMPTY_NAME =
      Pattern.compile("\\w*(Util|Utils|Helper|Helpers|Manager|Impl)");

  private final String root;

  /**
   * @param root the package of the project, {@code io.patchcast} but in the bad examples
   */
  HouseRules(String root) {
    this.root = root;
  }

  /** Every rule. */
  List<Rule> rules() {
    return List.of(
        new Rule(
            "packages have no cycles",
            Where.MAIN,
            slices().matching(root + ".(**)").should().beFreeOfCycles()),
        new Rule(
            "the Vector API is used in the SIMD package only",
            Where.EVERYWHERE,
            noClasses()
                .that()
                .resideOutsideOfPackage(root + ".backend.cpu.simd..")
                .should()
                .dependOnClassesThat(resideInAPackage("jdk.incubator.."))),
        onlyIn("org.apache.spark", "spark", "notebook"),
        onlyIn("io.javalin", "serving"),
        onlyIn("jcuda", "backend.cuda.driver"),
        new Rule(
            "only main ends the JVM",
            Where.EVERYWHERE,
            no(
                "System.exit outside of main",
                accesses(access -> endsTheJvm(access.getTarget()) && !isMain(access.getOrigin())))),
        new Rule(
            "charset and locale are named",
            Where.EVERYWHERE,
            no(
                "default charset or locale",
                accesses(
                    access -> DEFAULT_CHARSET_OR_LOCALE.contains(signature(access.getTarget()))))),
        new Rule(
            "tests do not sleep",
            Where.TESTS,
            no("sleep in a test", accesses(access -> sleeps(access.getTarget())))),
        new Rule(
            "names say what a class does",
            Where.EVERYWHERE,
            no(
                "name that would suit any class",
                type ->
                    Stream.of(type)
                        .filter(any -> EMPTY_NAME.matcher(any.getSimpleName()).matches()))),
        new Rule(
            "public methods take no boolean",
            Where.MAIN,
            no(
                "boolean parameter of a public method (two methods or an enum say more)",
                type ->
                    type.getCodeUnits().stream()
                        .filter(HouseRules::takesBoolean)
                        .filter(HouseRules::isPublic)
                        .filter(unit -> !isRecordConstructor(unit))
                        .filter(unit -> !isPrescribed(unit)))),
        new Rule(
            "static fields do not change",
            Where.MAIN,
            no(
                "mutable static field",
                type -> type.getFields().stream().filter(HouseRules::isMutableStatic))),
        new Rule(
            "every package explains itself",
            Where.MAIN,
            no(
                "package without package-info.java",
                type ->
                    Stream.of(type)
                        .filter(any -> any.getPackage().tryGetPackageInfo().isEmpty()))));
  }

  /** A library that a front is made with, and nothing else depends on. */
  private Rule onlyIn(String library, String... layers) {
    return new Rule(
        library + " is used in " + String.join(" and ", layers) + " only",
        Where.MAIN,
        noClasses()
            .that()
            .resideOutsideOfPackages(
                Stream.of(layers).map(layer -> root + "." + layer + "..").toArray(String[]::new))
            .should()
            .dependOnClassesThat(resideInAPackage(library + ".."))
            // The module of the front has no other classes.
            .allowEmptyShould(true));
  }

  /** No class has any of the things that {@code find} finds in a class. */
  private static ArchRule no(
      String what, Function<JavaClass, Stream<? extends HasDescription>> find) {
    return classes()
        .should(
            new ArchCondition<JavaClass>("have no " + what) {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                find.apply(type)
                    .map(
                        found ->
                            found.getDescription()
                                + ": "
                                + what
                                + " in "
                                + type.getSourceCodeLocation())
                    .forEach(message -> events.add(SimpleConditionEvent.violated(type, message)));
              }
            });
  }

  private static Function<JavaClass, Stream<? extends HasDescription>> accesses(
      Predicate<JavaAccess<?>> condition) {
    return type -> type.getAccessesFromSelf().stream().filter(condition);
  }

  /** Owner, name and parameters, as {@code java.lang.String.format(String, Object[])}. */
  private static String signature(AccessTarget target) {
    return target instanceof CodeUnitAccessTarget unit
        ? unit.getRawParameterTypes().stream()
            .map(JavaClass::getSimpleName)
            .collect(joining(", ", unit.getOwner().getName() + "." + unit.getName() + "(", ")"))
        : target.getFullName();
  }

  private static boolean endsTheJvm(AccessTarget target) {
    return (target.getOwner().isEquivalentTo(System.class)
            || target.getOwner().isEquivalentTo(Runtime.class))
        && List.of("exit", "halt").contains(target.getName());
  }

  private static boolean isMain(JavaCodeUnit unit) {
    return unit.getName().equals("main")
        && unit.getModifiers().contains(JavaModifier.STATIC)
        && unit.getRawParameterTypes().stream()
            .allMatch(type -> type.isEquivalentTo(String[].class));
  }

  private static boolean sleeps(AccessTarget target) {
    return target.getName().equals("sleep")
        && target.getOwner().getPackageName().startsWith("java.");
  }

  private static boolean takesBoolean(JavaCodeUnit unit) {
    return unit.getRawParameterTypes().stream()
        .anyMatch(type -> type.isEquivalentTo(boolean.class) || type.isEquivalentTo(Boolean.class));
  }

  private static boolean isPublic(JavaCodeUnit unit) {
    boolean seen =
        unit.getModifiers().contains(JavaModifier.PUBLIC)
            && !unit.getModifiers().contains(JavaModifier.SYNTHETIC);
    Optional<JavaClass> type = Optional.of(unit.getOwner());
    for (; seen && type.isPresent(); type = type.get().getEnclosingClass()) {
      seen = type.get().getModifiers().contains(JavaModifier.PUBLIC);
    }
    return seen;
  }

  /** The constructor that a record has because of its components; these have names in every use. */
  private static boolean isRecordConstructor(JavaCodeUnit unit) {
    return unit instanceof JavaConstructor
        && unit.getOwner().isRecord()
        && names(unit.getRawParameterTypes().stream())
            .equals(
                names(
                    unit.getOwner().getFields().stream()
                        .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                        .map(JavaField::getRawType)));
  }

  private static List<String> names(Stream<JavaClass> types) {
    return types.map(JavaClass::getName).sorted().toList();
  }

  /** Whether a class or interface of somebody else has such a method, perhaps of generic types. */
  private boolean isPrescribed(JavaCodeUnit unit) {
    return Stream.concat(
            unit.getOwner().getAllRawSuperclasses().stream(),
            unit.getOwner().getAllRawInterfaces().stream())
        .filter(type -> !type.getPackageName().startsWith(root))
        .flatMap(type -> type.getMethods().stream())
        .anyMatch(
            method ->
                method.getName().equals(unit.getName())
                    && method.getParameters().size() == unit.getParameters().size());
  }

  private static boolean isMutableStatic(JavaField field) {
    if (!field.getModifiers().contains(JavaModifier.STATIC)
        || field.getModifiers().contains(JavaModifier.SYNTHETIC)) {
      return false;
    }
    JavaClass type = field.getRawType();
    return !field.getModifiers().contains(JavaModifier.FINAL)
        || (type.isArray() && !field.getModifiers().contains(JavaModifier.PRIVATE))
        || (!type.isInterface()
            && (type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class)))
        || type.getPackageName().equals("java.util.concurrent.atomic")
        || MUTABLE_TYPES.stream().anyMatch(type::isAssignableTo);
  }
}
