package io.patchcast.hub;

import io.patchcast.hub.ModelHubException.Reason;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which model, and which revision of it.
 *
 * @param repository {@code owner/name}
 * @param revision a full commit, or a branch or tag, which may move
 */
record ModelReference(String repository, String revision) {
  private static final String DEFAULT_BRANCH = "main";
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern REPOSITORY =
      Pattern.compile("[A-Za-z0-9][\\w.-]{0,95}/[A-Za-z0-9][\\w.-]{0,95}");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][\\w.-]{0,127}");

  /**
   * Reads {@code owner/name} or {@code owner/name@revision}; without a revision a released model
   * means its pinned one, any other model its default branch.
   */
  static ModelReference parse(String text, List<ReleasedModel> released) throws ModelHubException {
    int at = text.indexOf('@');
    String repository = at < 0 ? text : text.substring(0, at);
    String revision = at < 0 ? null : text.substring(at + 1);
    // ".." would leave the cache directory; "--" separates owner and name in it.
    if (!REPOSITORY.matcher(repository).matches()
        || repository.contains("..")
        || repository.contains("--")
        || (revision != null
            && (!REVISION.matcher(revision).matches() || revision.contains("..")))) {
      throw new ModelHubException(
          Reason.UNKNOWN_MODEL,
          String.format(
              Locale.ROOT,
              "expected a model's name, owner/name or owner/name@revision, got '%s'; %s",
              text,
              releasedNames(released)));
    }
    for (ReleasedModel model : released) {
      // The hub does not tell upper from lower case, and no spelling may lead around the pin.
      if (model.name().equalsIgnoreCase(repository)) {
        return new ModelReference(model.name(), revision == null ? model.revision() : revision);
      }
    }
    return new ModelReference(repository, revision == null ? DEFAULT_BRANCH : revision);
  }

  static String releasedNames(List<ReleasedModel> released) {
    return "released models are "
        + released.stream().map(ReleasedModel::name).collect(Collectors.joining(", "));
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /** Whether this always means the same files. */
  boolean isFixed() {
    return isCommit(revision);
  }

  ModelReference at(String commit) {
    return new ModelReference(repository, commit);
  }

  @Override
  public String toString() {
    return repository + "@" + revision;
  }
}
