package io.patchcast.arch;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.Tree.Kind;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Finds what a caller can see and nobody explained: public types and methods without a doc comment.
 *
 * <p>Overriding methods are explained by what they override, constructors of records by their
 * components; other constructors say little that their type does not.
 */
final class Undocumented {
  private Undocumented() {}

  /** One line per finding, {@code file:line: name}. */
  static List<String> in(List<Path> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources));
      Finder finder = new Finder(DocTrees.instance(task));
      for (CompilationUnitTree unit : task.parse()) {
        finder.scan(unit, null);
      }
      return finder.findings;
    }
  }

  private static final class Finder extends TreePathScanner<Void, Void> {
    private final DocTrees trees;
    private final List<String> findings = new ArrayList<>();

    Finder(DocTrees trees) {
      this.trees = trees;
    }

    /** Goes on into types that a caller sees, and nowhere else. */
    @Override
    public Void visitClass(ClassTree type, Void unused) {
      if (!isVisible(type.getModifiers())) {
        return null;
      }
      report(type.getSimpleName().toString());
      return super.visitClass(type, null);
    }

    @Override
    public Void visitMethod(MethodTree method, Void unused) {
      boolean overrides =
          method.getModifiers().getAnnotations().stream()
              .anyMatch(annotation -> annotation.getAnnotationType().toString().equals("Override"));
      if (isVisible(method.getModifiers()) && method.getReturnType() != null && !overrides) {
        report(method.getName().toString());
      }
      return null;
    }

    private boolean isVisible(ModifiersTree modifiers) {
      Tree parent = getCurrentPath().getParentPath().getLeaf();
      return modifiers.getFlags().contains(Modifier.PUBLIC)
          || modifiers.getFlags().contains(Modifier.PROTECTED)
          || (parent.getKind() == Kind.INTERFACE
              && !modifiers.getFlags().contains(Modifier.PRIVATE));
    }

    private void report(String name) {
      TreePath path = getCurrentPath();
      if (trees.getDocComment(path) == null) {
        CompilationUnitTree unit = path.getCompilationUnit();
        long start = trees.getSourcePositions().getStartPosition(unit, path.getLeaf());
        findings.add(
            unit.getSourceFile().getName()
                + ":"
                + unit.getLineMap().getLineNumber(start)
                + ": "
                + name
                + " has no doc comment");
      }
    }
  }
}
