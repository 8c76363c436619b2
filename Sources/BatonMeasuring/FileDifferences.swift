import BatonCore
import BatonModel

/// Asks git how files differ from a commit, line by line.
public enum FileDifferences {
  private static let script = #"""
    cd "$1" || exit 1
    exec 2>/dev/null
    top=$(git rev-parse --show-toplevel) || exit 1
    git rev-parse -q --verify "$2^{commit}" >/dev/null || exit 1
    printf '%s\0' "$top"
    cd "$top" || exit 1
    git diff --name-only --no-renames --no-ext-diff -z "$2" -- || exit 1
    git ls-files --others --exclude-standard -z || exit 1
    printf '#end\0'
    git -c core.quotepath=off diff -U1000000 --no-color --no-ext-diff --no-renames --src-prefix=a/ --dst-prefix=b/ "$2" --
    printf '#complete'
    """#

  /// By absolute path; nil: git does not know the commit, is not there, or takes too long. A file whose lines are not told has
  /// none.
  public static func since(_ commit: String, in folder: String) -> [String: FileDifference]? {
    let words = ["/bin/sh", "-c", script, "sh", folder, commit]
    guard case .success(let output) = BoundedChild.run(words, limit: Span(seconds: 30)) else { return nil }
    guard output.count >= 9, output.suffix(9).elementsEqual("#complete".utf8) else { return nil }
    var differences: [String: FileDifference] = [:]
    var start = output.startIndex
    var top: String?
    while let end = output[start...].firstIndex(of: 0) {
      let part = String(decoding: output[start..<end], as: UTF8.self)
      start = end + 1
      if part == "#end" { break }
      if let top { differences["\(top)/\(part)"] = FileDifference(lines: nil) } else { top = part }
    }
    guard let top else { return nil }
    var reader = WholeFileDiff()
    for line in output[start..<(output.count - 9)].split(separator: 0x0A, omittingEmptySubsequences: false) {
      reader.read(line)
    }
    reader.finish()
    for (name, lines) in reader.files {
      // Only what git named in full.
      let path = "\(top)/\(name)"
      if differences[path] != nil { differences[path] = FileDifference(lines: lines) }
    }
    return differences
  }
}

/// Reads a diff in which each file is one hunk with all of its lines.
struct WholeFileDiff {
  /// Of files that are there before and after, and are text.
  private(set) var files: [String: [FileDifference.Line]] = [:]
  private var name: String?
  private var isNew = false
  private var lines: [FileDifference.Line] = []
  /// Lines of the hunk that are yet to come, of the old and the new file.
  private var left = (old: 0, new: 0)
  private var hunks = 0

  mutating func read(_ line: ArraySlice<UInt8>) {
    if left.old > 0 || left.new > 0, let mark = line.first {
      let text = String(decoding: line.dropFirst(), as: UTF8.self)
      switch mark {
      case UInt8(ascii: " "):
        lines.append(.same(text))
        left = (left.old - 1, left.new - 1)
        return
      case UInt8(ascii: "-"):
        lines.append(.removed(text))
        left.old -= 1
        return
      case UInt8(ascii: "+"):
        lines.append(.added(text))
        left.new -= 1
        return
      default: break
      }
    }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("diff --git ") {
      finish()
    } else if text.hasPrefix("--- ") {
      isNew = text.hasPrefix("--- /dev/null")
    } else if text.hasPrefix("+++ b/"), !isNew {
      name = String(text.dropFirst(6))
      // A name with spaces ends with a tab.
      if name?.hasSuffix("\t") == true { name?.removeLast() }
    } else if text.hasPrefix("@@ ") {
      hunks += 1
      let words = text.split(separator: " ", maxSplits: 3)
      guard words.count > 2 else { return }
      left = (Self.count(words[1]), Self.count(words[2]))
    }
  }

  mutating func finish() {
    // What is not one whole hunk tells too little.
    if let name, hunks == 1, left.old == 0, left.new == 0 { files[name] = lines }
    name = nil
    isNew = false
    lines = []
    hunks = 0
    left = (0, 0)
  }

  /// Of `-10,2`, 2; of `-10`, 1.
  private static func count(_ word: Substring) -> Int {
    let numbers = word.dropFirst().split(separator: ",")
    return numbers.count > 1 ? max(0, Int(Int32(numbers[1]) ?? 0)) : 1
  }
}
