import BatonCore
import BatonModel

/// Asks git which commits lie between two others: `git log GOOD..BAD`.
public struct CommitReader {
  /// Any folder of the repository, absolute.
  public let folder: String

  public init(folder: String) { self.folder = folder }

  private static let script = #"""
    cd "$1" || exit 1
    command -v git >/dev/null 2>&1 || { echo '#no-git'; exit; }
    exec 2>/dev/null
    git rev-parse --git-dir >/dev/null || { echo '#no-repository'; exit; }
    for commit in "$2" "$3"; do
      git cat-file -e "$commit^{commit}" || { echo "#unknown $commit"; exit; }
    done
    git log --no-color --no-show-signature --abbrev=10 --max-count=10000 --format='%h%x1f%an%x1f%s' "$2..$3" --
    echo '#end'
    """#

  /// The commits that are in the second and not in the first; what git cannot tell is the log's problem.
  public func commits(after good: String, through bad: String) -> CommitLog {
    // What stands in a record is data: nothing but a hash is handed on.
    guard Self.isHash(good), Self.isHash(bad) else { return CommitLog(problem: "they are no commits of git") }
    switch BoundedChild.run(
      ["/bin/sh", "-c", Self.script, "sh", folder, good, bad], limit: Span(seconds: 10), maximum: 8 << 20)
    {
    case .failure(let problem): return CommitLog(problem: "git: \(problem.text)")
    case .success(let output): return Self.read(output)
    }
  }

  private static func isHash(_ text: String) -> Bool {
    (7...64).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  static func read(_ output: [UInt8]) -> CommitLog {
    var commits: [CommitLog.Commit] = []
    for bytes in output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
      let line = String(decoding: bytes, as: UTF8.self)
      if line.hasPrefix("#") {
        let words = line.split(separator: " ", maxSplits: 1)
        switch words.first {
        case "#no-git": return CommitLog(problem: "git is not installed")
        case "#no-repository": return CommitLog(problem: "the workflow is in no git repository any more")
        case "#unknown":
          return CommitLog(
            problem: "git does not have \((words.last ?? "").prefix(10)) (a shallow clone, or rewritten)")
        case "#end": return CommitLog(commits)
        default: continue
        }
      }
      let parts = line.split(separator: "\u{1F}", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3 else { continue }
      commits.append(CommitLog.Commit(id: parts[0], author: parts[1], subject: parts[2]))
    }
    return CommitLog(problem: "git told less than there is to tell")
  }
}
