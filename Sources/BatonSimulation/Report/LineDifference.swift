/// What differs between two texts, line by line.
struct LineDifference {
  enum Line: Equatable {
    case same(String)
    case removed(String)
    case added(String)
  }

  let lines: [Line]

  /// By a longest common subsequence; texts of more than 2,000 lines are compared from their two ends only.
  init(from old: String, to new: String) {
    let old = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let new = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let head = zip(old, new).prefix { $0 == $1 }.count
    let most = min(old.count, new.count) - head
    let tail = zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.prefix(most).count
    var lines = old[..<head].map(Line.same)
    lines += Self.middle(Array(old[head..<(old.count - tail)]), Array(new[head..<(new.count - tail)]))
    lines += old[(old.count - tail)...].map(Line.same)
    self.lines = lines
  }

  private static func middle(_ old: [String], _ new: [String]) -> [Line] {
    guard old.count <= 2000, new.count <= 2000 else { return old.map(Line.removed) + new.map(Line.added) }
    // lengths[i][j]: of the longest common subsequence of old[i...] and new[j...].
    var lengths = Array(repeating: Array(repeating: 0, count: new.count + 1), count: old.count + 1)
    for i in old.indices.reversed() {
      for j in new.indices.reversed() {
        lengths[i][j] = old[i] == new[j] ? lengths[i + 1][j + 1] + 1 : max(lengths[i + 1][j], lengths[i][j + 1])
      }
    }
    var lines: [Line] = []
    var (i, j) = (0, 0)
    while i < old.count, j < new.count {
      if old[i] == new[j] {
        lines.append(.same(old[i]))
        i += 1
        j += 1
      } else if lengths[i + 1][j] >= lengths[i][j + 1] {
        lines.append(.removed(old[i]))
        i += 1
      } else {
        lines.append(.added(new[j]))
        j += 1
      }
    }
    return lines + old[i...].map(Line.removed) + new[j...].map(Line.added)
  }
}
