import BatonCore
import BatonModel

/// Asks git which files differ from a revision: tracked ones whose content in the working tree is another than in the
/// revision, and those that git does not know and is not told to ignore.
///
/// As `git diff --name-only REVISION` has it (deleted files among them, a renamed one under both its names), with
/// `git ls-files --others --exclude-standard`.
public enum ChangedFilesFinder {
  private static let script = #"""
    cd "$1" || exit 1
    command -v git >/dev/null 2>&1 || { printf '#no-git\0'; exit; }
    exec 2>/dev/null
    top=$(git rev-parse --show-toplevel) || { printf '#no-repository\0'; exit; }
    commit=$(git rev-parse -q --verify "$2^{commit}") || { printf '#unknown\0'; exit; }
    printf '#top %s\0#commit %s\0' "$top" "$commit"
    cd "$top" || exit 1
    git diff --name-only --no-renames --no-ext-diff --ignore-submodules=none -z "$commit" -- || exit 1
    git ls-files --others --exclude-standard -z || exit 1
    printf '#end\0'
    """#

  /// - Parameters:
  ///   - revision: what git takes for one: a branch, a tag, a commit, `HEAD~3`.
  ///   - folder: absolute, somewhere in the working tree.
  /// - Throws: `.usage` where git, the repository or the revision is not there.
  public static func find(since revision: String, in folder: String) throws(BatonError) -> ChangedFiles {
    let name = JSON.encode(.string(revision))
    guard !revision.isEmpty, !revision.hasPrefix("-"), !revision.utf8.contains(0) else {
      throw BatonError(.usage, "\(name) is no revision", cure: "name a branch, a tag or a commit, such as origin/main")
    }
    let words = ["/bin/sh", "-c", script, "sh", folder, revision]
    switch BoundedChild.run(words, limit: Span(seconds: 30)) {
    case .failure(let problem):
      throw BatonError(.usage, "what changed since \(name) is not known: git: \(problem.text)")
    case .success(let output): return try read(output, revision, name)
    }
  }

  private static func read(_ output: [UInt8], _ revision: String, _ name: String) throws(BatonError) -> ChangedFiles {
    var changes = ChangedFiles(since: revision, files: [])
    var files: Set<String> = []
    var isComplete = false
    // What stands in front of the files are marks, which no file can be taken for: these come later.
    for part in output.split(separator: 0) {
      let text = String(decoding: part, as: UTF8.self)
      switch text {
      case "#no-git" where changes.commit.isEmpty:
        throw BatonError(
          .usage, "what changed since \(name) is not known: git is not installed", cure: "apt-get install git")
      case "#no-repository" where changes.commit.isEmpty:
        throw BatonError(
          .usage, "what changed since \(name) is not known: the workflow is in no git repository",
          cure: "run it from a working tree of git, or leave --changed-since out")
      case "#unknown" where changes.commit.isEmpty:
        throw BatonError(
          .usage, "git knows no commit \(name)",
          cure: "git branch -a and git tag list what there is; in a shallow clone: git fetch --unshallow")
      case _ where changes.commit.isEmpty && text.hasPrefix("#top "): changes.top = String(text.dropFirst(5))
      case _ where changes.commit.isEmpty && text.hasPrefix("#commit "): changes.commit = String(text.dropFirst(8))
      case "#end": isComplete = true
      default: files.insert(text)
      }
    }
    guard isComplete else {
      throw BatonError(.usage, "what changed since \(name) is not known: git told less than there is to tell")
    }
    changes.files = files.sorted()
    return changes
  }
}
