import BatonModel

/// Mends what can be mended without a doubt, and shows what it did.
public enum Fixing {
  /// The text with the edits of all findings of this file; nil: there are none.
  public static func mended(_ source: [UInt8], file: String, _ findings: [CheckFinding]) -> [UInt8]? {
    var edits: [CheckFinding.Edit] = []
    for finding in findings where finding.diagnostic.place?.file == file {
      let clashes = finding.edits.contains { new in
        edits.contains { $0.range.overlaps(new.range) || ($0.range.isEmpty && $0.range == new.range) }
      }
      if !clashes, finding.edits.allSatisfy({ $0.range.upperBound <= source.count }) { edits += finding.edits }
    }
    guard !edits.isEmpty else { return nil }
    var text = source
    for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      text.replaceSubrange(edit.range, with: Array(edit.text.utf8))
    }
    return text
  }

  /// The difference of two texts of as many lines, in the unified format (POSIX `diff -u`), without lines around.
  public static func diff(_ old: [UInt8], _ new: [UInt8], file: String) -> String {
    func lines(_ text: [UInt8]) -> [String] {
      text.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
    var text = "--- \(file)\n+++ \(file)\n"
    let (before, after) = (lines(old), lines(new))
    var line = 0
    while line < min(before.count, after.count) {
      guard before[line] != after[line] else {
        line += 1
        continue
      }
      var end = line
      while end < min(before.count, after.count), before[end] != after[end] { end += 1 }
      let count = end - line
      let size = count == 1 ? "" : ",\(count)"
      text += "@@ -\(line + 1)\(size) +\(line + 1)\(size) @@\n"
      text += before[line..<end].map { "-\($0)\n" }.joined() + after[line..<end].map { "+\($0)\n" }.joined()
      line = end
    }
    return text
  }
}
