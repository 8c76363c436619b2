import BatonModel
import Glibc

/// The lines that changed since a revision, as git tells them, and which of them were executed.
///
/// Compared is the working tree with the newest commit that it has in common with the base: `git diff -U0 $(git merge-base BASE
/// HEAD)`, with files that git does not know yet. The base is the one that the source names, else the first that there is of
/// `$BATON_BASE`, the target of the pull or merge request (`$GITHUB_BASE_REF`, `$CI_MERGE_REQUEST_TARGET_BRANCH_NAME`),
/// `origin/HEAD`, `origin/main`, `origin/master`, `main`, `master`. On that branch itself, without changes of one's own, it is
/// the commit before.
struct ChangedLines {
  /// The coverage so far.
  private(set) var result: ChangedCoverage
  /// The root of the repository, absolute.
  private let top: String
  private let folder: String
  /// Path below the root → the changed lines; nil: all.
  private let files: [String: [ClosedRange<Int>]?]
  /// Path → changed line with code → whether it was executed.
  private var lines: [String: [Int: Bool]] = [:]

  private init(_ result: ChangedCoverage, top: String, folder: String, files: [String: [ClosedRange<Int>]?]) {
    self.result = result
    self.top = top
    self.folder = folder
    self.files = files
  }

  private static let script = #"""
    cd "$1" || exit 1
    command -v git >/dev/null 2>&1 || { echo '#no-git'; exit; }
    exec 2>/dev/null
    top=$(git rev-parse --show-toplevel) || { echo '#no-repository'; exit; }
    base=$2
    if [ -z "$base" ]; then
      for base in "$BATON_BASE" "${GITHUB_BASE_REF:+origin/$GITHUB_BASE_REF}" \
        "${CI_MERGE_REQUEST_TARGET_BRANCH_NAME:+origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME}" \
        "$(git symbolic-ref -q --short refs/remotes/origin/HEAD)" origin/main origin/master main master; do
        [ -n "$base" ] && git rev-parse -q --verify "$base^{commit}" >/dev/null && break
        base=
      done
      [ -n "$base" ] || { echo '#no-base'; exit; }
    fi
    commit=$(git merge-base "$base" HEAD) || { echo "#unknown-base $base"; exit; }
    if [ -z "$2" ] && [ "$commit" = "$(git rev-parse HEAD)" ] && git diff --quiet HEAD \
      && git rev-parse -q --verify 'HEAD~1^{commit}' >/dev/null; then
      base=HEAD~1
      commit=$(git rev-parse 'HEAD~1')
    fi
    echo "#top $top"
    echo "#base $base"
    echo "#commit $commit"
    git -c core.quotepath=off diff -U0 --no-color --no-ext-diff --no-renames --src-prefix=a/ --dst-prefix=b/ "$commit" --
    cd "$top"
    git -c core.quotepath=off ls-files --others --exclude-standard | sed 's/^/#new /'
    echo '#end'
    """#

  static func find(base: String?, in folder: String) -> ChangedLines {
    let named = base ?? ""
    func unknown(_ problem: String) -> ChangedLines {
      ChangedLines(ChangedCoverage(base: named, problem: problem), top: "", folder: folder, files: [:])
    }
    switch BoundedChild.run(["/bin/sh", "-c", script, "sh", folder, named], limit: Span(seconds: 30)) {
    case .failure(let problem): return unknown("git: \(problem.text)")
    case .success(let output):
      var reader = DiffReader()
      for line in output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
        reader.read(String(decoding: line, as: UTF8.self))
      }
      if let problem = reader.problem { return unknown(problem) }
      guard reader.isComplete else { return unknown("git told less than there is to tell") }
      return ChangedLines(
        ChangedCoverage(base: reader.base, commit: reader.commit), top: reader.top, folder: folder,
        files: reader.files)
    }
  }

  /// Takes note of which of a file's changed lines were executed.
  mutating func add(_ coverage: FileCoverage) {
    guard result.problem == nil, let path = path(of: coverage.file), let ranges = files[path] else { return }
    for (line, count) in coverage.lines where ranges?.contains(where: { $0.contains(line) }) ?? true {
      lines[path, default: [:]][line] = lines[path]?[line] == true || count > 0
    }
  }

  var coverage: ChangedCoverage {
    var coverage = result
    guard coverage.problem == nil else { return coverage }
    for (path, known) in lines.sorted(by: { $0.key < $1.key }) {
      coverage.lines += known.count
      coverage.coveredLines += known.values.count { $0 }
      for gap in Self.ranges(known.filter { !$0.value }.keys.sorted()) {
        guard coverage.gaps.count < ChangedCoverage.shownGaps else { break }
        coverage.gaps.append("\(path):\(gap.count == 1 ? "\(gap.lowerBound)" : "\(gap.lowerBound)-\(gap.upperBound)")")
      }
    }
    return coverage
  }

  private static func ranges(_ sorted: [Int]) -> [ClosedRange<Int>] {
    var ranges: [ClosedRange<Int>] = []
    for line in sorted {
      if let last = ranges.last, last.upperBound + 1 == line {
        ranges[ranges.count - 1] = last.lowerBound...line
      } else {
        ranges.append(line...line)
      }
    }
    return ranges
  }

  /// The file in the repository that coverage speaks of: the one that its path leads to, from the step's folder or from the root
  /// of the repository. Where it leads to none (it was measured elsewhere, in a container, or is relative to a folder of sources),
  /// the changed file that ends like it, when there is one such alone.
  private func path(of given: String) -> String? {
    let file = given.hasPrefix("./") ? String(given.dropFirst(2)) : given
    if file.hasPrefix(top + "/") { return String(file.dropFirst(top.count + 1)) }
    for place in file.hasPrefix("/") ? [file] : ["\(folder)/\(file)", "\(top)/\(file)"] {
      guard let found = realpath(place, nil) else { continue }
      defer { free(found) }
      let real = String(cString: found)
      return real.hasPrefix(top + "/") ? String(real.dropFirst(top.count + 1)) : nil
    }
    if files[file] != nil { return file }
    // `/build/pkg/util.py` may be `pkg/util.py`; a name without a folder says too little to be found in a longer path.
    let end = file.hasPrefix("/") ? file : "/" + file
    let candidates = files.keys.filter { path in
      ("/" + path).hasSuffix(end) || (path.utf8.contains(UInt8(ascii: "/")) && end.hasSuffix("/" + path))
    }
    return candidates.count == 1 ? candidates.first : nil
  }
}

/// Reads what the script of ``ChangedLines`` prints.
struct DiffReader {
  private(set) var top = ""
  private(set) var base = ""
  private(set) var commit = ""
  private(set) var files: [String: [ClosedRange<Int>]?] = [:]
  private(set) var problem: String?
  private(set) var isComplete = false
  private var current: String?
  /// Lines of a hunk that are yet to come.
  private var left = 0

  mutating func read(_ line: String) {
    if line.hasPrefix("#") { return readMark(line) }
    if left > 0, line.hasPrefix("+") || line.hasPrefix("-") {
      left -= 1
      return
    }
    if line.hasPrefix("+++ ") {
      var name = line.dropFirst(4)
      if name.hasPrefix("\""), name.hasSuffix("\"") { name = name.dropFirst().dropLast() }
      // A name with spaces ends with a tab.
      if name.hasSuffix("\t") { name = name.dropLast() }
      current = name.hasPrefix("b/") ? String(name.dropFirst(2)) : nil
      if let current { files[current] = .some([]) }
      return
    }
    // `@@ -10,2 +12,3 @@`: of the new file, from line 12 on, three lines.
    guard line.hasPrefix("@@ ") else { return }
    let words = line.split(separator: " ", maxSplits: 3)
    guard words.count > 2, let old = Self.range(words[1]), let new = Self.range(words[2]) else { return }
    left = old.count + new.count
    guard let current, new.count > 0, new.start > 0 else { return }
    files[current, default: []]?.append(new.start...(new.start + new.count - 1))
  }

  /// Of `+12,3`, 12 and 3; of `+12`, 12 and 1.
  private static func range(_ word: Substring) -> (start: Int, count: Int)? {
    let numbers = word.dropFirst().split(separator: ",").map { Int32($0) }
    guard let start = numbers.first ?? nil, start >= 0 else { return nil }
    guard numbers.count > 1 else { return (Int(start), 1) }
    guard let count = numbers[1], count >= 0 else { return nil }
    return (Int(start), Int(count))
  }

  private mutating func readMark(_ line: String) {
    let parts = line.split(separator: " ", maxSplits: 1)
    let rest = parts.count > 1 ? String(parts[1]) : ""
    switch parts.first {
    case "#no-git": problem = "git is not installed"
    case "#no-repository": problem = "the step's folder is in no git repository"
    case "#no-base":
      problem = "there is no branch to compare with: name one, such as lcov { …, base = \"origin/main\" }"
    case "#unknown-base": problem = "git knows no commit that HEAD has in common with \(rest)"
    case "#top": top = rest
    case "#base": base = rest
    case "#commit": commit = rest
    case "#new": files[rest] = .some(nil)
    case "#end": isComplete = true
    default: break
    }
  }
}
